"""Waking everybody who waits, without keeping anything for them."""

import asyncio
from contextlib import suppress


class Bell:
    """Whoever waits takes a `turn` first and looks then, so that nothing that happens in between is missed."""

    def __init__(self) -> None:
        self._turn = asyncio.Event()

    @property
    def turn(self) -> asyncio.Event:
        """What is set when the bell rings the next time."""
        return self._turn

    def ring(self) -> None:
        """Wake all who wait."""
        turn, self._turn = self._turn, asyncio.Event()
        turn.set()


async def wait(turn: asyncio.Event, seconds: float) -> None:
    """Wait for a bell, or until the seconds are over."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await turn.wait()
