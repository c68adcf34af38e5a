"""A label that stands for one network interface of the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .interface_address_summary import InterfaceAddressSummary
    from .interface_kind_summary import InterfaceKindSummary


@define(kw_only=True)
class InterfaceBindingStatus(Model):
    """A label that stands for one network interface of the host."""

    label: str | Unset = UNSET
    """Name by which rules refer to the interface."""
    device: str | Unset = UNSET
    """Name of the interface in the operating system."""
    mac: str | None | Unset = UNSET
    """Hardware address; null when the interface has none."""
    mtu: int | None | Unset = UNSET
    """Largest packet in bytes; null when it is not known."""
    kind: InterfaceKindSummary | Unset = UNSET
    """Whether the interface is hardware or made by software."""
    addresses: list[InterfaceAddressSummary] | Unset = UNSET
    """Network addresses of the interface."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .interface_address_summary import InterfaceAddressSummary
        from .interface_kind_summary import InterfaceKindSummary

        return {
            "label": Field("label"),
            "device": Field("device"),
            "mac": Field("mac", nullable=True),
            "mtu": Field("mtu", nullable=True),
            "kind": Field("kind", InterfaceKindSummary.from_json),
            "addresses": Field("addresses", list_of(InterfaceAddressSummary.from_dict)),
        }
