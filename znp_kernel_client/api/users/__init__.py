"""The kernel's users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...types import UNSET, AsyncExecutor, Executor, Response, UnknownVariant, Unset

if TYPE_CHECKING:
    from ...models.user import User
    from ...models.user_create_request import UserCreateRequest
    from ...models.user_create_response import UserCreateResponse
    from ...models.user_patch_request import UserPatchRequest
    from ...models.user_patch_response import UserPatchResponse
    from ...models.user_view import UserView
    from ...models.users_import_response import UsersImportResponse


class UsersApi:
    """The kernel's users."""

    __slots__ = ("_executor",)

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def list_users(self, *, redact: bool | Unset = UNSET) -> list[UserView]:
        """List users.

        All users of the kernel, without credentials.

        Args:
            redact: Whether to mask the users' personal data.
        """
        return self.list_users_detailed(redact=redact).parsed

    def list_users_detailed(self, *, redact: bool | Unset = UNSET) -> Response[list[UserView]]:
        """List users.

        Returns status, headers and raw body as well.

        All users of the kernel, without credentials.

        Args:
            redact: Whether to mask the users' personal data.
        """
        from . import list_users as _operation

        return self._executor.execute(_operation.build_request(redact=redact), _operation.parse_response)

    def create_user(self, body: UserCreateRequest) -> UserCreateResponse:
        """Create a user.

        Adds one user. To take over many at once, use the import.

        Args:
            body: The document to send.
        """
        return self.create_user_detailed(body).parsed

    def create_user_detailed(self, body: UserCreateRequest) -> Response[UserCreateResponse]:
        """Create a user.

        Returns status, headers and raw body as well.

        Adds one user. To take over many at once, use the import.

        Args:
            body: The document to send.
        """
        from . import create_user as _operation

        return self._executor.execute(_operation.build_request(body), _operation.parse_response)

    def import_users(self, body: list[User]) -> UsersImportResponse:
        """Import users.

        Takes over a list of users with their credentials, quota and use.

        Args:
            body: The document to send.
        """
        return self.import_users_detailed(body).parsed

    def import_users_detailed(self, body: list[User]) -> Response[UsersImportResponse]:
        """Import users.

        Returns status, headers and raw body as well.

        Takes over a list of users with their credentials, quota and use.

        Args:
            body: The document to send.
        """
        from . import import_users as _operation

        return self._executor.execute(_operation.build_request(body), _operation.parse_response)

    def get_user(self, id: str, *, redact: bool | Unset = UNSET) -> UserView:
        """Read a user.

        One user with quota, use and rate limits, without credentials.

        Args:
            id: Identifier of the user.
            redact: Whether to mask the users' personal data.
        """
        return self.get_user_detailed(id, redact=redact).parsed

    def get_user_detailed(self, id: str, *, redact: bool | Unset = UNSET) -> Response[UserView]:
        """Read a user.

        Returns status, headers and raw body as well.

        One user with quota, use and rate limits, without credentials.

        Args:
            id: Identifier of the user.
            redact: Whether to mask the users' personal data.
        """
        from . import get_user as _operation

        return self._executor.execute(_operation.build_request(id, redact=redact), _operation.parse_response)

    def put_user(self, id: str, body: UserPatchRequest) -> UserPatchResponse:
        """Update a user.

        Takes the same document as the PATCH operation and answers alike. Prefer PATCH for changing single fields:
        whether PUT resets the fields that are left out is up to the kernel.

        Args:
            id: Identifier of the user.
            body: The document to send.
        """
        return self.put_user_detailed(id, body).parsed

    def put_user_detailed(self, id: str, body: UserPatchRequest) -> Response[UserPatchResponse]:
        """Update a user.

        Returns status, headers and raw body as well.

        Takes the same document as the PATCH operation and answers alike. Prefer PATCH for changing single fields:
        whether PUT resets the fields that are left out is up to the kernel.

        Args:
            id: Identifier of the user.
            body: The document to send.
        """
        from . import put_user as _operation

        return self._executor.execute(_operation.build_request(id, body), _operation.parse_response)

    def delete_user(self, id: str) -> None:
        """Delete a user.

        Removes the user from the kernel and thus from all of its nodes.

        Args:
            id: Identifier of the user.
        """
        self.delete_user_detailed(id)

    def delete_user_detailed(self, id: str) -> Response[None]:
        """Delete a user.

        Returns status, headers and raw body as well.

        Removes the user from the kernel and thus from all of its nodes.

        Args:
            id: Identifier of the user.
        """
        from . import delete_user as _operation

        return self._executor.execute(_operation.build_request(id), _operation.parse_response)

    def patch_user(self, id: str, body: UserPatchRequest) -> UserPatchResponse:
        """Change fields of a user.

        Changes the fields that are given and leaves the others as they are. A rate of null lifts the limit.

        Args:
            id: Identifier of the user.
            body: The document to send.
        """
        return self.patch_user_detailed(id, body).parsed

    def patch_user_detailed(self, id: str, body: UserPatchRequest) -> Response[UserPatchResponse]:
        """Change fields of a user.

        Returns status, headers and raw body as well.

        Changes the fields that are given and leaves the others as they are. A rate of null lifts the limit.

        Args:
            id: Identifier of the user.
            body: The document to send.
        """
        from . import patch_user as _operation

        return self._executor.execute(_operation.build_request(id, body), _operation.parse_response)


class AsyncUsersApi:
    """The kernel's users."""

    __slots__ = ("_executor",)

    def __init__(self, executor: AsyncExecutor) -> None:
        self._executor = executor

    async def list_users(self, *, redact: bool | Unset = UNSET) -> list[UserView]:
        """List users.

        All users of the kernel, without credentials.

        Args:
            redact: Whether to mask the users' personal data.
        """
        return (await self.list_users_detailed(redact=redact)).parsed

    async def list_users_detailed(self, *, redact: bool | Unset = UNSET) -> Response[list[UserView]]:
        """List users.

        Returns status, headers and raw body as well.

        All users of the kernel, without credentials.

        Args:
            redact: Whether to mask the users' personal data.
        """
        from . import list_users as _operation

        return await self._executor.execute(_operation.build_request(redact=redact), _operation.parse_response)

    async def create_user(self, body: UserCreateRequest) -> UserCreateResponse:
        """Create a user.

        Adds one user. To take over many at once, use the import.

        Args:
            body: The document to send.
        """
        return (await self.create_user_detailed(body)).parsed

    async def create_user_detailed(self, body: UserCreateRequest) -> Response[UserCreateResponse]:
        """Create a user.

        Returns status, headers and raw body as well.

        Adds one user. To take over many at once, use the import.

        Args:
            body: The document to send.
        """
        from . import create_user as _operation

        return await self._executor.execute(_operation.build_request(body), _operation.parse_response)

    async def import_users(self, body: list[User]) -> UsersImportResponse:
        """Import users.

        Takes over a list of users with their credentials, quota and use.

        Args:
            body: The document to send.
        """
        return (await self.import_users_detailed(body)).parsed

    async def import_users_detailed(self, body: list[User]) -> Response[UsersImportResponse]:
        """Import users.

        Returns status, headers and raw body as well.

        Takes over a list of users with their credentials, quota and use.

        Args:
            body: The document to send.
        """
        from . import import_users as _operation

        return await self._executor.execute(_operation.build_request(body), _operation.parse_response)

    async def get_user(self, id: str, *, redact: bool | Unset = UNSET) -> UserView:
        """Read a user.

        One user with quota, use and rate limits, without credentials.

        Args:
            id: Identifier of the user.
            redact: Whether to mask the users' personal data.
        """
        return (await self.get_user_detailed(id, redact=redact)).parsed

    async def get_user_detailed(self, id: str, *, redact: bool | Unset = UNSET) -> Response[UserView]:
        """Read a user.

        Returns status, headers and raw body as well.

        One user with quota, use and rate limits, without credentials.

        Args:
            id: Identifier of the user.
            redact: Whether to mask the users' personal data.
        """
        from . import get_user as _operation

        return await self._executor.execute(_operation.build_request(id, redact=redact), _operation.parse_response)

    async def put_user(self, id: str, body: UserPatchRequest) -> UserPatchResponse:
        """Update a user.

        Takes the same document as the PATCH operation and answers alike. Prefer PATCH for changing single fields:
        whether PUT resets the fields that are left out is up to the kernel.

        Args:
            id: Identifier of the user.
            body: The document to send.
        """
        return (await self.put_user_detailed(id, body)).parsed

    async def put_user_detailed(self, id: str, body: UserPatchRequest) -> Response[UserPatchResponse]:
        """Update a user.

        Returns status, headers and raw body as well.

        Takes the same document as the PATCH operation and answers alike. Prefer PATCH for changing single fields:
        whether PUT resets the fields that are left out is up to the kernel.

        Args:
            id: Identifier of the user.
            body: The document to send.
        """
        from . import put_user as _operation

        return await self._executor.execute(_operation.build_request(id, body), _operation.parse_response)

    async def delete_user(self, id: str) -> None:
        """Delete a user.

        Removes the user from the kernel and thus from all of its nodes.

        Args:
            id: Identifier of the user.
        """
        await self.delete_user_detailed(id)

    async def delete_user_detailed(self, id: str) -> Response[None]:
        """Delete a user.

        Returns status, headers and raw body as well.

        Removes the user from the kernel and thus from all of its nodes.

        Args:
            id: Identifier of the user.
        """
        from . import delete_user as _operation

        return await self._executor.execute(_operation.build_request(id), _operation.parse_response)

    async def patch_user(self, id: str, body: UserPatchRequest) -> UserPatchResponse:
        """Change fields of a user.

        Changes the fields that are given and leaves the others as they are. A rate of null lifts the limit.

        Args:
            id: Identifier of the user.
            body: The document to send.
        """
        return (await self.patch_user_detailed(id, body)).parsed

    async def patch_user_detailed(self, id: str, body: UserPatchRequest) -> Response[UserPatchResponse]:
        """Change fields of a user.

        Returns status, headers and raw body as well.

        Changes the fields that are given and leaves the others as they are. A rate of null lifts the limit.

        Args:
            id: Identifier of the user.
            body: The document to send.
        """
        from . import patch_user as _operation

        return await self._executor.execute(_operation.build_request(id, body), _operation.parse_response)


__all__ = ["AsyncUsersApi", "UsersApi"]
