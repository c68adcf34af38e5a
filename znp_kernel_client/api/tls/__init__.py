"""TLS settings of nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...types import UNSET, AsyncExecutor, Executor, Response, UnknownVariant, Unset

if TYPE_CHECKING:
    from ...models.tls_node_detail import TlsNodeDetail
    from ...models.tls_node_patch_request import TlsNodePatchRequest
    from ...models.tls_node_summary import TlsNodeSummary


class TlsApi:
    """TLS settings of nodes."""

    __slots__ = ("_executor",)

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def list_tls_nodes(self) -> list[TlsNodeSummary]:
        """List TLS nodes.

        Nodes that have TLS settings, in short.
        """
        return self.list_tls_nodes_detailed().parsed

    def list_tls_nodes_detailed(self) -> Response[list[TlsNodeSummary]]:
        """List TLS nodes.

        Returns status, headers and raw body as well.

        Nodes that have TLS settings, in short.
        """
        from . import list_tls_nodes as _operation

        return self._executor.execute(_operation.build_request(), _operation.parse_response)

    def get_tls_node(self, id: str) -> TlsNodeDetail:
        """Read a node's TLS settings.

        One node with its full TLS settings and those of the protocol inside.

        Args:
            id: Identifier of the node.
        """
        return self.get_tls_node_detailed(id).parsed

    def get_tls_node_detailed(self, id: str) -> Response[TlsNodeDetail]:
        """Read a node's TLS settings.

        Returns status, headers and raw body as well.

        One node with its full TLS settings and those of the protocol inside.

        Args:
            id: Identifier of the node.
        """
        from . import get_tls_node as _operation

        return self._executor.execute(_operation.build_request(id), _operation.parse_response)

    def patch_tls_node(self, id: str, body: TlsNodePatchRequest) -> TlsNodeDetail:
        """Change a node's TLS settings.

        Changes the settings that are given and leaves the others as they are.

        Args:
            id: Identifier of the node.
            body: The document to send.
        """
        return self.patch_tls_node_detailed(id, body).parsed

    def patch_tls_node_detailed(self, id: str, body: TlsNodePatchRequest) -> Response[TlsNodeDetail]:
        """Change a node's TLS settings.

        Returns status, headers and raw body as well.

        Changes the settings that are given and leaves the others as they are.

        Args:
            id: Identifier of the node.
            body: The document to send.
        """
        from . import patch_tls_node as _operation

        return self._executor.execute(_operation.build_request(id, body), _operation.parse_response)


class AsyncTlsApi:
    """TLS settings of nodes."""

    __slots__ = ("_executor",)

    def __init__(self, executor: AsyncExecutor) -> None:
        self._executor = executor

    async def list_tls_nodes(self) -> list[TlsNodeSummary]:
        """List TLS nodes.

        Nodes that have TLS settings, in short.
        """
        return (await self.list_tls_nodes_detailed()).parsed

    async def list_tls_nodes_detailed(self) -> Response[list[TlsNodeSummary]]:
        """List TLS nodes.

        Returns status, headers and raw body as well.

        Nodes that have TLS settings, in short.
        """
        from . import list_tls_nodes as _operation

        return await self._executor.execute(_operation.build_request(), _operation.parse_response)

    async def get_tls_node(self, id: str) -> TlsNodeDetail:
        """Read a node's TLS settings.

        One node with its full TLS settings and those of the protocol inside.

        Args:
            id: Identifier of the node.
        """
        return (await self.get_tls_node_detailed(id)).parsed

    async def get_tls_node_detailed(self, id: str) -> Response[TlsNodeDetail]:
        """Read a node's TLS settings.

        Returns status, headers and raw body as well.

        One node with its full TLS settings and those of the protocol inside.

        Args:
            id: Identifier of the node.
        """
        from . import get_tls_node as _operation

        return await self._executor.execute(_operation.build_request(id), _operation.parse_response)

    async def patch_tls_node(self, id: str, body: TlsNodePatchRequest) -> TlsNodeDetail:
        """Change a node's TLS settings.

        Changes the settings that are given and leaves the others as they are.

        Args:
            id: Identifier of the node.
            body: The document to send.
        """
        return (await self.patch_tls_node_detailed(id, body)).parsed

    async def patch_tls_node_detailed(self, id: str, body: TlsNodePatchRequest) -> Response[TlsNodeDetail]:
        """Change a node's TLS settings.

        Returns status, headers and raw body as well.

        Changes the settings that are given and leaves the others as they are.

        Args:
            id: Identifier of the node.
            body: The document to send.
        """
        from . import patch_tls_node as _operation

        return await self._executor.execute(_operation.build_request(id, body), _operation.parse_response)


__all__ = ["AsyncTlsApi", "TlsApi"]
