"""Canary secrets show in no log at any level, no repr, no exception, no traceback and no pickle."""

import base64
import json
import logging
import pickle
import re
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.unit.kernel.support import URL, Call, Script, answer, both_forms
from znp_kernel_client.models import UserCreateRequest
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import KernelError, KernelResponseError, UnauthorizedError

SECRETS = ("canary-key-7c1", "canary-secret-93b", "canary-token-d5e", "canary-password-2f8")
KEY, SECRET, TOKEN, PASSWORD = SECRETS
PAIR = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
CONTROLS = [
    NodeControl(URL, access_key=KEY, secret_key=SECRET),
    NodeControl(URL, token=TOKEN),
    NodeControl(URL, token=f"Basic {PAIR}"),
]


@pytest.fixture
def log() -> Iterator[list[str]]:
    """Everything that any logger says at any level."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.name} {record.levelname} {record.getMessage()} {record.__dict__}")

    handler, root = Keep(0), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(1)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


def assert_clean(*texts: str) -> None:
    for text in texts:
        for secret in (*SECRETS, PAIR):
            assert secret not in text


def create_user(kernel: Any) -> Any:
    return kernel.users.create_user(UserCreateRequest(id="u", username="n", password=PASSWORD))


def echo(status: int) -> Script:
    """A kernel that repeats the credentials it was sent, as debugging proxies do."""

    def repeat(request: httpx.Request) -> httpx.Response:
        sent = request.headers["authorization"]
        kind, _, value = sent.partition(" ")
        user = base64.b64decode(value).decode() if kind == "Basic" else value
        return httpx.Response(status, json={"code": sent, "message": f"no {user}", "parts": [value, *user.split(":")]})

    return Script(repeat)


REPLIES = [
    *(echo(status) for status in (400, 401, 403, 404, 409, 429, 500)),
    Script(answer(200, content=b"not JSON")),
    Script(answer(200, content=b"x" * 9000)),
    Script(httpx.ConnectError("no")),
    Script(httpx.ReadTimeout("slow")),
]


@both_forms
@pytest.mark.parametrize("control", CONTROLS, ids=["pair", "token", "ready-made"])
@pytest.mark.parametrize("script", REPLIES)
def test_no_secret_gets_out(call: Call, control: NodeControl, script: Script, log: list[str]) -> None:
    with pytest.raises(KernelError) as caught:
        call(create_user, control=control, transport=script.transport, retries=0, max_body_bytes=8000)
    error = caught.value
    shown = "".join(traceback.format_exception(error))
    assert_clean(str(error), repr(error), shown, repr(vars(error)), repr(control), *log)
    assert_clean(pickle.dumps(error).decode("latin-1"))


ODD_SECRET = 'canary "quoted" \\back/slash <&> älter 😀'


def as_json(text: str) -> str:
    return json.dumps(text)


def as_utf8(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def as_go(text: str) -> str:
    return re.sub("[<>&]", lambda found: f"\\u{ord(found[0]):04X}", as_utf8(text))


def as_php(text: str) -> str:
    return as_json(text).replace("/", "\\/")


@both_forms
@pytest.mark.parametrize("encode", [as_json, as_utf8, as_go, as_php])
def test_no_secret_gets_out_within_json(call: Call, encode: Callable[[str], str]) -> None:
    body = f'{{"message": {encode(f"no {ODD_SECRET}!")}, "path": "C:\\\\x"}}'
    with pytest.raises(KernelResponseError) as caught:
        call(
            create_user,
            control=NodeControl(URL, access_key=KEY, secret_key=ODD_SECRET),
            transport=Script(answer(400, content=body.encode())).transport,
        )
    assert caught.value.message == "no ***!"
    assert caught.value.body == '{"message": "no ***!", "path": "C:\\\\x"}'


@both_forms
@pytest.mark.parametrize(
    ("control", "auth", "key", "fingerprint"),
    [
        (CONTROLS[0], "basic", "ca…c1", CONTROLS[0].secret_fingerprint),
        (CONTROLS[1], "bearer", "None", CONTROLS[1].secret_fingerprint),
        (NodeControl(URL), "none", "None", "None"),
    ],
)
def test_401_logs_who_was_refused_and_nothing_more(
    call: Call, control: NodeControl, auth: str, key: str, fingerprint: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(UnauthorizedError):
        call(lambda kernel: kernel.users.list_users(), control=control, transport=Script(answer(401)).transport)
    (record,) = [record for record in caplog.records if record.name.startswith("znp_panel_sync")]
    assert (record.name, record.levelno) == ("znp_panel_sync.kernel", logging.WARNING)
    assert record.getMessage() == (
        f"kernel {URL} answered 401 to list_users: auth {auth}, access key {key}, secret sha256 {fingerprint}"
    )


@both_forms
def test_the_environment_changes_nothing(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text(f"machine kernel.example login {KEY} password {SECRET}\n")
    for name, value in {
        "NETRC": str(netrc),
        "HOME": str(tmp_path),
        "HTTP_PROXY": "http://127.0.0.1:9",
        "ALL_PROXY": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
    script = Script(answer(200, json=[]))
    call(lambda kernel: kernel.users.list_users(), transport=script.transport)
    assert "authorization" not in script.requests[0].headers


@both_forms
def test_a_ready_made_value_that_is_no_base64_is_sent_as_it_is(call: Call) -> None:
    script = Script(lambda request: httpx.Response(401, json={"message": f"no {request.headers['authorization']}"}))
    with pytest.raises(UnauthorizedError) as caught:
        call(
            lambda kernel: kernel.users.list_users(),
            control=NodeControl(URL, token="Basic abcde"),
            transport=script.transport,
        )
    assert script.requests[0].headers["authorization"] == "Basic abcde"
    assert caught.value.message == "no ***"
