"""Status and events as they happen, over server-sent events or WebSockets."""

from znp_panel_sync.streams._async import AsyncEventStream, AsyncStatusStream
from znp_panel_sync.streams._blocking import EventStream, StatusStream
from znp_panel_sync.streams._errors import StreamNotOfferedError
from znp_panel_sync.streams._items import EventItem, Gap, RawItem, StatusItem, StatusUpdate, StreamedEvent
from znp_panel_sync.streams._watch import StatusWatch

__all__ = [
    "AsyncEventStream",
    "AsyncStatusStream",
    "EventItem",
    "EventStream",
    "Gap",
    "RawItem",
    "StatusItem",
    "StatusStream",
    "StatusUpdate",
    "StatusWatch",
    "StreamNotOfferedError",
    "StreamedEvent",
]
