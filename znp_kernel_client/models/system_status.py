"""Resources used by the kernel process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .connection_status import ConnectionStatus
    from .memory_status import MemoryStatus


@define(kw_only=True)
class SystemStatus(Model):
    """Resources used by the kernel process."""

    memory: MemoryStatus | Unset = UNSET
    """Memory of the process."""
    connections: ConnectionStatus | Unset = UNSET
    """Connections through the kernel."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .connection_status import ConnectionStatus
        from .memory_status import MemoryStatus

        return {
            "memory": Field("memory", MemoryStatus.from_dict),
            "connections": Field("connections", ConnectionStatus.from_dict),
        }
