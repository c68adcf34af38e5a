"""Nodes that speak TLS: those whose profile has a `tls` object."""

from collections.abc import Mapping
from typing import Any, Final

from znp_panel_sync.testing._kernel.nodes import Node, Nodes
from znp_panel_sync.testing._kernel.refusal import not_found

_MODES: Final = ("disabled", "server", "client", "dual")
_MODE_OF_ROLE: Final = {"listener": "server", "connector": "client"}


def summaries(nodes: Nodes) -> list[dict[str, Any]]:
    """Return the summaries of all TLS nodes."""
    return [_summary(node) for node in nodes if _is_tls(node)]


def detail(nodes: Nodes, node_id: str) -> dict[str, Any]:
    """Return the detail of one TLS node."""
    return _detail(_find(nodes, node_id))


def patch(nodes: Nodes, node_id: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Set the named keys of a TLS node's `tls` and `inner` objects, and leave their other keys."""
    node = _find(nodes, node_id)
    for part in ("tls", "inner"):
        if part in document:
            node.profile = {**node.profile, part: {**_part(node, part), **document[part]}}
    return _detail(node)


def _is_tls(node: Node) -> bool:
    return isinstance(node.profile.get("tls"), dict)


def _find(nodes: Nodes, node_id: str) -> Node:
    node = nodes.get(node_id, "TLS node")
    if not _is_tls(node):
        raise not_found("TLS node", node_id)
    return node


def _part(node: Node, name: str) -> dict[str, Any]:
    part = node.profile.get(name)
    return part if isinstance(part, dict) else {}


def _summary(node: Node) -> dict[str, Any]:
    tls, inner = _part(node, "tls"), _part(node, "inner")
    mode, protocol = tls.get("mode"), inner.get("protocol")
    return {
        **node.identity(),
        "inner_protocol": protocol if isinstance(protocol, str) else node.protocol,
        "tls_mode": mode if mode in _MODES else _MODE_OF_ROLE[node.role],
        "has_reality": "reality" in tls,
    }


def _detail(node: Node) -> dict[str, Any]:
    return {**node.identity(), "listen": node.listen, "connect": node.connect, "profile": node.profile}
