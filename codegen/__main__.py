"""The commands: `python -m codegen generate`, `check`, `lint` and `changes`."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import cast

from codegen.contract import ContractError, load
from codegen.generation import Outcome, build, generate
from codegen.placing import differences
from codegen.tools import GenerationError

_ROOT = Path(__file__).resolve().parent.parent
_CONTRACT = _ROOT / "core.yaml"
_PACKAGE = _ROOT / "znp_kernel_client"

_EXIT_STATUSES = """\
exit status:
  0  done, and nothing was found
  1  something was found: differences (check), things to put right (lint), a breaking change (changes)
  2  the call is wrong, the contract is beyond repair, or the package did not pass its checks; nothing was changed
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    cast("TextIOWrapper", sys.stdout).reconfigure(errors="backslashreplace")
    try:
        status: int = options.command(options)
    except (ContractError, GenerationError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        "python -m codegen", description=__doc__, epilog=_EXIT_STATUSES, formatter_class=formatter
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_generate(commands.add_parser("generate", help="write the package for a contract"))
    _add_check(commands.add_parser("check", help="tell whether the committed package is what comes out"))
    _add_lint(commands.add_parser("lint", help="list what to put right in the contract"))
    _add_changes(commands.add_parser("changes", help="tell what a change of the contract breaks"))
    return parser


def _add_contract(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--contract", type=Path, default=_CONTRACT, metavar="FILE", help="OpenAPI 3.0 (default: core.yaml)"
    )


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--output", type=Path, default=_PACKAGE, metavar="DIR", help="the package (default: znp_kernel_client)"
    )


def _add_generate(parser: argparse.ArgumentParser) -> None:
    _add_contract(parser)
    _add_output(parser)
    parser.set_defaults(command=_generate)


def _add_check(parser: argparse.ArgumentParser) -> None:
    _add_contract(parser)
    _add_output(parser)
    parser.set_defaults(command=_check)


def _add_lint(parser: argparse.ArgumentParser) -> None:
    _add_contract(parser)
    parser.set_defaults(command=_lint)


def _add_changes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", type=Path, metavar="OLD", help="the contract before the change")
    parser.add_argument("new", type=Path, metavar="NEW", help="the contract after it")
    parser.add_argument("--format", choices=("markdown", "json"), default="markdown")
    parser.set_defaults(command=_changes)


def _generate(options: argparse.Namespace) -> int:
    outcome = generate(options.contract, options.output.absolute())
    _report(outcome)
    print(f"Generated {len(outcome.operations)} operations into {options.output}.")
    return 0


def _report(outcome: Outcome) -> None:
    print(f"Repaired in memory: {len(outcome.repairs) or 'nothing'}")
    for repair in outcome.repairs:
        print(f"  {repair.rule}: {repair.place}: {repair.done}")
    print(f"Left to hand-written code: {len(outcome.streams) or 'nothing'}")
    for stream in outcome.streams:
        print(f"  {stream}")


def _check(options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="codegen-") as workspace:
        generated = Path(workspace) / options.output.name
        build(options.contract, generated)
        found = list(differences(options.output, generated))
    for line in found:
        print(line)
    if found:
        print(f"{options.output} is not what comes out of {options.contract}; run: python -m codegen generate")
    return int(bool(found))


def _lint(options: argparse.Namespace) -> int:
    from codegen.lint import findings  # needs the validator, which generating does without

    found = list(findings(load(options.contract)))
    for line in found:
        print(line)
    return int(bool(found))


def _changes(options: argparse.Namespace) -> int:
    from codegen.changes import run

    return run(options.old, options.new, options.format)


if __name__ == "__main__":
    sys.exit(main())
