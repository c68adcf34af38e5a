"""Commands that run until they are interrupted."""

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def until_interrupted() -> Iterator[None]:
    """End a `with` block at Ctrl-C or SIGTERM: that is how such a command is meant to end, and its status is 0."""
    with contextlib.suppress(KeyboardInterrupt):
        yield
