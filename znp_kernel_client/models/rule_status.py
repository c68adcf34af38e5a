"""One routing rule and how often it matched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, union_of, variant
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .action_view import ActionView


@define(kw_only=True)
class RuleStatus(Model):
    """One routing rule and how often it matched."""

    name: str | Unset = UNSET
    """Name of the rule."""
    action: ActionView | Unset = UNSET
    """What happens to a connection that matches."""
    priority: int | Unset = UNSET
    """Place of the rule in the order in which rules are tried."""
    hits: int | Unset = UNSET
    """Connections that matched."""
    last_hit_ms: int | None | Unset = UNSET
    """Time of the latest match in epoch milliseconds; null when the rule has never matched."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .reject_action import RejectAction
        from .select_node_action import SelectNodeAction
        from .select_strategy_action import SelectStrategyAction

        return {
            "name": Field("name"),
            "action": Field(
                "action",
                union_of(
                    variant(SelectNodeAction, ("type", "select_node")),
                    variant(SelectStrategyAction, ("type", "select_strategy")),
                    variant(RejectAction, ("type", "reject")),
                ),
            ),
            "priority": Field("priority"),
            "hits": Field("hits"),
            "last_hit_ms": Field("last_hit_ms", nullable=True),
        }
