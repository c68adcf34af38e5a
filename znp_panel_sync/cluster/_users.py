"""Those who take part in a cluster, and whether they run."""

from collections.abc import Callable

from attrs import define, field

from znp_panel_sync.cluster.ownership import Echo


@define(eq=False)
class User:
    """One that takes part: whom to tell of changes, and how to ask whether its event loop runs (None: it has none)."""

    changed: Callable[[], None]
    _echo: Echo | None
    _asked_at: float | None = field(default=None, init=False)
    """When the question was put that is not answered yet."""

    def ran_at(self, now: float) -> float:
        """Return when this was last known to run; asks anew what has answered."""
        if self._asked_at is not None:
            return self._asked_at
        if self._echo is not None:
            self._asked_at = now
            self._echo(self._runs)
        return now

    def _runs(self) -> None:
        self._asked_at = None
