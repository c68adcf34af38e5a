"""The panel's nodes as the poller and the actions see them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import connection

from znp_panel_sync.polling import Node, NodeId, StatusChange

from .models import NodeRecord

P = ParamSpec("P")
T = TypeVar("T")


def closing_connection(work: Callable[P, T]) -> Callable[P, T]:
    """Close the thread's database connection afterwards: outside of requests, Django does not do that itself."""

    @wraps(work)
    def closed_afterwards(*arguments: P.args, **options: P.kwargs) -> T:
        try:
            return work(*arguments, **options)
        finally:
            connection.close()

    return closed_afterwards


class DjangoNodes:
    """A `BlockingNodeStore` over Django's ORM."""

    @closing_connection
    def list_nodes(self) -> Sequence[Node]:
        """Return all nodes."""
        return [Node.from_mapping(row) for row in NodeRecord.objects.values()]

    def site_settings(self) -> Mapping[str, object]:
        """Say that this panel has no site settings."""
        return {}

    @closing_connection
    def apply(self, changes: Sequence[StatusChange]) -> Collection[NodeId]:
        """Write the statuses, but none of a node that is disabled by now, or not to be synced."""
        return [
            change.node_id
            for change in changes
            if NodeRecord.objects.filter(pk=change.node_id, status_sync_enabled=True)
            .exclude(status="disabled")
            .update(status=change.status.value)
        ]
