"""Lists of rules that the kernel loads from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...types import UNSET, AsyncExecutor, Executor, Response, UnknownVariant, Unset

if TYPE_CHECKING:
    from ...models.provider_status import ProviderStatus


class RulesApi:
    """Lists of rules that the kernel loads from elsewhere."""

    __slots__ = ("_executor",)

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def list_rule_providers(self) -> list[ProviderStatus]:
        """List rule providers.

        State of each list of rules that the kernel loads from elsewhere.
        """
        return self.list_rule_providers_detailed().parsed

    def list_rule_providers_detailed(self) -> Response[list[ProviderStatus]]:
        """List rule providers.

        Returns status, headers and raw body as well.

        State of each list of rules that the kernel loads from elsewhere.
        """
        from . import list_rule_providers as _operation

        return self._executor.execute(_operation.build_request(), _operation.parse_response)

    def refresh_rule_provider(self, name: str) -> ProviderStatus:
        """Load a rule provider again.

        Loads the provider's rules again without waiting for its next turn, and answers with its state afterwards.

        Args:
            name: Name of the provider.
        """
        return self.refresh_rule_provider_detailed(name).parsed

    def refresh_rule_provider_detailed(self, name: str) -> Response[ProviderStatus]:
        """Load a rule provider again.

        Returns status, headers and raw body as well.

        Loads the provider's rules again without waiting for its next turn, and answers with its state afterwards.

        Args:
            name: Name of the provider.
        """
        from . import refresh_rule_provider as _operation

        return self._executor.execute(_operation.build_request(name), _operation.parse_response)


class AsyncRulesApi:
    """Lists of rules that the kernel loads from elsewhere."""

    __slots__ = ("_executor",)

    def __init__(self, executor: AsyncExecutor) -> None:
        self._executor = executor

    async def list_rule_providers(self) -> list[ProviderStatus]:
        """List rule providers.

        State of each list of rules that the kernel loads from elsewhere.
        """
        return (await self.list_rule_providers_detailed()).parsed

    async def list_rule_providers_detailed(self) -> Response[list[ProviderStatus]]:
        """List rule providers.

        Returns status, headers and raw body as well.

        State of each list of rules that the kernel loads from elsewhere.
        """
        from . import list_rule_providers as _operation

        return await self._executor.execute(_operation.build_request(), _operation.parse_response)

    async def refresh_rule_provider(self, name: str) -> ProviderStatus:
        """Load a rule provider again.

        Loads the provider's rules again without waiting for its next turn, and answers with its state afterwards.

        Args:
            name: Name of the provider.
        """
        return (await self.refresh_rule_provider_detailed(name)).parsed

    async def refresh_rule_provider_detailed(self, name: str) -> Response[ProviderStatus]:
        """Load a rule provider again.

        Returns status, headers and raw body as well.

        Loads the provider's rules again without waiting for its next turn, and answers with its state afterwards.

        Args:
            name: Name of the provider.
        """
        from . import refresh_rule_provider as _operation

        return await self._executor.execute(_operation.build_request(name), _operation.parse_response)


__all__ = ["AsyncRulesApi", "RulesApi"]
