"""Routing pipeline: rules are tried by priority, then the default route applies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .default_route_status import DefaultRouteStatus
    from .rule_status import RuleStatus
    from .strategy_status import StrategyStatus


@define(kw_only=True)
class PipelineStatus(Model):
    """Routing pipeline: rules are tried by priority, then the default route applies."""

    strategy_count: int | Unset = UNSET
    """Number of strategies."""
    strategies: list[StrategyStatus] | Unset = UNSET
    """Strategies with their counters."""
    rule_count: int | Unset = UNSET
    """Number of rules, the default route not included."""
    rules: list[RuleStatus] | Unset = UNSET
    """Rules with their counters."""
    default: DefaultRouteStatus | Unset = UNSET
    """Route of connections that no rule matches."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .default_route_status import DefaultRouteStatus
        from .rule_status import RuleStatus
        from .strategy_status import StrategyStatus

        return {
            "strategy_count": Field("strategy_count"),
            "strategies": Field("strategies", list_of(StrategyStatus.from_dict)),
            "rule_count": Field("rule_count"),
            "rules": Field("rules", list_of(RuleStatus.from_dict)),
            "default": Field("default", DefaultRouteStatus.from_dict),
        }
