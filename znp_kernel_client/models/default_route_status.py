"""The route of connections that no rule matches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, union_of, variant
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .action_view import ActionView


@define(kw_only=True)
class DefaultRouteStatus(Model):
    """The route of connections that no rule matches."""

    rule_name: str | Unset = UNSET
    """Name under which the default route is reported."""
    action: ActionView | Unset = UNSET
    """What happens to these connections."""
    hits: int | Unset = UNSET
    """Connections that fell through to this route."""
    last_hit_ms: int | None | Unset = UNSET
    """Time of the latest such connection in epoch milliseconds; null when there has been none."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .reject_action import RejectAction
        from .select_node_action import SelectNodeAction
        from .select_strategy_action import SelectStrategyAction

        return {
            "rule_name": Field("rule_name"),
            "action": Field(
                "action",
                union_of(
                    variant(SelectNodeAction, ("type", "select_node")),
                    variant(SelectStrategyAction, ("type", "select_strategy")),
                    variant(RejectAction, ("type", "reject")),
                ),
            ),
            "hits": Field("hits"),
            "last_hit_ms": Field("last_hit_ms", nullable=True),
        }
