"""A node that another node sends its connections through; may itself have upstreams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define
from attrs import field as _field

from .._model import Field, Model, list_of, map_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .node_profile_protocol import NodeProfileProtocol


@define(kw_only=True)
class UpstreamProfile(Model):
    """A node that another node sends its connections through; may itself have upstreams."""

    id: str | None | Unset = UNSET
    """Identifier of the upstream; null or missing when nothing refers to it."""
    tags: list[str] | Unset = UNSET
    """Free labels of the upstream."""
    description: str | None | Unset = UNSET
    """Free text for people; null or missing when there is none."""
    protocol: NodeProfileProtocol | Unset = UNSET
    """Protocol that the upstream speaks."""
    profile: dict[str, Any] | Unset = _field(default=UNSET, repr=False)
    """Settings of the protocol; their form depends on `protocol`."""
    upstream: list[UpstreamProfile] | Unset = UNSET
    """Further upstreams, in the same form, to any depth."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .node_profile_protocol import NodeProfileProtocol

        return {
            "id": Field("id", nullable=True),
            "tags": Field("tags", list_of()),
            "description": Field("description", nullable=True),
            "protocol": Field("protocol", NodeProfileProtocol.from_json),
            "profile": Field("profile", map_of()),
            "upstream": Field("upstream", list_of(UpstreamProfile.from_dict)),
        }
