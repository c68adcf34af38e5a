"""What a poll needs of a status answer, and nothing else: the health of the kernel's protocols.

`msgspec` skips the rest of the document while it reads, where it is installed (the `fast` extra); `json` builds all
of it otherwise. Both read leniently: a kernel newer than this package may say more, and say it differently.
"""

import json
from collections.abc import Iterable, Mapping
from types import GenericAlias
from typing import Any, Final

from znp_kernel_client.errors import DecodeError
from znp_panel_sync.health import Health, read_health
from znp_panel_sync.polling._extras import installed
from znp_panel_sync.polling.model import ProtocolHealth

msgspec = installed("msgspec")

_PLAIN_HEALTH: Final = {health.value.capitalize(): health for health in Health if health is not Health.UNKNOWN}


def read_protocols(content: bytes) -> tuple[ProtocolHealth, ...]:
    """Return the health of each protocol in a status answer; raises `DecodeError`."""
    snapshot = _snapshot_by_msgspec(content) if _decoder is not None else _snapshot_by_json(content)
    return tuple(_protocol_health(*node) for node in snapshot)


def _protocol_health(node_id: object, protocol: object, health: object) -> ProtocolHealth:
    state = _PLAIN_HEALTH.get(health) if isinstance(health, str) else None
    return ProtocolHealth(_text(node_id), _text(protocol), state or read_health(health).state)


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _make_decoder() -> Any:
    if msgspec is None:
        return None
    node = msgspec.defstruct("Node", [("id", Any, None), ("protocol", Any, None), ("health", Any, None)])
    snapshot = msgspec.defstruct("Snapshot", [("nodes", GenericAlias(list, node) | None, None)])
    return msgspec.json.Decoder(msgspec.defstruct("Answer", [("snapshot", snapshot)]))


_decoder: Any = _make_decoder()


def _snapshot_by_msgspec(content: bytes) -> Iterable[tuple[object, object, object]]:
    try:
        nodes = _decoder.decode(content).snapshot.nodes or ()
    except (msgspec.DecodeError, RecursionError) as error:
        raise DecodeError(f"not a status document: {error}") from None
    return ((node.id, node.protocol, _status_of(node.health)) for node in nodes)


def _snapshot_by_json(content: bytes) -> Iterable[tuple[object, object, object]]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"not a status document: {error}") from None
    nodes = _member(_member(document, "snapshot"), "nodes", optional=True) or ()
    if not isinstance(nodes, list | tuple):
        raise DecodeError("not a status document: its nodes are not a list")
    return [_fields(node) for node in nodes]


def _fields(node: object) -> tuple[object, object, object]:
    if not isinstance(node, Mapping):
        raise DecodeError("not a status document: one of its nodes is not an object")
    return node.get("id"), node.get("protocol"), _status_of(node.get("health"))


def _member(document: object, name: str, *, optional: bool = False) -> object:
    if not isinstance(document, Mapping) or (name not in document and not optional):
        raise DecodeError(f"not a status document: it has no {name}")
    return document.get(name)


def _status_of(health: object) -> object:
    """Return the tagged status within a node's health state; older kernels give the status itself."""
    return health.get("status", health) if isinstance(health, Mapping) else health
