"""A cluster whose shares a test deals out."""

from collections.abc import Callable
from concurrent.futures import Future

from znp_panel_sync.cluster.ownership import Echo


class Member:
    """One replica as those see it who take part: it owns what the test says, and every part hears of each change."""

    def __init__(self, *keys: str, name: str = "a") -> None:
        self.member = name
        self.version = 1
        self.answers = 1
        self.parts: list[Callable[[], None]] = []
        self.placements: list[tuple[int, int]] = []
        self._keys = frozenset(keys)

    def owns(self, key: str) -> bool:
        return key in self._keys

    def enter(self, changed: Callable[[], None], _: Echo | None = None) -> None:
        self.parts.append(changed)
        changed()

    def leave(self, changed: Callable[[], None]) -> "Future[None]":
        self.parts.remove(changed)
        left: Future[None] = Future()
        left.set_result(None)
        return left

    def placed(self, owned: int, moved: int) -> None:
        self.placements.append((owned, moved))

    def own(self, *keys: str) -> None:
        """Own these from now on, and nothing else."""
        self._keys = frozenset(keys)
        self.version += 1
        for changed in tuple(self.parts):
            changed()
