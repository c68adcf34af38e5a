"""A clock that only moves when told to."""

from znp_panel_sync.testing._kernel.state import KernelState


class ManualClock:
    """Both clocks of a kernel, standing still."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.wall_ms = 1_700_000_000_000

    def monotonic(self) -> float:
        return self.seconds

    def now_ms(self) -> int:
        return self.wall_ms

    def advance(self, seconds: float) -> None:
        self.seconds += seconds
        self.wall_ms += round(seconds * 1000)


def event_names(kernel: KernelState) -> list[str]:
    return [event.name for event in kernel.journal.all()]
