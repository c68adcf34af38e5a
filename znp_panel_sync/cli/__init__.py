"""The `znp-sync` command. It needs the extra `cli`, and nothing of it is imported before it is run."""

import signal
import sys
from importlib.util import find_spec
from types import FrameType
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from io import TextIOWrapper

__all__ = ["main"]

_LIBRARIES: Final = ("click", "rich")
_USAGE, _INTERRUPTED, _TERMINATED = 2, 130, 143


class TerminatedError(KeyboardInterrupt):
    """SIGTERM came: everything ends as with Ctrl-C, only the exit status is another."""


def main() -> int:
    """Run the command with the arguments of the process, and return the exit status."""
    try:
        return _run()
    except TerminatedError:
        return _TERMINATED
    except KeyboardInterrupt:  # while the command was still being imported
        return _INTERRUPTED


def _run() -> int:
    signal.signal(signal.SIGTERM, _terminate)
    missing = [name for name in _LIBRARIES if find_spec(name) is None]
    if missing:
        sys.stderr.write(f"znp-sync: needs {' and '.join(missing)}: run pip install '.[cli]' in a clone\n")
        return _USAGE
    for stream in (sys.stdout, sys.stderr):
        cast("TextIOWrapper", stream).reconfigure(errors="backslashreplace")
    from znp_panel_sync.cli._main import cli

    return cli.run()


def _terminate(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise TerminatedError
