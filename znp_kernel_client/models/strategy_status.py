"""A way of choosing one node among several, and how it fared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .strategy_kind_type import StrategyKindType


@define(kw_only=True)
class StrategyStatus(Model):
    """A way of choosing one node among several, and how it fared."""

    name: str | Unset = UNSET
    """Name by which rules refer to the strategy."""
    kind: StrategyKindType | Unset = UNSET
    """How the strategy chooses."""
    candidates: list[str] | Unset = UNSET
    """Identifiers of the nodes that the strategy chooses from."""
    attempts: int | Unset = UNSET
    """Connections that the strategy was asked to route."""
    successes: int | Unset = UNSET
    """Connections that were established."""
    failures: int | Unset = UNSET
    """Connections for which no candidate worked."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .strategy_kind_type import StrategyKindType

        return {
            "name": Field("name"),
            "kind": Field("kind", StrategyKindType.from_json),
            "candidates": Field("candidates", list_of()),
            "attempts": Field("attempts"),
            "successes": Field("successes"),
            "failures": Field("failures"),
        }
