"""The whole way from a contract's file to a package: repaired, rendered, checked, moved into place."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from codegen.checking import refuse_faults
from codegen.contract import ContractError, load, operations
from codegen.normalise import Repair, normalise
from codegen.placing import refuse_foreign, swap
from codegen.prepare import prepare, set_streams_aside
from codegen.render import render
from codegen.tools import refuse_other_tools


class Outcome(NamedTuple):
    """What a run did."""

    repairs: list[Repair]
    streams: list[str]
    """Operations that are left to hand-written code."""
    operations: list[str]
    """Identifiers of the operations that were generated."""


def build(contract: Path, package: Path) -> Outcome:
    """Generate the package for a contract at the empty place `package`.

    Raises `ContractError`, or `GenerationError` if the tools are not the ones that the package is made with.
    """
    refuse_other_tools()
    remaining, streams = set_streams_aside(load(contract))
    repaired, repairs = normalise(remaining)
    prepared = prepare(repaired)
    render(prepared, package)
    return Outcome(repairs, streams, [operation.body["operationId"] for operation in operations(prepared)])


def generate(contract: Path, output: Path) -> Outcome:
    """Generate, check, and replace the package at `output` in one step.

    Raises `ContractError` or `GenerationError`; what is at `output` is untouched then.
    """
    if not output.name.isidentifier():
        raise ContractError(str(output), "the last part of the output must be a name that Python can import")
    refuse_foreign(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    with _workspace(output.parent) as workspace:
        package = workspace / output.name
        outcome = build(contract, package)
        refuse_faults(package, outcome.operations)
        swap(package, output)
    return outcome


@contextmanager
def _workspace(beside: Path) -> Iterator[Path]:
    """Make a temporary folder on the file system of the output, so that a rename moves the package."""
    with tempfile.TemporaryDirectory(prefix=".codegen-", dir=beside) as folder:
        yield Path(folder)
