"""What an export holds of the routing pipeline."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class PipelineExportMeta(Model):
    """What an export holds of the routing pipeline."""

    strategies: int | Unset = UNSET
    """Number of strategies written."""
    rules: int | Unset = UNSET
    """Number of rules written."""
    resolved_rules: int | None | Unset = UNSET
    """Number of rules written in place of providers; null when they were not resolved."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {
            "strategies": Field("strategies"),
            "rules": Field("rules"),
            "resolved_rules": Field("resolved_rules", nullable=True),
        }
