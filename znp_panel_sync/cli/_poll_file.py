"""The file that `znp-sync poll` reads: nodes as a panel records them, and the panel's settings of polling."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import evolve, frozen

from znp_panel_sync._keys import refuse_unknown
from znp_panel_sync.cli._credentials import warn_of_secrets
from znp_panel_sync.cli._files import read_document, records_of
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.polling import Node
from znp_panel_sync.settings import KernelSettings
from znp_panel_sync.web._settings import BLOCKS

DEFAULT_INTERVAL: Final = 30.0


@frozen
class PollPlan:
    """Which nodes are polled, and how."""

    nodes: tuple[Node, ...]
    settings: KernelSettings


def read_plan(path: Path, interval: float | None) -> PollPlan:
    """Read the file; `interval` in seconds goes before what stands in it (None: it was not given)."""
    document = read_document(path)
    if isinstance(document, Mapping):
        refuse_unknown(document, BLOCKS, f"{path}: ")
    records = records_of(document, path, "nodes")
    warn_of_secrets(records, path)
    nodes = tuple(_node(record, f"{path}: nodes[{position}]") for position, record in enumerate(records))
    _refuse_twins(nodes, path)
    return PollPlan(nodes, _settings(document, path, interval))


def _node(record: Mapping[str, Any], where: str) -> Node:
    """Return a node; what would be a node that cannot be polled in a panel is an error in a file."""
    if isinstance(record.get("id"), bool) or not isinstance(record.get("id"), int | str):
        raise ConfigurationError(f"{where}.id", "must be a text or a whole number")
    node = Node.from_mapping(record)
    if node.problem:
        raise ConfigurationError(where, node.problem)
    return node


def _refuse_twins(nodes: tuple[Node, ...], path: Path) -> None:
    for node_id, count in Counter(str(node.id) for node in nodes).items():
        if count > 1:
            raise ConfigurationError(str(path), f"the node {node_id!r} stands there {count} times")


def _settings(document: object, path: Path, interval: float | None) -> KernelSettings:
    block = document.get("Kernel") if isinstance(document, Mapping) else None
    settings = KernelSettings.from_mapping(block or {}, path=f"{path}: Kernel")
    seconds = interval or settings.status_poll_interval or DEFAULT_INTERVAL
    return evolve(settings, status_poll_interval=seconds)
