"""What the package logs, on stderr, for as long as a command runs."""

import contextlib
import logging
from collections.abc import Iterator
from typing import Final

import click

LOGGER: Final = "znp_panel_sync"
SHOWS_EVERYTHING: Final = 2
"""So many `-v` show tracebacks too."""

_LEVELS: Final = (logging.INFO, logging.DEBUG)


class _LineHandler(logging.Handler):
    """One line for each record; the traceback of an error is told from the second `-v` on."""

    def emit(self, record: logging.LogRecord) -> None:
        line = f"{record.levelname.lower()}: {record.getMessage()}"
        if self.level <= logging.DEBUG and record.exc_info:
            line = f"{line}\n{logging.Formatter().formatException(record.exc_info)}"
        with contextlib.suppress(OSError):  # stderr has gone
            click.echo(line, err=True)


@contextlib.contextmanager
def log_to_stderr(verbose: int, *, least: int = logging.ERROR) -> Iterator[None]:
    """Show what is `least` or worse, as commands tell of the rest; 1 shows what happens too, 2 shows everything."""
    level = (least, *_LEVELS)[min(verbose, SHOWS_EVERYTHING)]
    logger = logging.getLogger(LOGGER)
    former, handler = logger.level, _LineHandler(level)
    logger.addHandler(handler)
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(former)
