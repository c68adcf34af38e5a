"""What a poll needs of a status answer, and nothing else: the health of the kernel's protocols.

`msgspec` skips the rest of the document while it reads, where it is installed (the `fast` extra); `json` builds all
of it otherwise. Both read leniently: a kernel newer than this package may say more, and say it differently.
"""

import json
from collections.abc import Iterable, Sequence
from types import GenericAlias
from typing import Any

from attrs import frozen

from znp_kernel_client.errors import DecodeError
from znp_panel_sync._extras import installed
from znp_panel_sync.health import read_health
from znp_panel_sync.polling.model import ProtocolHealth

msgspec = installed("msgspec")


@frozen
class KernelNode:
    """A node as a status answer has it, not interpreted yet; `health` is in any form that it comes in."""

    id: object
    protocol: object
    health: object


def read_nodes(content: bytes) -> Sequence[KernelNode]:
    """Return the nodes of a status answer; raises `DecodeError` for what is not one."""
    return _read_by_json(content) if _decoder is None else _read_by_msgspec(content)


def protocols_of(nodes: Iterable[KernelNode]) -> tuple[ProtocolHealth, ...]:
    """Say what the nodes of an answer tell about the kernel's protocols."""
    return tuple(ProtocolHealth(_text(node.id), _text(node.protocol), read_health(node.health).state) for node in nodes)


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def _make_decoder() -> Any:
    if msgspec is None:
        return None
    node = msgspec.defstruct("Node", [("id", Any, None), ("protocol", Any, None), ("health", Any, None)])
    snapshot = msgspec.defstruct("Snapshot", [("nodes", GenericAlias(list, node) | None, None)])
    return msgspec.json.Decoder(msgspec.defstruct("Answer", [("snapshot", snapshot)]))


_decoder: Any = _make_decoder()


def _read_by_msgspec(content: bytes) -> Sequence[KernelNode]:
    try:
        nodes: Sequence[KernelNode] | None = _decoder.decode(content).snapshot.nodes
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"not a status document: {error}") from None
    return nodes or ()


def _read_by_json(content: bytes) -> Sequence[KernelNode]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"not a status document: {error}") from None
    snapshot = document.get("snapshot") if isinstance(document, dict) else None
    if not isinstance(snapshot, dict):
        raise DecodeError("not a status document: it has no snapshot")
    nodes = snapshot.get("nodes")
    if not isinstance(nodes, list | None) or not all(isinstance(node, dict) for node in nodes or ()):
        raise DecodeError("not a status document: its nodes are not a list of objects")
    return [KernelNode(node.get("id"), node.get("protocol"), node.get("health")) for node in nodes or ()]
