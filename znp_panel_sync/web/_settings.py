"""The settings of the panel service: the panel's blocks, one of its own, and the nodes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self
from urllib.parse import urlsplit

from attrs import field, frozen

from znp_panel_sync._keys import refuse_unknown
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.events.registrations import CallbackAddress
from znp_panel_sync.polling import Node, NodeId
from znp_panel_sync.settings import KernelSettings, Settings, load_settings

DEFAULT_POLL_INTERVAL: Final = 30.0
"""Seconds, where the settings have no `Kernel` block: a service that polls nothing shows nothing."""

_DEFAULTS: Final = Settings(kernel=KernelSettings(DEFAULT_POLL_INTERVAL))
BLOCKS: Final = ("Kernel", "Webhook", "Serve", "nodes")
"""What may stand in the file."""

_TEXTS: Final = {"Database": "database", "PublicURL": "public_url", "PageToken": "page_token"}


@frozen
class ServiceSettings:
    """What `PanelService` is told.

    Its file has this form::

        Kernel: {StatusPollInterval: 30s}       # this and Webhook as `load_settings` reads them
        Webhook: {SharedToken: a long random text}
        Serve:
          Database: postgresql+psycopg://…      # any URL of SQLAlchemy; None: whoever starts the service says it
          PublicURL: https://panel.example.net  # where kernels reach the service; None: where it listens
          PageToken: a long random text         # of at least 16 characters
          Streams: true                         # follow the streams of kernels that have them, and poll the others
        nodes:                                  # none: those in the table `znp_nodes` of the database
          - {name: tokyo, control_endpoint: "https://10.0.0.7:23860", control_access_key: …, control_secret_key: …}

    Nodes have the fields of `Node.from_mapping`. The page calls them by their `name`, else by their `id`, a number or a
    text. Without an id it is the place in the list, from 1, and the page shows the kernel's host instead. Actions find
    nodes with numbers only.
    """

    panel: Settings = _DEFAULTS
    database: str | None = field(default=None, repr=False)  # whose URL may hold a password
    public_url: str | None = None
    page_token: str | None = field(default=None, repr=False)
    streams: bool = False
    nodes: tuple[Node, ...] = ()
    names: Mapping[NodeId, str] = field(factory=dict)

    @classmethod
    def from_mapping(cls, document: Mapping[str, Any]) -> Self:
        """Read the blocks; raises `ConfigurationError` naming the key that is wrong."""
        refuse_unknown(document, BLOCKS)
        kernel = document.get("Kernel") or {"StatusPollInterval": DEFAULT_POLL_INTERVAL}
        panel = load_settings({**document, "Kernel": kernel})
        nodes, names = _read_nodes(document.get("nodes") or ())
        return cls(panel=panel, nodes=nodes, names=names, **_read_serve(document.get("Serve") or {}))


def _read_serve(block: object) -> dict[str, Any]:
    """Return keyword arguments for the service's own block."""
    if not isinstance(block, Mapping):
        raise ConfigurationError("Serve", f"must be a block of settings, not {type(block).__name__}")
    refuse_unknown(block, (*_TEXTS, "Streams"), "Serve.")
    streams = block.get("Streams") or False
    if not isinstance(streams, bool):
        raise ConfigurationError("Serve.Streams", f"must be true or false, not {streams!r}")
    texts = {name: _text(block.get(key), f"Serve.{key}") for key, name in _TEXTS.items()}
    if texts["public_url"] is not None:
        CallbackAddress.of(texts["public_url"], name="Serve.PublicURL")
    return {"streams": streams, **texts}


def _text(value: object, path: str) -> str | None:
    """Trim a text; what is wrong with it is told without showing it."""
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(path, "must be a text that is not blank")
    return value.strip()


def _read_nodes(records: object) -> tuple[tuple[Node, ...], dict[NodeId, str]]:
    if isinstance(records, str) or not isinstance(records, Sequence):
        raise ConfigurationError("nodes", f"must be a list, not {type(records).__name__}")
    nodes: dict[NodeId, Node] = {}
    names: dict[NodeId, str] = {}
    for place, record in enumerate(records):
        node = _read_node(record, place)
        if node.id in nodes:
            raise ConfigurationError(f"nodes[{place}].id", f"is the id of another node too: {node.id!r}")
        nodes[node.id] = node
        name = _text(record.get("name"), f"nodes[{place}].name")
        if name is None and "id" not in record and node.control is not None:
            name = urlsplit(node.control.base_url).netloc
        if name is not None:
            names[node.id] = name
    return tuple(nodes.values()), names


def _read_node(record: object, place: int) -> Node:
    if not isinstance(record, Mapping):
        raise ConfigurationError(f"nodes[{place}]", "must have names with values")
    node_id = record.get("id", place + 1)
    if not isinstance(node_id, int | str) or isinstance(node_id, bool):
        raise ConfigurationError(f"nodes[{place}].id", "must be a text or a whole number")
    node = Node.from_mapping({**record, "id": node_id})
    if node.problem:
        raise ConfigurationError(f"nodes[{place}]", node.problem)
    return node
