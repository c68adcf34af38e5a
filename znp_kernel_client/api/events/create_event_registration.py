"""Register a callback for a node event."""

from collections.abc import Callable
from typing import Any

from ..._model import envelope
from ..._wire import decode_json, json_body, refuse_failure
from ...models.event_registration_record import EventRegistrationRecord
from ...models.event_registration_request import EventRegistrationRequest
from ...types import AsyncExecutor, Executor, RawResponse, Request, Response

_SUCCESS = (200,)
_decode: Callable[[Any], EventRegistrationRecord] = envelope(EventRegistrationRecord)


def build_request(body: EventRegistrationRequest) -> Request:
    """Return the request of POST /v1/events/registrations.

    Args:
        body: The document to send.
    """
    return Request(
        operation="create_event_registration",
        method="POST",
        path="/v1/events/registrations",
        content=json_body(body),
        success=_SUCCESS,
    )


def parse_response(raw: RawResponse) -> EventRegistrationRecord:
    """Decode the answer.

    Raises `ApiError` for a status other than success, `DecodeError` for a document that is not what the contract says.
    """
    refuse_failure(raw, _SUCCESS)
    return decode_json(raw, _decode)


def sync_detailed(body: EventRegistrationRequest, *, client: Executor) -> Response[EventRegistrationRecord]:
    """Register a callback for a node event.

    Returns status, headers and raw body as well.

    From now on the kernel posts each such event to the callback URL, as a JSON document with `event`, `id` or
    `node_id`, `protocol`, `status`, `message` and `observed_at` (epoch seconds). One registration is for one event.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return client.execute(build_request(body), parse_response)


def sync(body: EventRegistrationRequest, *, client: Executor) -> EventRegistrationRecord:
    """Register a callback for a node event.

    From now on the kernel posts each such event to the callback URL, as a JSON document with `event`, `id` or
    `node_id`, `protocol`, `status`, `message` and `observed_at` (epoch seconds). One registration is for one event.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return sync_detailed(body, client=client).parsed


async def asyncio_detailed(
    body: EventRegistrationRequest, *, client: AsyncExecutor
) -> Response[EventRegistrationRecord]:
    """Register a callback for a node event.

    Returns status, headers and raw body as well.

    From now on the kernel posts each such event to the callback URL, as a JSON document with `event`, `id` or
    `node_id`, `protocol`, `status`, `message` and `observed_at` (epoch seconds). One registration is for one event.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return await client.execute(build_request(body), parse_response)


async def asyncio(body: EventRegistrationRequest, *, client: AsyncExecutor) -> EventRegistrationRecord:
    """Register a callback for a node event.

    From now on the kernel posts each such event to the callback URL, as a JSON document with `event`, `id` or
    `node_id`, `protocol`, `status`, `message` and `observed_at` (epoch seconds). One registration is for one event.

    Args:
        body: The document to send.
        client: Sends the request.
    """
    return (await asyncio_detailed(body, client=client)).parsed
