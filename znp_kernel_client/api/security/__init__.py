"""Limits on requests to this API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...types import UNSET, AsyncExecutor, Executor, Response, UnknownVariant, Unset

if TYPE_CHECKING:
    from ...models.rate_limit_override_request import RateLimitOverrideRequest
    from ...models.rate_limit_override_response import RateLimitOverrideResponse
    from ...models.rate_limit_override_scope import RateLimitOverrideScope
    from ...models.rate_limit_overrides_snapshot import RateLimitOverridesSnapshot


class SecurityApi:
    """Limits on requests to this API."""

    __slots__ = ("_executor",)

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def get_rate_limits(self) -> RateLimitOverridesSnapshot:
        """List limits on requests.

        Limits on requests to this API that replace the kernel's defaults. They have nothing to do with the rate
        limits of users.
        """
        return self.get_rate_limits_detailed().parsed

    def get_rate_limits_detailed(self) -> Response[RateLimitOverridesSnapshot]:
        """List limits on requests.

        Returns status, headers and raw body as well.

        Limits on requests to this API that replace the kernel's defaults. They have nothing to do with the rate
        limits of users.
        """
        from . import get_rate_limits as _operation

        return self._executor.execute(_operation.build_request(), _operation.parse_response)

    def set_rate_limit(self, body: RateLimitOverrideRequest) -> RateLimitOverrideResponse:
        """Set a limit on requests.

        Sets the limit of one endpoint or one caller; a limit that was set before is replaced.

        Args:
            body: The document to send.
        """
        return self.set_rate_limit_detailed(body).parsed

    def set_rate_limit_detailed(self, body: RateLimitOverrideRequest) -> Response[RateLimitOverrideResponse]:
        """Set a limit on requests.

        Returns status, headers and raw body as well.

        Sets the limit of one endpoint or one caller; a limit that was set before is replaced.

        Args:
            body: The document to send.
        """
        from . import set_rate_limit as _operation

        return self._executor.execute(_operation.build_request(body), _operation.parse_response)

    def delete_rate_limit(self, *, scope: RateLimitOverrideScope, key: str) -> None:
        """Remove a limit on requests.

        Removes the limit of one endpoint or one caller; the kernel's default applies again.

        Args:
            scope: Whether `key` names an endpoint or a caller.
            key: The endpoint's path, or the caller's identity.
        """
        self.delete_rate_limit_detailed(scope=scope, key=key)

    def delete_rate_limit_detailed(self, *, scope: RateLimitOverrideScope, key: str) -> Response[None]:
        """Remove a limit on requests.

        Returns status, headers and raw body as well.

        Removes the limit of one endpoint or one caller; the kernel's default applies again.

        Args:
            scope: Whether `key` names an endpoint or a caller.
            key: The endpoint's path, or the caller's identity.
        """
        from . import delete_rate_limit as _operation

        return self._executor.execute(_operation.build_request(scope=scope, key=key), _operation.parse_response)


class AsyncSecurityApi:
    """Limits on requests to this API."""

    __slots__ = ("_executor",)

    def __init__(self, executor: AsyncExecutor) -> None:
        self._executor = executor

    async def get_rate_limits(self) -> RateLimitOverridesSnapshot:
        """List limits on requests.

        Limits on requests to this API that replace the kernel's defaults. They have nothing to do with the rate
        limits of users.
        """
        return (await self.get_rate_limits_detailed()).parsed

    async def get_rate_limits_detailed(self) -> Response[RateLimitOverridesSnapshot]:
        """List limits on requests.

        Returns status, headers and raw body as well.

        Limits on requests to this API that replace the kernel's defaults. They have nothing to do with the rate
        limits of users.
        """
        from . import get_rate_limits as _operation

        return await self._executor.execute(_operation.build_request(), _operation.parse_response)

    async def set_rate_limit(self, body: RateLimitOverrideRequest) -> RateLimitOverrideResponse:
        """Set a limit on requests.

        Sets the limit of one endpoint or one caller; a limit that was set before is replaced.

        Args:
            body: The document to send.
        """
        return (await self.set_rate_limit_detailed(body)).parsed

    async def set_rate_limit_detailed(self, body: RateLimitOverrideRequest) -> Response[RateLimitOverrideResponse]:
        """Set a limit on requests.

        Returns status, headers and raw body as well.

        Sets the limit of one endpoint or one caller; a limit that was set before is replaced.

        Args:
            body: The document to send.
        """
        from . import set_rate_limit as _operation

        return await self._executor.execute(_operation.build_request(body), _operation.parse_response)

    async def delete_rate_limit(self, *, scope: RateLimitOverrideScope, key: str) -> None:
        """Remove a limit on requests.

        Removes the limit of one endpoint or one caller; the kernel's default applies again.

        Args:
            scope: Whether `key` names an endpoint or a caller.
            key: The endpoint's path, or the caller's identity.
        """
        await self.delete_rate_limit_detailed(scope=scope, key=key)

    async def delete_rate_limit_detailed(self, *, scope: RateLimitOverrideScope, key: str) -> Response[None]:
        """Remove a limit on requests.

        Returns status, headers and raw body as well.

        Removes the limit of one endpoint or one caller; the kernel's default applies again.

        Args:
            scope: Whether `key` names an endpoint or a caller.
            key: The endpoint's path, or the caller's identity.
        """
        from . import delete_rate_limit as _operation

        return await self._executor.execute(_operation.build_request(scope=scope, key=key), _operation.parse_response)


__all__ = ["AsyncSecurityApi", "SecurityApi"]
