"""List callbacks for service events."""

from collections.abc import Callable
from typing import Any

from ..._model import list_of
from ..._wire import decode_json, refuse_failure
from ...models.event_subscription_record import EventSubscriptionRecord
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (200,)
_decode: Callable[[Any], list[EventSubscriptionRecord]] = list_of(EventSubscriptionRecord.from_dict)


def build_request() -> Request:
    """Return the request of GET /v1/service-events/registrations."""
    return Request(
        operation="list_service_event_registrations",
        method="GET",
        path="/v1/service-events/registrations",
        success=_SUCCESS,
    )


def parse_response(raw: RawResponse) -> list[EventSubscriptionRecord]:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(*, client: Executor) -> Response[list[EventSubscriptionRecord]]:
    """List callbacks for service events.

    Returns status, headers and raw body as well.

    Callbacks that are registered for service events. Look here before registering: the kernel takes the same callback
    twice, and then calls it twice.

    Args:
        client: Sends the request.
    """
    return client.execute(build_request(), parse_response)


def sync(*, client: Executor) -> list[EventSubscriptionRecord]:
    """List callbacks for service events.

    Callbacks that are registered for service events. Look here before registering: the kernel takes the same callback
    twice, and then calls it twice.

    Args:
        client: Sends the request.
    """
    return sync_detailed(client=client).parsed


async def asyncio_detailed(*, client: AsyncExecutor) -> Response[list[EventSubscriptionRecord]]:
    """List callbacks for service events.

    Returns status, headers and raw body as well.

    Callbacks that are registered for service events. Look here before registering: the kernel takes the same callback
    twice, and then calls it twice.

    Args:
        client: Sends the request.
    """
    return await client.execute(build_request(), parse_response)


async def asyncio(*, client: AsyncExecutor) -> list[EventSubscriptionRecord]:
    """List callbacks for service events.

    Callbacks that are registered for service events. Look here before registering: the kernel takes the same callback
    twice, and then calls it twice.

    Args:
        client: Sends the request.
    """
    return (await asyncio_detailed(client=client)).parsed
