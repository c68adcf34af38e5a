"""A client that knows nothing of this package."""

import http.client
import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from znp_panel_sync.testing import KernelSimulator


@frozen
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


def ask(
    simulator: KernelSimulator,
    method: str,
    target: str,
    body: object = None,
    *,
    headers: Mapping[str, str] | None = None,
    timeout: float = 10.0,
) -> Answer:
    """Send one request over a connection of its own; `body` is bytes, or a document to be sent as JSON."""
    content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    url = urlsplit(simulator.url)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=timeout)
    try:
        connection.request(method, target, content, dict(headers or {}))
        response = connection.getresponse()
        fields = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, fields, response.read())
    finally:
        connection.close()


def basic(access_key: str, secret_key: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{access_key}:{secret_key}'.encode()).decode()}"}
