"""Refuse the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model

if TYPE_CHECKING:
    from .reject_action_type import RejectActionType


@define(kw_only=True)
class RejectAction(Model):
    """Refuse the connection."""

    type_: RejectActionType
    """Always `reject`."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .reject_action_type import RejectActionType

        return {"type": Field("type_", RejectActionType.from_json, required=True)}
