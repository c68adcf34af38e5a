"""What to write of the kernel's configuration, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .export_request_format import ExportRequestFormat


@define(kw_only=True)
class ExportRequest(Model):
    """What to write of the kernel's configuration, and where."""

    path: str
    """File to write, on the kernel's host."""
    format_: ExportRequestFormat | Unset = UNSET
    """Format of the file; missing to leave it to the kernel."""
    redact_users: bool | Unset = UNSET
    """Whether to mask the users' personal data and credentials."""
    include_users: bool | Unset = UNSET
    """Whether to write the users."""
    include_api: bool | Unset = UNSET
    """Whether to write the settings of this API."""
    include_pipeline: bool | Unset = UNSET
    """Whether to write the routing rules and strategies."""
    resolve_providers: bool | Unset = UNSET
    """Whether to write the rules that providers supplied in place of references to the providers."""
    protocol_ids: list[str] | Unset = UNSET
    """Identifiers of the nodes to write; missing or empty for all."""
    allow_overwrite: bool | Unset = UNSET
    """Whether a file that exists already may be replaced."""
    version_label: str | Unset = UNSET
    """Label to store in the file."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .export_request_format import ExportRequestFormat

        return {
            "path": Field("path", required=True),
            "format": Field("format_", ExportRequestFormat.from_json),
            "redact_users": Field("redact_users"),
            "include_users": Field("include_users"),
            "include_api": Field("include_api"),
            "include_pipeline": Field("include_pipeline"),
            "resolve_providers": Field("resolve_providers"),
            "protocol_ids": Field("protocol_ids", list_of()),
            "allow_overwrite": Field("allow_overwrite"),
            "version_label": Field("version_label"),
        }
