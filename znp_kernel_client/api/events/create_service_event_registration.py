"""Register a callback for a service event."""

from collections.abc import Callable
from typing import Any

from ..._model import envelope
from ..._wire import decode_json, json_body, refuse_failure
from ...models.event_subscription_record import EventSubscriptionRecord
from ...models.service_event_registration_request import ServiceEventRegistrationRequest
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (200,)
_decode: Callable[[Any], EventSubscriptionRecord] = envelope(EventSubscriptionRecord)


def build_request(body: ServiceEventRegistrationRequest) -> Request:
    """Return the request of POST /v1/service-events/registrations.

    Args:
        body: The document to send.
    """
    return Request(
        operation="create_service_event_registration",
        method="POST",
        path="/v1/service-events/registrations",
        content=json_body(body),
        success=_SUCCESS,
    )


def parse_response(raw: RawResponse) -> EventSubscriptionRecord:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(body: ServiceEventRegistrationRequest, *, client: Executor) -> Response[EventSubscriptionRecord]:
    """Register a callback for a service event.

    Returns status, headers and raw body as well.

    From now on the kernel posts each such event to the callback URL, as a JSON document with `event`, `event_id`,
    `occurred_at_ms` (epoch milliseconds) and `payload`. The payload of `user.traffic.reported` names the user
    (`user_id`, and `subscription_id` where there is one) and holds `previous` and `current`, each with `used` and
    `remaining` in bytes. One registration is for one event.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return client.execute(build_request(body), parse_response)


def sync(body: ServiceEventRegistrationRequest, *, client: Executor) -> EventSubscriptionRecord:
    """Register a callback for a service event.

    From now on the kernel posts each such event to the callback URL, as a JSON document with `event`, `event_id`,
    `occurred_at_ms` (epoch milliseconds) and `payload`. The payload of `user.traffic.reported` names the user
    (`user_id`, and `subscription_id` where there is one) and holds `previous` and `current`, each with `used` and
    `remaining` in bytes. One registration is for one event.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return sync_detailed(body, client=client).parsed


async def asyncio_detailed(
    body: ServiceEventRegistrationRequest, *, client: AsyncExecutor
) -> Response[EventSubscriptionRecord]:
    """Register a callback for a service event.

    Returns status, headers and raw body as well.

    From now on the kernel posts each such event to the callback URL, as a JSON document with `event`, `event_id`,
    `occurred_at_ms` (epoch milliseconds) and `payload`. The payload of `user.traffic.reported` names the user
    (`user_id`, and `subscription_id` where there is one) and holds `previous` and `current`, each with `used` and
    `remaining` in bytes. One registration is for one event.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return await client.execute(build_request(body), parse_response)


async def asyncio(body: ServiceEventRegistrationRequest, *, client: AsyncExecutor) -> EventSubscriptionRecord:
    """Register a callback for a service event.

    From now on the kernel posts each such event to the callback URL, as a JSON document with `event`, `event_id`,
    `occurred_at_ms` (epoch milliseconds) and `payload`. The payload of `user.traffic.reported` names the user
    (`user_id`, and `subscription_id` where there is one) and holds `previous` and `current`, each with `used` and
    `remaining` in bytes. One registration is for one event.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return (await asyncio_detailed(body, client=client)).parsed
