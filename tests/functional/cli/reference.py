"""The parts of the page about the command that are made of the command itself.

python -m tests.functional.cli.reference
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import click

from znp_panel_sync.cli._failures import MEANINGS
from znp_panel_sync.cli._main import cli

PAGE: Final = Path(__file__).resolve().parents[3] / "docs" / "command.md"

Command = tuple[click.Context, click.Command]


def commands() -> Iterator[Command]:
    """Each command that does something, with its context."""
    return _below(click.Context(cli, info_name="znp-sync"), cli)


def _below(context: click.Context, command: click.Command) -> Iterator[Command]:
    if not isinstance(command, click.Group):
        yield context, command
        return
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from _below(click.Context(found, info_name=name, parent=context), found)


def exit_statuses() -> str:
    """The table of what the exit statuses mean."""
    return _table("status", [(str(status.value), meaning) for status, meaning in MEANINGS.items()])


def options() -> str:
    """The tables of all options; those that many commands share stand first, once."""
    by_command = [(context, _records(context, command)) for context, command in commands()]
    credentials = next(records for context, records in by_command if context.command_path == "znp-sync agent")
    credentials = [record for record in credentials if record[0] != "`--json`"]
    connection = next(records for context, records in by_command if context.command_path == "znp-sync health")
    connection = [record for record in connection if record not in credentials and record[0] != "`--json`"]
    parts = [
        "### How a kernel is reached",
        "Options of each command that takes a URL.",
        _table("option", connection),
        "### As whom a kernel is asked",
        "Options of each command that takes a URL, and of `agent` and `simulate`.",
        _table("option", credentials),
    ]
    for context, records in by_command:
        own = [record for record in records if record not in (*connection, *credentials)]
        usage = " ".join(context.command.collect_usage_pieces(context))
        parts += [f"### {context.command_path}", f"`{context.command_path} {usage}`"]
        parts += [_table("option", own)] if own else []
    return "\n\n".join(parts)


def _records(context: click.Context, command: click.Command) -> list[tuple[str, str]]:
    shown = (parameter.get_help_record(context) for parameter in command.params if isinstance(parameter, click.Option))
    return [(f"`{record[0]}`", record[1]) for record in shown if record is not None]


def _table(name: str, rows: list[tuple[str, str]]) -> str:
    lines = (" | ".join(cell.replace("|", "\\|").replace("  [", " [") for cell in row) for row in rows)
    return "\n".join([f"| {name} | meaning |", "| --- | --- |", *(f"| {line} |" for line in lines)])


def renewed(page: str) -> str:
    """The page with these parts as they should be."""
    for name, text in (("exit statuses", exit_statuses()), ("options", options())):
        begin, end = re.escape(f"<!-- {name}: made by"), re.escape(f"<!-- end of {name} -->")
        page = re.sub(rf"({begin}[^\n]*\n).*?({end})", partial(_filled, text), page, flags=re.DOTALL)
    return page


def _filled(text: str, found: re.Match[str]) -> str:
    return f"{found[1]}\n{text}\n\n{found[2]}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
