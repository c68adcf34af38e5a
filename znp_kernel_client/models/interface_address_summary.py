"""A network address of an interface."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class InterfaceAddressSummary(Model):
    """A network address of an interface."""

    family: str | Unset = UNSET
    """Address family."""
    address: str | Unset = UNSET
    """The address as text."""
    prefix: int | Unset = UNSET
    """Length of the network prefix in bits."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {"family": Field("family"), "address": Field("address"), "prefix": Field("prefix")}
