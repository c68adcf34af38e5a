"""Network interfaces of the kernel's host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...types import UNSET, AsyncExecutor, Executor, Response, UnknownVariant, Unset

if TYPE_CHECKING:
    from ...models.interface_list_response import InterfaceListResponse


class InterfacesApi:
    """Network interfaces of the kernel's host."""

    __slots__ = ("_executor",)

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def list_interfaces(self) -> InterfaceListResponse:
        """List the host's network interfaces.

        Network interfaces of the kernel's host with their addresses, for choosing what nodes bind to.
        """
        return self.list_interfaces_detailed().parsed

    def list_interfaces_detailed(self) -> Response[InterfaceListResponse]:
        """List the host's network interfaces.

        Returns status, headers and raw body as well.

        Network interfaces of the kernel's host with their addresses, for choosing what nodes bind to.
        """
        from . import list_interfaces as _operation

        return self._executor.execute(_operation.build_request(), _operation.parse_response)


class AsyncInterfacesApi:
    """Network interfaces of the kernel's host."""

    __slots__ = ("_executor",)

    def __init__(self, executor: AsyncExecutor) -> None:
        self._executor = executor

    async def list_interfaces(self) -> InterfaceListResponse:
        """List the host's network interfaces.

        Network interfaces of the kernel's host with their addresses, for choosing what nodes bind to.
        """
        return (await self.list_interfaces_detailed()).parsed

    async def list_interfaces_detailed(self) -> Response[InterfaceListResponse]:
        """List the host's network interfaces.

        Returns status, headers and raw body as well.

        Network interfaces of the kernel's host with their addresses, for choosing what nodes bind to.
        """
        from . import list_interfaces as _operation

        return await self._executor.execute(_operation.build_request(), _operation.parse_response)


__all__ = ["AsyncInterfacesApi", "InterfacesApi"]
