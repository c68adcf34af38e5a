"""Export of the kernel's configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...types import UNSET, AsyncExecutor, Executor, Response, UnknownVariant, Unset

if TYPE_CHECKING:
    from ...models.export_request import ExportRequest
    from ...models.export_response import ExportResponse


class ExportApi:
    """Export of the kernel's configuration."""

    __slots__ = ("_executor",)

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def export_config(self, body: ExportRequest) -> ExportResponse:
        """Export the configuration.

        Writes the kernel's configuration to a file on the kernel's own host, and answers with what was written.

        Args:
            body: The document to send.
        """
        return self.export_config_detailed(body).parsed

    def export_config_detailed(self, body: ExportRequest) -> Response[ExportResponse]:
        """Export the configuration.

        Returns status, headers and raw body as well.

        Writes the kernel's configuration to a file on the kernel's own host, and answers with what was written.

        Args:
            body: The document to send.
        """
        from . import export_config as _operation

        return self._executor.execute(_operation.build_request(body), _operation.parse_response)


class AsyncExportApi:
    """Export of the kernel's configuration."""

    __slots__ = ("_executor",)

    def __init__(self, executor: AsyncExecutor) -> None:
        self._executor = executor

    async def export_config(self, body: ExportRequest) -> ExportResponse:
        """Export the configuration.

        Writes the kernel's configuration to a file on the kernel's own host, and answers with what was written.

        Args:
            body: The document to send.
        """
        return (await self.export_config_detailed(body)).parsed

    async def export_config_detailed(self, body: ExportRequest) -> Response[ExportResponse]:
        """Export the configuration.

        Returns status, headers and raw body as well.

        Writes the kernel's configuration to a file on the kernel's own host, and answers with what was written.

        Args:
            body: The document to send.
        """
        from . import export_config as _operation

        return await self._executor.execute(_operation.build_request(body), _operation.parse_response)


__all__ = ["AsyncExportApi", "ExportApi"]
