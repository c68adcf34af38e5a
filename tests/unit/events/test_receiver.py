import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from typing import Any

import pytest

from tests.unit.events.support import (
    HEADERS,
    NODE_EVENT,
    RECORD,
    TOKEN,
    USAGE_EVENT,
    AsgiCall,
    RememberingLedger,
    encoded,
    receiver,
)
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.events.envelopes import Answer
from znp_panel_sync.events.handlers import EventHandlers
from znp_panel_sync.events.ledger import LedgerUnavailableError
from znp_panel_sync.events.payloads import CallbackKind
from znp_panel_sync.settings import WebhookSettings

TRAFFIC = encoded({"records": [RECORD]})
INVALID = {"message": "invalid webhook payload"}
PEER = "192.0.2.1"


def test_an_accepted_callback_is_in_the_ledger_and_answered_by_it() -> None:
    ledger = RememberingLedger()
    answer = receiver(ledger).handle(HEADERS, TRAFFIC, PEER, kind="traffic")
    assert answer == Answer(200, {"accepted": 1, "failed": 0})
    assert (ledger.only.source, ledger.only.received_at_ms, ledger.only.pending) == (PEER, 1_000_000, False)


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (NODE_EVENT, CallbackKind.NODE_EVENT),
        ({"records": [RECORD]}, CallbackKind.TRAFFIC),
        (USAGE_EVENT, CallbackKind.SERVICE_EVENT),
    ],
)
def test_the_kind_is_told_by_the_document_where_no_path_tells_it(document: dict[str, Any], kind: CallbackKind) -> None:
    ledger = RememberingLedger()
    assert receiver(ledger).handle(HEADERS, encoded(document), PEER).status == 200
    assert ledger.only.kind is kind


def test_a_kind_that_does_not_exist_is_not_found() -> None:
    assert receiver().handle(HEADERS, TRAFFIC, PEER, kind="billing").status == 404


def test_kinds_with_a_handler_are_queued_for_it() -> None:
    ledger = RememberingLedger()
    handlers = EventHandlers(node_event=lambda event, stored: None)
    answer = receiver(ledger, handlers=handlers).handle(HEADERS, encoded(NODE_EVENT), PEER)
    assert answer.content == {"status": "accepted"}
    assert ledger.only.pending


@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        ({}, Answer(401, {"message": "missing webhook token"})),
        ({"X-ZNP-Webhook-Token": ""}, Answer(401, {"message": "missing webhook token"})),
        ({"X-ZNP-Webhook-Token": "wrong"}, Answer(401, {"message": "invalid webhook token"})),
        ({"X-ZNP-Webhook-Token": "żółć"}, Answer(401, {"message": "invalid webhook token"})),
        ([("X-ZNP-Webhook-Token", TOKEN)] * 2, Answer(401, {"message": "invalid webhook token"})),
        ([(b"x-znp-webhook-token", b"\xff\x00")], Answer(401, {"message": "invalid webhook token"})),
    ],
)
def test_without_the_right_token_nothing_is_read(headers: Any, answer: Answer) -> None:
    assert receiver().handle(headers, b"not even JSON", PEER) == answer


@pytest.mark.parametrize(
    "headers",
    [
        {"x-znp-webhook-token": TOKEN},
        {"X-ZNP-WEBHOOK-TOKEN": f" {TOKEN} "},
        [("X-Znp-Webhook-Token", TOKEN), ("Accept", "*/*")],
        [(b"x-znp-webhook-token", TOKEN.encode())],
        iter([("X-ZNP-Webhook-Token", TOKEN)]),
    ],
)
def test_headers_are_taken_in_every_form(headers: Any) -> None:
    assert receiver().handle(headers, TRAFFIC, PEER).status == 200


def test_two_tokens_are_live_while_they_are_changed() -> None:
    changing = receiver(settings=WebhookSettings(shared_token="new", previous_shared_token="old"))
    for token, status in (("new", 200), ("old", 200), ("older", 401)):
        assert changing.handle({"X-ZNP-Webhook-Token": token}, TRAFFIC, PEER).status == status


def test_a_token_beyond_ascii_is_compared_by_its_bytes_in_wsgi_too() -> None:
    guarded = receiver(settings=WebhookSettings(shared_token="schlüssel"))
    as_wsgi_decodes = "schlüssel".encode().decode("latin-1")
    assert guarded.handle({"X-ZNP-Webhook-Token": as_wsgi_decodes}, TRAFFIC, PEER).status == 200


def test_the_address_is_checked_before_the_token() -> None:
    guarded = receiver(settings=WebhookSettings(shared_token=TOKEN, allow_cidrs=(ip_network("10.0.0.0/8"),)))
    assert guarded.handle({}, b"", PEER) == Answer(403, {"message": "webhook access denied"})
    assert guarded.handle({}, b"", "10.0.0.1").status == 401
    assert guarded.handle(HEADERS, TRAFFIC, "::ffff:10.0.0.1").status == 200
    assert guarded.handle({**HEADERS, "X-Forwarded-For": "10.0.0.1"}, TRAFFIC, PEER).status == 403


def test_forwarded_addresses_are_the_source_behind_a_trusted_proxy() -> None:
    ledger = RememberingLedger()
    settings = WebhookSettings(shared_token=TOKEN, trusted_proxies=(ip_network("127.0.0.1"),))
    forwarded = {**HEADERS, "X-Forwarded-For": "203.0.113.5"}
    receiver(ledger, settings=settings).handle(forwarded, TRAFFIC, "127.0.0.1")
    assert ledger.only.source == "203.0.113.5"


def test_a_unix_socket_may_be_trusted_to_forward() -> None:
    ledger = RememberingLedger()
    receiver(ledger, trust_unix_socket=True).handle({**HEADERS, "X-Forwarded-For": "203.0.113.5"}, TRAFFIC, None)
    assert ledger.only.source == "203.0.113.5"


def test_the_panel_may_name_sources_itself() -> None:
    ledger = RememberingLedger()
    receiver(ledger, source_of=lambda address: "kernel-hk" * 50).handle(HEADERS, TRAFFIC, PEER)
    assert ledger.only.source == ("kernel-hk" * 50)[:128]


@pytest.mark.parametrize("settings", [WebhookSettings(), WebhookSettings(trusted_proxies=(ip_network("10.0.0.1"),))])
def test_it_refuses_to_be_made_for_everybody(settings: WebhookSettings) -> None:
    with pytest.raises(ConfigurationError) as caught:
        receiver(settings=settings)
    assert caught.value.field == "shared_token"


def test_it_is_made_without_a_token_when_told_so() -> None:
    anybody = receiver(settings=WebhookSettings(allow_anonymous=True))
    assert anybody.handle({}, TRAFFIC, PEER).status == 200
    listed = receiver(settings=WebhookSettings(allow_cidrs=(ip_network("192.0.2.0/24"),)))
    assert listed.handle({}, TRAFFIC, PEER).status == 200
    assert listed.handle({}, TRAFFIC, "198.51.100.1").status == 403


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b'{"records": [1e999]}', b'{"event": "\\ud800", "x": 1}'])
def test_bodies_that_are_no_strict_object_are_refused(body: bytes) -> None:
    assert receiver().handle(HEADERS, body, PEER) == Answer(400, INVALID)


def test_a_document_of_another_shape_is_refused() -> None:
    assert receiver().handle(HEADERS, b"{}", PEER, kind="events") == Answer(400, INVALID)


def test_a_lone_surrogate_anywhere_is_refused() -> None:
    body = b'{"records": [], "note": "\\udc80"}'
    assert receiver().handle(HEADERS, body, PEER) == Answer(400, INVALID)


def test_a_body_beyond_the_limit_is_refused_unread() -> None:
    small = receiver(max_body_bytes=len(TRAFFIC))
    assert small.handle(HEADERS, TRAFFIC, PEER).status == 200
    assert small.handle(HEADERS, TRAFFIC + b" ", PEER) == Answer(413, INVALID)


@pytest.mark.parametrize(("encoding", "status"), [("identity", 200), ("gzip", 400), ("", 400)])
def test_encoded_bodies_are_not_unpacked(encoding: str, status: int) -> None:
    assert receiver().handle({**HEADERS, "Content-Encoding": encoding}, TRAFFIC, PEER).status == status


@pytest.mark.parametrize("failure", [LedgerUnavailableError("locked"), RuntimeError("canary-detail")])
def test_trouble_of_ours_asks_the_kernel_to_send_again(failure: Exception, caplog: pytest.LogCaptureFixture) -> None:
    answer = receiver(RememberingLedger(failure)).handle(HEADERS, TRAFFIC, PEER)
    assert answer == Answer(503, {"message": "the callback could not be recorded, send it again"})
    assert type(failure).__name__ in caplog.text
    assert "canary-detail" not in caplog.text


def test_a_refused_token_is_logged_without_being_shown(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        receiver().handle({"X-ZNP-Webhook-Token": "canary-guess"}, b"", PEER)
    assert "invalid webhook token" in caplog.text
    assert "canary" not in caplog.text
    assert TOKEN not in caplog.text


def test_tokens_are_shown_nowhere() -> None:
    assert TOKEN not in repr(vars(receiver()))


# ASGI


@pytest.mark.parametrize(
    ("path", "root_path"),
    [
        ("/events", ""),
        ("/kernel/events", ""),
        ("/kernel/events/", ""),
        ("/api/v1/kernel/events", "/api/v1"),
        ("/api/v1/kernel/events", "/api/v1/kernel"),
        ("/api/v1/kernel/events", ""),
    ],
)
async def test_paths_are_found_however_it_is_mounted(path: str, root_path: str) -> None:
    call = AsgiCall(path, encoded(NODE_EVENT), root_path=root_path)
    assert await call(receiver()) == (200, {"status": "ignored"})


@pytest.mark.parametrize("path", ["/kernel/billing", "/", "/other/events", "/kernel", "/events/kernel"])
async def test_other_paths_are_not_found(path: str) -> None:
    assert (await AsgiCall(path)(receiver()))[0] == 404


async def test_other_methods_are_refused() -> None:
    call = AsgiCall("/kernel/traffic", method="GET")
    assert (await call(receiver()))[0] == 405
    assert dict(call.sent[0]["headers"])[b"allow"] == b"POST"


async def test_the_body_is_joined_from_its_pieces() -> None:
    call = AsgiCall("/kernel/traffic", TRAFFIC[:7], b"", TRAFFIC[7:])
    assert await call(receiver()) == (200, {"accepted": 1, "failed": 0})
    assert b"connection" not in dict(call.sent[0]["headers"])


async def test_the_body_is_not_read_before_address_and_token_are_right() -> None:
    unread = AsgiCall("/kernel/traffic", b"x", headers={})
    assert await unread(receiver()) == (401, {"message": "missing webhook token"})
    assert unread.pieces == [b"x"]
    assert dict(unread.sent[0]["headers"])[b"connection"] == b"close"


async def test_http_2_has_no_connection_header() -> None:
    call = AsgiCall("/kernel/traffic", b"x", headers={}, http_version="2")
    await call(receiver())
    assert b"connection" not in dict(call.sent[0]["headers"])


async def test_a_declared_length_beyond_the_limit_is_refused_at_once() -> None:
    for length in ("2000000", "9" * 5000):
        call = AsgiCall("/kernel/traffic", b"x", headers={**HEADERS, "Content-Length": length})
        assert await call(receiver()) == (413, INVALID)
        assert call.pieces == [b"x"]


async def test_a_body_that_grows_beyond_the_limit_is_given_up() -> None:
    call = AsgiCall("/kernel/traffic", *[b"x" * 60] * 3, headers={**HEADERS, "Content-Length": "many"})
    assert await call(receiver(max_body_bytes=100)) == (413, INVALID)
    assert len(call.pieces) == 1


async def test_a_body_that_never_ends_is_given_up() -> None:
    async def silence() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError("nothing ends this wait")

    call = AsgiCall("/kernel/traffic", b"{", silence)
    assert await call(receiver(body_seconds=0.01)) == (408, INVALID)


async def test_nobody_is_answered_who_went_away() -> None:
    async def disconnect() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    ledger = RememberingLedger()
    call = AsgiCall("/kernel/traffic", TRAFFIC[:5], disconnect)
    await receiver(ledger)(call.scope, call.receive, call.send)
    assert (call.sent, ledger.envelopes) == ([], {})


async def test_a_ledger_that_hangs_is_trouble_that_leaves_the_panels_own_threads_alone() -> None:
    released = threading.Event()

    class HangingLedger(RememberingLedger):
        def record(self, envelope: object) -> Answer:
            assert released.wait(30)
            return Answer(200, {})

    with ThreadPoolExecutor(1) as panels_own:
        asyncio.get_running_loop().set_default_executor(panels_own)
        app = receiver(HangingLedger(), record_seconds=0.01)
        answers = await asyncio.gather(*(AsgiCall("/kernel/traffic", TRAFFIC)(app) for _ in range(20)))
        await asyncio.wait_for(asyncio.to_thread(threading.current_thread), 30)
        released.set()
    assert {status for status, _ in answers} == {503}


async def test_a_peer_without_an_address_is_served() -> None:
    ledger = RememberingLedger()
    assert (await AsgiCall("/kernel/traffic", TRAFFIC, client=None)(receiver(ledger)))[0] == 200
    assert ledger.only.source == "None"


async def test_websockets_are_refused_and_the_lifespan_confirmed() -> None:
    socket = AsgiCall("/kernel/events", type="websocket")
    await receiver()(socket.scope, socket.receive, socket.send)
    assert socket.sent == [{"type": "websocket.close", "code": 1000}]
    life = AsgiCall("", b"", b"", type="lifespan")
    await receiver()(life.scope, life.receive, life.send)
    assert [message["type"] for message in life.sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
