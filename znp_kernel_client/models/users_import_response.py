"""Result of an import."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class UsersImportResponse(Model):
    """Result of an import."""

    imported: int | Unset = UNSET
    """Number of users taken over."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {"imported": Field("imported")}
