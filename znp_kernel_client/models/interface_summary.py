"""One network interface of the kernel's host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .interface_address_summary import InterfaceAddressSummary
    from .interface_kind_summary import InterfaceKindSummary


@define(kw_only=True)
class InterfaceSummary(Model):
    """One network interface of the kernel's host."""

    name: str | Unset = UNSET
    """Name of the interface in the operating system."""
    mac: str | None | Unset = UNSET
    """Hardware address; null when the interface has none."""
    mtu: int | None | Unset = UNSET
    """Largest packet in bytes; null when it is not known."""
    is_up: bool | Unset = UNSET
    """Whether the interface is up."""
    is_loopback: bool | Unset = UNSET
    """Whether the interface leads back to the host itself."""
    kind: InterfaceKindSummary | Unset = UNSET
    """Whether the interface is hardware or made by software."""
    addresses: list[InterfaceAddressSummary] | Unset = UNSET
    """Network addresses of the interface."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .interface_address_summary import InterfaceAddressSummary
        from .interface_kind_summary import InterfaceKindSummary

        return {
            "name": Field("name"),
            "mac": Field("mac", nullable=True),
            "mtu": Field("mtu", nullable=True),
            "is_up": Field("is_up"),
            "is_loopback": Field("is_loopback"),
            "kind": Field("kind", InterfaceKindSummary.from_json),
            "addresses": Field("addresses", list_of(InterfaceAddressSummary.from_dict)),
        }
