"""Let a strategy choose the node for the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .select_strategy_action_type import SelectStrategyActionType


@define(kw_only=True)
class SelectStrategyAction(Model):
    """Let a strategy choose the node for the connection."""

    type_: SelectStrategyActionType
    """Always `select_strategy`."""
    strategy: str
    """Name of the strategy."""
    interface: str | None | Unset = UNSET
    """Label of the interface to leave by; null or missing for the chosen node's default."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .select_strategy_action_type import SelectStrategyActionType

        return {
            "type": Field("type_", SelectStrategyActionType.from_json, required=True),
            "strategy": Field("strategy", required=True),
            "interface": Field("interface", nullable=True),
        }
