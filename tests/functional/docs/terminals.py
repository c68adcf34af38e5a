"""Dialogues of the documentation, held in earnest.

A block without a title is one command after the other; each has to end well, and to print the lines below it. A block
with a title is a terminal: its command goes on after its lines were printed, until `^C` in a later block, or until the
page ends. Three dots in a line stand for anything. The well-known ports are those of a page's readers: here, free ones
take their place.
"""

import os
import random
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.functional.docs.pages import ROOT, Block
from tests.functional.examples.running import Running, running

READERS_PORTS = ("23860", "8000", "9464")
SHOWN_FOLDERS = ("examples", "codegen", "core.yaml")


class Terminals:
    """All terminals of one page, in a folder that looks like a clone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = dict(zip(READERS_PORTS, _quiet_ports(), strict=False))
        self._open: dict[str, Running] = {}
        self._stack = ExitStack()
        for name in SHOWN_FOLDERS:
            (folder / name).symlink_to(ROOT / name)
        self._environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
        }

    def write(self, block: Block) -> None:
        """Put a file where the page tells to."""
        (self._folder / str(block.title)).write_text(self._with_free_ports(block.text), encoding="utf-8")

    def hold(self, block: Block) -> None:
        """Do what a block shows."""
        for command, expected in _dialogue(self._with_free_ports(block.text)):
            if block.title is None:
                self._run(command, expected)
            else:
                self._go_on(block.title, command, expected)

    def _run(self, command: str, expected: list[str]) -> None:
        with running(["bash", "-c", command], folder=self._folder, environment=self._environment) as program:
            _expect(program, expected)
            assert program.wait() == 0, program.output

    def _go_on(self, title: str, command: str, expected: list[str]) -> None:
        if command == "^C":
            self._open[title].interrupt()
        elif command:
            program = running(["bash", "-c", f"exec {command}"], folder=self._folder, environment=self._environment)
            self._open[title] = self._stack.enter_context(program)
        _expect(self._open[title], expected)

    def _with_free_ports(self, text: str) -> str:
        for shown, free in self._ports.items():
            text = re.sub(rf"\b{shown}\b", free, text)
        return text

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._stack.close()


def _quiet_ports() -> Iterator[str]:
    """Free ports below those that systems hand out by themselves, so that nobody is given one meanwhile."""
    return (str(port) for port in random.sample(range(20_000, 32_000), 1_000) if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _dialogue(text: str) -> list[tuple[str, list[str]]]:
    """Split a block into commands, each with the lines that it prints; output without a command has an empty one."""
    parts: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ ") or line == "^C":
            parts.append((line.removeprefix("$ "), []))
        else:
            parts = parts or [("", [])]
            parts[-1][1].append(line)
    return parts


def _expect(program: Running, lines: list[str]) -> None:
    for line in lines:
        program.wait_for("^" + re.escape(line).replace(re.escape("..."), ".*") + "$")
