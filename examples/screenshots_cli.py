"""A picture of `znp-sync status --watch`, for the documentation: what the command draws in a terminal, as SVG.

::

    python -m examples.screenshots_cli [FOLDER]
"""

import fcntl
import os
import re
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from znp_panel_sync.health import Health
from znp_panel_sync.testing import KernelSimulator

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
PICTURE = "status.svg"
_FOREIGN = re.compile(r"@font-face \{.*?\}|<!--.*?-->", re.DOTALL)
"""What would fetch fonts from elsewhere, and an advertisement."""
LINES, COLUMNS = 24, 100
STEP_LIMIT_SECONDS = 30.0
CURSOR_UP = "\x1b[1A\x1b[2K"

Step = tuple[str, Callable[[], None]]
"""What the terminal must show, and what happens then."""


def steps(kernel: KernelSimulator) -> list[Step]:
    """Let one node degrade, and another fail."""
    return [
        ("4 healthy", lambda: kernel.set_health("tokyo", Health.DEGRADED, consecutive_failures=2)),
        ("1 degraded", lambda: kernel.set_health("hong-kong", Health.UNHEALTHY, consecutive_failures=5)),
        ("1 unhealthy", lambda: kernel.set_health("tokyo", Health.HEALTHY)),
        ("degraded -> healthy", lambda: None),
    ]


def played(command: list[str], wanted: list[Step]) -> str:
    """Run a command at a terminal through all steps, end it, and return all that it wrote there."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    environment = {**os.environ, "COLUMNS": str(COLUMNS), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as program:
        os.close(theirs)
        written = ""
        late = threading.Timer(STEP_LIMIT_SECONDS, program.kill)
        late.start()
        for words, action in wanted:
            while words not in written:
                if not (came := _read(ours)):
                    raise TimeoutError(
                        f"the program ended, or was ended after {STEP_LIMIT_SECONDS:g} s, before {words!r}"
                    )
                written += came
            action()
        program.terminate()
        while came := _read(ours):
            written += came
        late.cancel()
    os.close(ours)
    return written


def _read(terminal: int) -> str:
    try:
        return os.read(terminal, 65536).decode(errors="replace")
    except OSError:  # Linux's way to say that nobody writes there any more
        return ""


def picture(written: str, title: str) -> str:
    """Return the last frame of a live display as SVG."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        console.print(Text.from_ansi(written.rsplit(CURSOR_UP, 1)[-1].replace("\r", "")))
        return _FOREIGN.sub("", console.export_svg(title=title))


def main(folder: Path = FOLDER) -> None:
    """Draw the picture into a folder."""
    with KernelSimulator() as kernel:
        for number, city in enumerate(("frankfurt", "hong-kong", "paris", "tokyo"), start=1):
            protocol = ("vless", "ss")[number % 2]
            kernel.add_node(city, protocol=protocol)
            kernel.add_traffic(city, bytes_up=number**7 * 40_001, bytes_down=number**6 * 900_001, protocol=protocol)
        program = Path(sys.executable).with_name("znp-sync")
        written = played(
            [str(program), "status", "--watch", "--source", "poll", "--interval", "200ms", kernel.url], steps(kernel)
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PICTURE).write_text(picture(written, f"znp-sync status --watch {kernel.url}"), encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
