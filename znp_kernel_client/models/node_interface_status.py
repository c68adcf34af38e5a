"""Network interfaces that a node is bound to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .interface_binding_status import InterfaceBindingStatus


@define(kw_only=True)
class NodeInterfaceStatus(Model):
    """Network interfaces that a node is bound to."""

    default_label: str | None | Unset = UNSET
    """Label of the binding used when no rule names another; null when there is no such binding."""
    bindings: list[InterfaceBindingStatus] | Unset = UNSET
    """All bindings of the node."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .interface_binding_status import InterfaceBindingStatus

        return {
            "default_label": Field("default_label", nullable=True),
            "bindings": Field("bindings", list_of(InterfaceBindingStatus.from_dict)),
        }
