"""A panel that tells of each node that comes or goes, and keeps what its users have used."""

from collections.abc import Iterable
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from znp_panel_sync.control import NodeControl
from znp_panel_sync.events import CallbackReceiver, Subject
from znp_panel_sync.polling import BackgroundPoller, Node, StatusChange
from znp_panel_sync.settings import KernelSettings, WebhookSettings
from znp_panel_sync.stores import MemoryNodeStore, SqlEventLedger


class Panel:
    """What is tested. Its interval, its database and its kernels are given to it, so that tests can choose them."""

    def __init__(self, kernels: Iterable[NodeControl], *, interval: float, database: str, webhook_token: str) -> None:
        nodes = [Node(number, control) for number, control in enumerate(kernels, start=1)]
        self._poller = BackgroundPoller(
            MemoryNodeStore(nodes), settings=KernelSettings(interval), listeners=[self._tell]
        )
        self._ledger = SqlEventLedger(database)
        self.receiver = CallbackReceiver(self._ledger, WebhookSettings(shared_token=webhook_token))
        self.news: SimpleQueue[str] = SimpleQueue()

    def used_bytes(self, subscription: str) -> int:
        """Return what a subscription has used so far."""
        usage = self._ledger.usage(Subject("subscription", subscription))
        return usage.used if usage else 0

    def _tell(self, change: StatusChange) -> None:
        self.news.put(f"node {change.node_id} is {change.status}: {change.reason}")

    def __enter__(self) -> Self:
        self._poller.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._poller.stop()
        self._ledger.close()
