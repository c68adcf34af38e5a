"""Generated packages on disk: moving a new one into place, and telling two apart."""

import difflib
from collections.abc import Iterator
from pathlib import Path

from codegen.contract import ContractError

MARK = "Generated from the contract by `python -m codegen generate`"
"""Stands in the docstring of every generated package."""

_LINES_OF_A_DIFF = 60
"""Longest excerpt of one file's differences: enough to see what happened, short enough to read."""


def refuse_foreign(output: Path) -> None:
    """Raise `ContractError` if something stands at `output` that was not generated, as it would be replaced."""
    if not output.exists():
        return
    start = output / "__init__.py"
    if not output.is_dir() or (any(output.iterdir()) and not _is_marked(start)):
        raise ContractError(str(output), "is not a generated package; it is not replaced")


def _is_marked(start: Path) -> bool:
    return start.is_file() and MARK in start.read_text(encoding="utf-8")


def swap(package: Path, output: Path) -> None:
    """Move `package` to `output` by a rename, what was there to the folder of `package`; back again if that fails."""
    if not output.exists():
        package.rename(output)
        return
    old = package.with_name(f"{package.name}.old")
    try:
        output.rename(old)
        package.rename(output)
    except BaseException:  # an interrupt from the keyboard too
        if not output.exists():
            old.rename(output)
        raise


def differences(committed: Path, generated: Path) -> Iterator[str]:
    """Yield lines that tell how a committed package differs from a generated one; none if it does not."""
    old, new = _files(committed), _files(generated)
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield from _difference(name, old.get(name), new.get(name))


def _files(package: Path) -> dict[str, bytes]:
    found = (path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(package).as_posix(): path.read_bytes() for path in found}


def _difference(name: str, old: bytes | None, new: bytes | None) -> Iterator[str]:
    if old is None:
        yield f"{name}: comes out, but is not committed"
    elif new is None:
        yield f"{name}: is committed, but does not come out"
    else:
        yield f"{name}: differs"
        lines = list(_unified(old, new))
        yield from lines[:_LINES_OF_A_DIFF]
        if len(lines) > _LINES_OF_A_DIFF:
            yield f"… {len(lines) - _LINES_OF_A_DIFF} lines more"


def _unified(old: bytes, new: bytes) -> Iterator[str]:
    before, after = (content.decode("utf-8", errors="replace").splitlines() for content in (old, new))
    return difflib.unified_diff(before, after, fromfile="committed", tofile="generated", lineterm="", n=2)
