"""Network interfaces of the kernel's host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .interface_summary import InterfaceSummary


@define(kw_only=True)
class InterfaceListResponse(Model):
    """Network interfaces of the kernel's host."""

    interfaces: list[InterfaceSummary] | Unset = UNSET
    """All interfaces, also those that are down."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .interface_summary import InterfaceSummary

        return {"interfaces": Field("interfaces", list_of(InterfaceSummary.from_dict))}
