"""What went wrong. Sent with every status that is not the success of an operation."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model


@define(kw_only=True)
class ErrorResponse(Model):
    """What went wrong. Sent with every status that is not the success of an operation."""

    code: str
    """Short, stable, machine-readable name of the error."""
    message: str
    """Explanation for people; its wording may change at any time."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {"code": Field("code", required=True), "message": Field("message", required=True)}
