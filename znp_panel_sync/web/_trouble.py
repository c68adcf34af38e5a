"""What the page cannot do now: said in the log when it begins, and on the page for as long as it lasts."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from znp_panel_sync.errors import ZnpError

_logger: Final = logging.getLogger("znp_panel_sync.web")


class Trouble:
    """Something that may fail again and again, `what` in words that follow "cannot"."""

    def __init__(self, what: str) -> None:
        self._what = what
        self.lasts = False
        """Whether it failed the last time."""

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Do it in a `with` block, which raises no `Exception`: the next time may do better."""
        try:
            yield
        except Exception as error:
            if not self.lasts:
                # the text of a foreign error may show what it was about
                reason = str(error) if isinstance(error, ZnpError) else type(error).__name__
                _logger.warning("The live page cannot %s, and goes on trying: %s", self._what, reason)
            self.lasts = True
        else:
            self.lasts = False
