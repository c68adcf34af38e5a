"""A model of kernels that deliver anything, in any order and again, to receivers that crash: sums equal the sent."""

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Connection

from znp_panel_sync.events import CallbackReceiver, Envelope, Subject
from znp_panel_sync.settings import WebhookSettings
from znp_panel_sync.stores import SqlEventLedger

HEADERS = {"X-ZNP-Webhook-Token": "token"}
byte_counts = st.integers(0, 2**40)
subjects = st.integers(1, 3)
workers = st.sampled_from([0, 1])


class PowerCut(BaseException):
    """The process is gone; nothing of it can handle this."""


class Worker:
    """One process that receives, over the ledger that all share; it can be told to crash."""

    def __init__(self, url: str) -> None:
        self.crash: str | None = None
        self._url = url
        self.restart()

    def restart(self) -> None:
        """Begin anew, as a new process does."""
        self.ledger = SqlEventLedger(self._url, in_transaction=self._in_transaction)
        self.receiver = CallbackReceiver(self.ledger, WebhookSettings(shared_token="token"))

    def deliver(self, body: bytes) -> int | None:
        """Receive; None where the process crashed before it answered."""
        try:
            answer = self.receiver.handle(HEADERS, body, "192.0.2.1")
            if self.crash == "after commit":
                raise PowerCut
        except PowerCut:
            self.ledger.close()
            self.restart()
            return None
        finally:
            self.crash = None
        return answer.status

    def _in_transaction(self, _: Connection, envelope: Envelope) -> None:
        if self.crash == "before commit":
            raise PowerCut


class ExactlyOnce(RuleBasedStateMachine):
    """Two workers, three subscriptions; what was sent, and what must be there at last."""

    sent = Bundle("sent")

    @initialize()
    def open(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        url = f"sqlite:///{Path(self._folder.name)}/ledger.db"
        self.workers = [Worker(url), Worker(url)]
        self.accepted: set[bytes] = set()
        self.arrivals: list[tuple[int, int, int]] = []
        self.number = 0

    def teardown(self) -> None:
        if hasattr(self, "workers"):
            for worker in self.workers:
                worker.ledger.close()
            self._folder.cleanup()

    @rule(target=sent, records=st.lists(st.tuples(subjects, byte_counts), min_size=1, max_size=4), named=st.booleans())
    def send_traffic(self, records: list[tuple[int, int]], named: bool) -> bytes:
        """A new batch, with an id of its own or recognised by its body."""
        self.number += 1
        rows = [{"subscription_id": who, "bytes_up": up, "observed_at": self.number} for who, up in records]
        return json.dumps({"records": rows, **({"event_id": f"id-{self.number}"} if named else {})}).encode()

    @rule(target=sent, who=subjects, used=byte_counts, occurred=st.integers(0, 20))
    def send_usage(self, who: int, used: int, occurred: int) -> bytes:
        """A new total, from any time."""
        self.number += 1
        document = {
            "event": "user.traffic.reported",
            "event_id": f"id-{self.number}",
            "occurred_at_ms": occurred,
            "payload": {"subscription_id": who, "used": used},
        }
        return json.dumps(document).encode()

    @rule(body=sent, worker=workers, crash=st.sampled_from([None, None, "before commit", "after commit"]))
    def deliver(self, body: bytes, worker: int, crash: str | None) -> None:
        """Deliver anything, for the first time or again, to either worker."""
        self.workers[worker].crash = crash
        status = self.workers[worker].deliver(body)
        assert status in (200, None)
        if crash != "before commit":
            self._count(body)
        for who in (1, 2, 3) if b"payload" in body else ():
            self._check_newest_total(who)

    def _count(self, body: bytes) -> None:
        document: dict[str, Any] = json.loads(body)
        if body not in self.accepted and "payload" in document:
            payload = document["payload"]
            self.arrivals.append((payload["subscription_id"], document["occurred_at_ms"], payload["used"]))
        self.accepted.add(body)

    @invariant()
    def sums_equal_what_was_taken(self) -> None:
        if not hasattr(self, "workers"):
            return
        expected: Counter[str] = Counter()
        for body in self.accepted:
            for row in json.loads(body).get("records", ()):
                expected[str(row["subscription_id"])] += row["bytes_up"]
        totals = Counter({one.subject.id: one.bytes_up for one in self.workers[0].ledger.traffic_totals()})
        assert totals == expected

    def _check_newest_total(self, who: int) -> None:
        told = [(at, place, used) for place, (subject, at, used) in enumerate(self.arrivals) if subject == who]
        usage = self.workers[1].ledger.usage(Subject("subscription", str(who)))
        assert (usage and usage.used) == (max(told)[2] if told else None)


ExactlyOnce.TestCase.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestExactlyOnce = ExactlyOnce.TestCase
