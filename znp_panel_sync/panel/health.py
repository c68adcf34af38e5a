"""Letting node events update the health of bindings, for panels that want that."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from znp_panel_sync.events.ledger import StoredEvent
from znp_panel_sync.events.payloads import NodeEvent
from znp_panel_sync.health import Health
from znp_panel_sync.panel.bindings import NOT_LISTED
from znp_panel_sync.panel.store import BindingStore

_HEALTH_OF: Final[Mapping[str, str]] = {
    "node_healthy": Health.HEALTHY,
    "node_degraded": Health.DEGRADED,
    "node_unhealthy": Health.UNHEALTHY,
    "node_removed": NOT_LISTED,
}

_logger: Final = logging.getLogger("znp_panel_sync.panel")


class AsyncBindingHealthUpdater:
    """A handler of node events that writes the health of the bindings with the event's kernel id.

    Node events change no health unless this is given as the `node_event` of `EventHandlers`. Other events than those
    of health, and of nodes that went, change nothing either, nor does an id that bindings of several nodes have: an
    event does not say which kernel it comes from. It is called like a coroutine function, by an `AsyncEventDispatcher`;
    `BindingHealthUpdater` is for the blocking one.
    """

    def __init__(self, bindings: BindingStore) -> None:
        self._bindings = bindings

    async def __call__(self, event: NodeEvent, _: StoredEvent) -> None:
        """Write what one event says."""
        health = _HEALTH_OF.get(event.name)
        if health is None or event.node_id is None:
            return
        found = await self._bindings.bindings_of_kernel(event.node_id)
        if len({one.node_id for one in found}) > 1:
            _logger.warning(
                "%s of %s is not written: several nodes have a binding of that id", event.event, event.node_id
            )
            return
        await self._bindings.write_health({one.id: health for one in found if one.active})


class BindingHealthUpdater:
    """`AsyncBindingHealthUpdater` as a plain function, for the blocking `EventDispatcher`.

    Each call runs in an event loop of its own, in the calling thread.
    """

    def __init__(self, bindings: BindingStore) -> None:
        self._updater = AsyncBindingHealthUpdater(bindings)

    def __call__(self, event: NodeEvent, stored: StoredEvent) -> None:
        """Write what one event says."""
        asyncio.run(self._updater(event, stored))
