"""The receiver inside the frameworks that panels are made with, over real sockets."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from types import ModuleType
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import litestar
import pytest
from django.conf import settings as django_settings
from django.core.wsgi import get_wsgi_application
from django.test import override_settings
from django.urls import path
from fastapi import FastAPI
from flask import Flask
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.functional.events.serving import serving
from tests.functional.events.support import SECOND, record
from znp_panel_sync.events import CallbackReceiver
from znp_panel_sync.events.django import django_view
from znp_panel_sync.events.flask import flask_view
from znp_panel_sync.settings import WebhookSettings
from znp_panel_sync.stores import SqlEventLedger

TOKEN = {"X-ZNP-Webhook-Token": "token"}


class QuietHandler(WSGIRequestHandler):
    """A server that does not print."""

    def log_message(self, *arguments: Any) -> None:
        """Print nothing."""


@contextmanager
def serving_wsgi(app: Any) -> Iterator[str]:
    """Serve a WSGI application on a free loopback port; the base URL."""
    server = make_server("127.0.0.1", 0, app, handler_class=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def in_starlette(receiver: CallbackReceiver) -> Any:
    return serving(Starlette(routes=[Mount("/api/v1", app=receiver)]))


def in_fastapi(receiver: CallbackReceiver) -> Any:
    app = FastAPI()
    app.mount("/api/v1/kernel", receiver)
    return serving(app)


def in_litestar(receiver: CallbackReceiver) -> Any:
    async def mounted(scope: Any, receive: Any, send: Any) -> None:
        await receiver(scope, receive, send)

    handler = litestar.asgi("/api/v1/kernel", is_mount=True, copy_scope=True)(mounted)
    return serving(litestar.Litestar([handler], openapi_config=None, logging_config=None))


def in_flask(receiver: CallbackReceiver) -> Any:
    app = Flask(__name__)
    app.add_url_rule("/api/v1/kernel/<kind>", view_func=flask_view(receiver), methods=["POST"])
    return serving_wsgi(app)


@contextmanager
def in_django(receiver: CallbackReceiver) -> Iterator[str]:
    if not django_settings.configured:
        django_settings.configure(ALLOWED_HOSTS=["127.0.0.1"], MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"])
    urls = ModuleType("panel_urls")
    vars(urls)["urlpatterns"] = [path("api/v1/kernel/<str:kind>", django_view(receiver))]
    with override_settings(ROOT_URLCONF=urls), serving_wsgi(get_wsgi_application()) as url:
        yield url


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlEventLedger]:
    opened = SqlEventLedger(f"sqlite:///{tmp_path}/ledger.db")
    yield opened
    opened.close()


@pytest.fixture(params=[in_starlette, in_fastapi, in_litestar, in_flask, in_django])
def url(request: pytest.FixtureRequest, ledger: SqlEventLedger) -> Iterator[str]:
    """The panel's base URL, in each framework."""
    allowed = WebhookSettings(
        shared_token="token", allow_cidrs=(ip_network("10.0.0.0/8"),), trusted_proxies=(ip_network("127.0.0.1"),)
    )
    with request.param(CallbackReceiver(ledger, allowed, max_body_bytes=1000)) as base:
        yield base


def post(url: str, kind: str, json: Any, *, sender: str = "10.0.0.1", **headers: str) -> httpx.Response:
    with httpx.Client(trust_env=False, timeout=30) as client:
        lines = {**TOKEN, "X-Forwarded-For": sender, **headers}
        return client.post(f"{url}/api/v1/kernel/{kind}", json=json, headers=lines)


def test_callbacks_are_received_and_answered_alike_everywhere(url: str, ledger: SqlEventLedger) -> None:
    traffic = post(url, "traffic", {"records": [record(5, 7), {}]})
    assert (traffic.status_code, traffic.json()) == (200, {"accepted": 1, "failed": 1})
    assert traffic.headers["content-type"] == "application/json"
    event = post(url, "events", {"event": "node.healthy", "id": "edge-1"})
    assert (event.status_code, event.json()) == (200, {"status": "ignored"})
    usage = post(
        url, "service-events", {"event": "user_traffic_reported", "payload": {"subscription_id": 2, "used": 9}}
    )
    assert usage.json() == {"status": "accepted", "accepted": 1}
    assert [total.bytes_up for total in ledger.traffic_totals(SECOND)] == [5]
    assert {event.source for event in ledger.events()} == {"10.0.0.1"}


def test_refusals_are_alike_everywhere(url: str, ledger: SqlEventLedger) -> None:
    stranger = post(url, "traffic", {}, sender="192.0.2.1")
    assert (stranger.status_code, stranger.json()) == (403, {"message": "webhook access denied"})
    guess = post(url, "traffic", {}, **{"X-ZNP-Webhook-Token": "guess"})
    assert (guess.status_code, guess.json()) == (401, {"message": "invalid webhook token"})
    assert post(url, "traffic", {}).json() == {"message": "invalid webhook payload"}
    assert post(url, "traffic", {"records": [], "x": "x" * 1000}).status_code == 413
    assert post(url, "billing", {}).status_code == 404
    assert ledger.events() == []
