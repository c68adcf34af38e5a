"""Who shares the work, and for how long that may be relied on. Pure: whoever uses it says what time it is.

All times are seconds of a clock that never goes back, and that goes on while the process is paused.
"""

from collections.abc import Set as AbstractSet
from typing import Final

_NEVER: Final = float("-inf")
_NOBODY: Final[frozenset[str]] = frozenset()


class Standing:
    """What one replica knows of all, from what the engine has answered.

    The engine forgets a replica that was silent for `ttl`. So what it answered holds that long after the question was
    put; and longer, `keep` seconds, when the engine is known to be away, because then nobody can take over. A process
    that has not run for a `ttl`, or one of whose event loops has not, knows nothing any more: the engine may have been
    there all that time, and others have taken over.

    When the engine comes back, or has lost its memory, the others need a moment to be heard of again. Those who were
    there before are counted for one more `ttl`, so that nothing moves for nothing.
    """

    def __init__(self, *, ttl: float, keep: float) -> None:
        self._ttl = ttl
        self._keep = keep
        self._lapsed = True
        self._failing = False
        self._confirmed_at = _NEVER
        self._awake_at = _NEVER
        self._seen = _NOBODY
        self._awaited: dict[str, float] = {}

    @property
    def failing(self) -> bool:
        """Whether the engine is known to be away."""
        return self._failing

    @property
    def until(self) -> float:
        """When what is known ends to hold, if nothing more is heard."""
        if self._lapsed:
            return _NEVER
        return min(self._awake_at + self._ttl, self._confirmed_at + (self._keep if self._failing else self._ttl))

    @property
    def members(self) -> AbstractSet[str]:
        """Who shares the work; nobody when nothing that is known holds any more."""
        return _NOBODY if self._lapsed else self._seen | self._awaited.keys()

    def woke(self, now: float, ran_at: float) -> None:
        """Take that this process runs, and when all its parts were last known to.

        To be told often, and before anything else that happens at this moment.
        """
        if now > self.until:
            self._lapsed = True
        self._awake_at = ran_at

    def asleep(self, now: float) -> bool:
        """Tell whether a part of this process has not run for so long that nothing may be owned."""
        return now > self._awake_at + self._ttl

    def answered(self, asked_at: float, now: float, members: AbstractSet[str], *, forgotten: bool) -> bool:
        """Take who was there; `forgotten` when the engine did not know this replica, and had to be told anew.

        Returns false when the answer is so late that it tells nothing, as the process may have been paused in between,
        or when a part of the process sleeps still.
        """
        if now >= asked_at + self._ttl or self.asleep(now):
            return False
        if self._lapsed:
            self._awaited = {}
        elif self._failing or forgotten:
            self._awaited |= dict.fromkeys(self._seen, now + self._ttl)
        self._awaited = {
            member: limit for member, limit in self._awaited.items() if member not in members and now < limit
        }
        self._seen = frozenset(members)
        self._confirmed_at = asked_at
        self._failing = self._lapsed = False
        return True

    def failed(self) -> None:
        """Take that the engine did not answer, or not in time."""
        self._failing = True
