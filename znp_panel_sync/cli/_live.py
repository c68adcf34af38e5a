"""Pictures that stay up to date in a terminal, and the transitions that other readers get as lines."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

import click
from attrs import frozen
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from znp_panel_sync.cli._output import HEALTH_STYLES, new_console, printable, write_json_line

REFRESHES_PER_SECOND: Final = 4
SHOWN_TRANSITIONS: Final = 8

Picture = Callable[[], RenderableType]


def now() -> datetime:
    """Return the time as people here read it."""
    return datetime.now().astimezone()


@frozen
class Transition:
    """Something has become another; `why` may be empty."""

    at: datetime
    subject: str
    previous: str
    state: str
    why: str = ""

    def line(self) -> str:
        """Return it for a reader of lines."""
        reason = f" ({printable(self.why)})" if self.why else ""
        return f"{self.at:%H:%M:%S} {printable(self.subject)}: {self.previous} -> {self.state}{reason}"

    def as_json(self) -> dict[str, Any]:
        """Return it for a program."""
        return {
            "type": "transition",
            "at": self.at.isoformat(),
            "subject": self.subject,
            "previous": self.previous,
            "state": self.state,
            "why": self.why,
        }


class Story:
    """What has happened: the last of it stands below a live table, and all of it goes to readers of lines or JSON."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._is_live = False
        self._last: tuple[Text, ...] = ()  # read by the thread that draws

    @contextlib.contextmanager
    def shown(self, picture: Picture) -> Iterator[None]:
        """Draw a picture with the last transitions for the length of a `with` block, where that can be done."""

        def draw() -> RenderableType:
            return Group(picture(), *self._last)

        console = new_console()
        self._is_live = console.is_terminal and not console.is_dumb_terminal and not self._as_json
        if self._is_live:
            with Live(get_renderable=draw, console=console, refresh_per_second=REFRESHES_PER_SECOND):
                yield
        else:
            yield

    def tell(self, transition: Transition) -> None:
        """Tell of a transition."""
        if self._as_json:
            write_json_line(transition.as_json())
        else:
            self._write(transition.line(), HEALTH_STYLES.get(transition.state, ""))

    def note(self, at: datetime, text: str) -> None:
        """Tell of something else."""
        if self._as_json:
            write_json_line({"type": "note", "at": at.isoformat(), "text": text})
        else:
            self._write(f"{at:%H:%M:%S} {printable(text)}", "dim")

    def _write(self, line: str, style: str) -> None:
        if self._is_live:
            self._last = (*self._last, Text(line, style=style))[-SHOWN_TRANSITIONS:]
        else:
            click.echo(line)
