"""What was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .export_filters import ExportFilters
    from .pipeline_export_meta import PipelineExportMeta


@define(kw_only=True)
class ExportResponse(Model):
    """What was written."""

    path: str | Unset = UNSET
    """File that was written, on the kernel's host."""
    protocols: int | Unset = UNSET
    """Number of nodes written."""
    version: str | Unset = UNSET
    """Label stored in the file."""
    users: int | None | Unset = UNSET
    """Number of users written; null when they were left out."""
    api: bool | None | Unset = UNSET
    """Whether the settings of this API were written; null when the kernel does not say."""
    pipeline: PipelineExportMeta | Unset = UNSET
    """What was written of the routing pipeline; missing when it was left out."""
    filters: ExportFilters | Unset = UNSET
    """Limits that the request set on the export."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .export_filters import ExportFilters
        from .pipeline_export_meta import PipelineExportMeta

        return {
            "path": Field("path"),
            "protocols": Field("protocols"),
            "version": Field("version"),
            "users": Field("users", nullable=True),
            "api": Field("api", nullable=True),
            "pipeline": Field("pipeline", PipelineExportMeta.from_dict),
            "filters": Field("filters", ExportFilters.from_dict),
        }
