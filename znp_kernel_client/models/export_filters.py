"""Limits that a request set on an export."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset


@define(kw_only=True)
class ExportFilters(Model):
    """Limits that a request set on an export."""

    protocols: list[str] | Unset = UNSET
    """Identifiers of the nodes that were asked for."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {"protocols": Field("protocols", list_of())}
