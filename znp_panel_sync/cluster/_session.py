"""One membership, from joining to leaving: a thread that talks to the engine, and one that watches the time.

The first may hang in a call for as long as the engine does. The second never does, so that it notices.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Final, Protocol

from attrs import define, frozen

from znp_panel_sync.cluster._engine import Answer
from znp_panel_sync.cluster._options import ClusterOptions
from znp_panel_sync.cluster._standing import Standing
from znp_panel_sync.cluster.counters import ClusterCounters
from znp_panel_sync.cluster.ring import Ring

logger: Final = logging.getLogger("znp_panel_sync.cluster")

_PATIENCE_SHARE_OF_TTL: Final = 3
"""After this part of the TTL an exchange counts as failed: long before what was last answered ends to hold."""


class Exchanges(Protocol):
    """The engine, as it is used here."""

    def exchange(self) -> Answer:
        """Say that this member lives, and ask who does."""
        ...

    def close(self) -> None:
        """Leave."""
        ...


@frozen
class Assignment:
    """Who owns what, and when that ends to hold if nothing more is heard. `version` is that of the ring."""

    ring: Ring
    until: float
    version: int


@define
class _Question:
    """One exchange under way: when it began, and whether it was given up."""

    asked_at: float
    given_up: bool = False


class Session:
    """Keeps one member in its cluster. `changed` is called in a thread of the session whenever there is a new version.

    `ran_at` is asked, with the time, when all that does the member's work was last known to run. While that hangs, the
    member leaves, so that others do the work.

    `left` is done when the engine has been told that the member leaves, or could not be told.
    """

    def __init__(
        self,
        member: str,
        options: ClusterOptions,
        engine: Exchanges,
        *,
        clock: Callable[[], float],
        counters: ClusterCounters,
        versions: Iterator[int],
        ran_at: Callable[[float], float],
        changed: Callable[[], None],
    ) -> None:
        self.member = member
        self._options = options
        self._engine = engine
        self._clock = clock
        self._counters = counters
        self._versions = versions
        self._ran_at = ran_at
        self._changed = changed
        self._asleep = False
        self._standing = Standing(ttl=options.ttl, keep=options.keep_assignment)
        self.assignment = Assignment(Ring((), options.partitions), self._standing.until, version=0)
        self.left: Future[None] = Future()
        self.left.set_running_or_notify_cancel()  # whoever waits for it may give up waiting, and nothing else
        self._outcomes: deque[tuple[_Question, Answer | Exception]] = deque()
        self._question: _Question | None = None
        self._heard = threading.Event()
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._talk, name="znp-cluster-engine", daemon=True),
            threading.Thread(target=self._watch, name="znp-cluster", daemon=True),
        ]

    def start(self) -> None:
        """Begin, in two threads, which keep no program from ending."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Leave: at once as far as this process is concerned; `left` is done when the engine has been told."""
        self._ending.set()
        self._heard.set()

    def join(self, timeout: float) -> None:
        """Wait for the threads, unless this is one of them."""
        deadline = self._clock() + timeout
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - self._clock()))

    @property
    def holds(self) -> bool:
        """Whether the assignment may be acted on now."""
        return not self._ending.is_set() and self._clock() <= self.assignment.until

    # --- the thread that talks to the engine ----------------------------------------------------------------------

    def _talk(self) -> None:
        while not self._ending.is_set():
            if self._asleep:
                self._leave()
            else:
                self._ask()
            self._ending.wait(self._options.tick)
        self._leave()
        self.left.set_result(None)

    def _ask(self) -> None:
        question = self._question = _Question(self._clock())
        outcome = self._exchange()
        self._outcomes.append((question, outcome))
        self._question = None
        self._heard.set()

    def _leave(self) -> None:
        try:
            self._engine.close()
        except Exception as error:
            logger.warning("%s cannot be told that a replica leaves (%s)", self._name, type(error).__name__)

    def _exchange(self) -> Answer | Exception:
        try:
            return self._engine.exchange()
        except Exception as error:
            return error

    # --- the thread that watches the time -------------------------------------------------------------------------

    def _watch(self) -> None:
        while not self._ending.is_set():
            self._look()
            self._heard.wait(self._options.tick)
            self._heard.clear()
        self._changed()

    def _look(self) -> None:
        now = self._clock()
        self._standing.woke(now, self._ran_at(now))
        self._asleep = self._standing.asleep(now)
        self._update()
        while self._outcomes:
            self._take(*self._outcomes.popleft())
        question = self._question
        if question is not None and not question.given_up and self._is_overdue(question):
            question.given_up = True
            self._fail("no answer in time")
        self._update()

    def _is_overdue(self, question: _Question) -> bool:
        return self._clock() - question.asked_at > self._options.ttl / _PATIENCE_SHARE_OF_TTL

    def _take(self, question: _Question, outcome: Answer | Exception) -> None:
        if isinstance(outcome, Answer):
            self._confirm(question, outcome)
        elif not question.given_up:
            self._fail(type(outcome).__name__)

    def _confirm(self, question: _Question, answer: Answer) -> None:
        was_failing = self._standing.failing
        if self._standing.answered(question.asked_at, self._clock(), answer.members, forgotten=answer.forgotten):
            self._counters.answers += 1
            if was_failing:
                logger.info("%s is back", self._name)

    def _fail(self, reason: str) -> None:
        self._counters.engine_failures += 1
        if not self._standing.failing:
            logger.warning(
                "%s does not answer (%s); the last assignment is kept for at most %g s",
                self._name,
                reason,
                self._options.keep_assignment,
            )
        self._standing.failed()

    def _update(self) -> None:
        """Take over what holds now, and tell of it if it is something else."""
        members = tuple(sorted(self._standing.members))
        assigned = self.assignment
        if members != assigned.ring.members:
            self._publish(Ring(members, self._options.partitions))
        else:
            self.assignment = Assignment(assigned.ring, self._standing.until, assigned.version)

    def _publish(self, ring: Ring) -> None:
        if not ring.members:
            reason = (
                f"{self._name} is away" if self._standing.failing else "This process, or its event loop, has not run"
            )
            logger.error("%s for too long: this replica does nothing until the engine has answered", reason)
        self._counters.members = len(ring.members)
        self.assignment = Assignment(ring, self._standing.until, next(self._versions))
        self._changed()

    @property
    def _name(self) -> str:
        return f"The coordination engine of cluster {self._options.name!r}"
