"""The offline probe: when to look again at a kernel that does not answer.

After 1 s, then 3, 5, 7, … seconds, and from the beginning again on every new local day, so that a kernel that comes
back is noticed soon while one that is gone for good costs some 293 requests a day.
"""

from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from attrs import field, frozen
from dateutil.tz import resolve_imaginary, tzlocal

from znp_panel_sync.errors import ConfigurationError

_STEP_SECONDS: Final = 2.0
_MIDNIGHT_SPREAD_SECONDS: Final = 10.0


@frozen
class ProbePosition:
    """How far a probe has come: `attempt` probes have been planned on the local day `day`."""

    day: date
    attempt: int


def _at_least_zero(_: object, __: object, value: float) -> None:
    if not value >= 0:
        raise ConfigurationError("maximum", f"must be a number of seconds, 0 or more, not {value}")


@frozen
class OfflineProbe:
    """The delays between probes of a kernel that is offline.

    `maximum` caps each delay in seconds (0: no cap). `zone` is the time zone whose midnights start the sequence
    again; the default is the machine's own.
    """

    maximum: float = field(default=0.0, validator=_at_least_zero)
    zone: tzinfo = field(factory=tzlocal)

    def delay(self, attempt: int) -> float:
        """Return `1 + 2 * attempt` seconds, capped; `attempt` counts from 0."""
        planned = 1.0 + _STEP_SECONDS * attempt
        return min(planned, self.maximum) if self.maximum else planned

    def following(self, position: ProbePosition | None, now: float, phase: float = 0.0) -> tuple[float, ProbePosition]:
        """Return the seconds until the next probe, and the position after it.

        `position` is what the previous call returned (None: the kernel has just gone offline), `now` the epoch
        seconds. The delay never reaches past the next local midnight, and each local day counts from 0. `phase`,
        in [0, 1), keeps kernels apart that would be probed in the same moment: so many seconds are added to a
        sequence's first delay, and ten times as many to one that midnight ends.
        """
        today = datetime.fromtimestamp(now, self.zone).date()
        attempt = position.attempt if position is not None and position.day == today else 0
        planned, left = self.delay(attempt), self._midnight_after(today) - now
        position = ProbePosition(today, attempt + 1)
        if left < planned:
            return left + phase * _MIDNIGHT_SPREAD_SECONDS, position
        return planned + (phase if attempt == 0 else 0.0), position

    def _midnight_after(self, day: date) -> float:
        """Return the first moment of the next day; where clocks jump over midnight, that is the moment of the jump."""
        midnight = datetime.combine(day + timedelta(days=1), time.min, tzinfo=self.zone)
        return resolve_imaginary(midnight).timestamp()  # zones do not agree on what a time means that does not exist
