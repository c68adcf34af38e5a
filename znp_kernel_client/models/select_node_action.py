"""Send the connection through one node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .select_node_action_type import SelectNodeActionType


@define(kw_only=True)
class SelectNodeAction(Model):
    """Send the connection through one node."""

    type_: SelectNodeActionType
    """Always `select_node`."""
    target: str
    """Identifier of the node."""
    interface: str | None | Unset = UNSET
    """Label of the interface to leave by; null or missing for the node's default."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .select_node_action_type import SelectNodeActionType

        return {
            "type": Field("type_", SelectNodeActionType.from_json, required=True),
            "target": Field("target", required=True),
            "interface": Field("interface", nullable=True),
        }
