"""What a poll needs of a status answer, and nothing else: the health of the kernel's protocols.

The rest of the document is skipped while it is read. Reading is lenient: a kernel newer than this package may say
more, and say it differently.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from znp_kernel_client.errors import DecodeError
from znp_panel_sync.health import read_health
from znp_panel_sync.polling.model import ProtocolHealth


class KernelNode(msgspec.Struct):
    """A node as a status answer has it, not interpreted yet; `health` is in any form that it comes in."""

    id: Any = None
    protocol: Any = None
    health: Any = None


class _Snapshot(msgspec.Struct):
    nodes: list[KernelNode] | None = None


class _Answer(msgspec.Struct):
    snapshot: _Snapshot


_DECODER: Final = msgspec.json.Decoder(_Answer)


def read_nodes(content: bytes) -> Sequence[KernelNode]:
    """Return the nodes of a status answer; raises `DecodeError` for what is not one."""
    try:
        return _DECODER.decode(content).snapshot.nodes or ()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"not a status document: {error}") from None


def protocols_of(nodes: Iterable[KernelNode]) -> tuple[ProtocolHealth, ...]:
    """Say what the nodes of an answer tell about the kernel's protocols."""
    return tuple(ProtocolHealth(_text(node.id), _text(node.protocol), read_health(node.health).state) for node in nodes)


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""
