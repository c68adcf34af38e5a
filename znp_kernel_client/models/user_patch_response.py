"""The user that was changed."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class UserPatchResponse(Model):
    """The user that was changed."""

    id: str | Unset = UNSET
    """Identifier of the user."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {"id": Field("id")}
