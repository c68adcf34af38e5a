"""Where a kernel is reached and as whom: the rules of the reference panel, and clear errors."""

import base64
import hashlib
import pickle
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import ConfigurationError

CANARY = "canary-7f3a9c"


@pytest.mark.parametrize(
    ("endpoint", "status_url"),
    [
        ("http://kernel", "http://kernel/v1/status"),
        ("  http://kernel/  ", "http://kernel/v1/status"),
        ("http://kernel:8080/v1", "http://kernel:8080/v1/status"),
        ("http://kernel:8080/v1/", "http://kernel:8080/v1/status"),
        ("https://kernel-hk.example.com/api", "https://kernel-hk.example.com/api/v1/status"),
        ("https://kernel-hk.example.com/api/", "https://kernel-hk.example.com/api/v1/status"),
        ("https://kernel-hk.example.com/api/v1", "https://kernel-hk.example.com/api/v1/status"),
        ("https://kernel/v1beta", "https://kernel/v1beta/v1/status"),
        ("HTTPS://Kernel.Example/API", "https://kernel.example/API/v1/status"),
        ("http://[::1]:8080", "http://[::1]:8080/v1/status"),
        ("http://[2001:DB8::1]/v1", "http://[2001:db8::1]/v1/status"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1/v1/status"),
        ("http://内核.example/路", "http://xn--v6q466c.example/%E8%B7%AF/v1/status"),
        ("http://kernel/a%2Fb", "http://kernel/a%2Fb/v1/status"),
        ("http://kernel.", "http://kernel./v1/status"),
    ],
)
def test_an_endpoint_becomes_a_url(endpoint: str, status_url: str) -> None:
    assert NodeControl(endpoint).url("/v1/status") == status_url


def test_the_liveness_probe_stands_outside_v1() -> None:
    assert NodeControl("http://kernel/api/v1").url("/healthz") == "http://kernel/api/healthz"
    assert NodeControl("http://kernel/api/v1").base_url == "http://kernel/api"


@pytest.mark.parametrize(
    ("endpoint", "problem"),
    [
        ("", "is missing"),
        ("   ", "is missing"),
        (None, "is missing"),
        (8080, "must be a text"),
        ("kernel:8080", "must begin with http:// or https://"),
        ("ftp://kernel", "must begin with http:// or https://"),
        ("//kernel", "must begin with http:// or https://"),
        (f"http://admin:{CANARY}@kernel", "must not hold user information"),
        (f"http://{CANARY}@kernel", "must not hold user information"),
        ("http://@kernel", "must not hold user information"),
        (f"http://kernel/?token={CANARY}", "must not have a query"),
        ("http://kernel/#part", "must not have a query or a fragment"),
        ("http://", "names no host"),
        ("http:///v1", "names no host"),
        ("http://:8080", "names no host"),
        ("http://kernel:port", "is not a URL"),
        ("http://kernel:99999", "is not a URL"),
        ("http://[::1", "is not a URL"),
        ("http://[kernel]", "is not a URL"),
        ("http://[fe80::1%25eth0]", "not valid"),
        ("http://[::1%25x%25]", "is not a URL"),
        ("http://kernel:0", "names port 0"),
        ("http://ker nel", "must not contain spaces"),
        ("http://kernel\r\nX-Evil: 1", "must not contain spaces, control characters"),
        ("http:\\\\kernel", "backslashes"),
        ("http://a..b", "not valid"),
        ("http://ker!nel", "not valid"),
        ("http://" + "a" * 300, "not valid"),
    ],
)
def test_a_bad_endpoint_is_refused_without_being_shown(endpoint: Any, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        NodeControl(endpoint)
    assert caught.value.field == "endpoint"
    assert problem in caught.value.problem
    assert CANARY not in str(caught.value)


@given(st.text())
def test_any_text_is_an_endpoint_or_a_configuration_error(text: str) -> None:
    with suppress(ConfigurationError):
        url = NodeControl(f"http://{text}").url("/healthz")
        assert url.isascii()
        assert url.startswith("http://")
        assert url.endswith("/healthz")


PAIR = f"Basic {base64.b64encode(b'ak:sk').decode()}"


@pytest.mark.parametrize(
    ("given_credentials", "authorization", "kind"),
    [
        ({}, None, "none"),
        ({"access_key": " ak ", "secret_key": "\tsk\n"}, PAIR, "basic"),
        ({"access_key": "ak", "secret_key": "sk", "token": "t"}, PAIR, "basic"),
        ({"token": " t "}, "Bearer t", "bearer"),
        ({"token": "Bearer t"}, "Bearer t", "bearer"),
        ({"token": "bEaReR t"}, "bEaReR t", "bearer"),
        ({"token": "basic YTpi"}, "basic YTpi", "basic"),
        ({"token": "Basically"}, "Bearer Basically", "bearer"),
        ({"token": "  "}, None, "none"),
        ({"access_key": "", "secret_key": " "}, None, "none"),
        ({"access_key": "é", "secret_key": "密"}, f"Basic {base64.b64encode('é:密'.encode()).decode()}", "basic"),
    ],
)
def test_credentials_have_an_order_of_precedence(
    given_credentials: dict[str, Any], authorization: str | None, kind: str
) -> None:
    control = NodeControl("http://kernel", **given_credentials)
    assert control.authorization == authorization
    assert control.auth_kind == kind


def test_a_timeout_from_a_column_of_exact_numbers_is_one() -> None:
    record: dict[str, object] = {"control_endpoint": "http://kernel", "timeout": Decimal("2.5")}
    timeout = NodeControl.from_mapping(record).timeout
    assert (timeout, type(timeout)) == (2.5, float)


@pytest.mark.parametrize(
    ("given_credentials", "field", "problem"),
    [
        ({"access_key": CANARY}, "secret_key", "given together"),
        ({"secret_key": CANARY}, "access_key", "given together"),
        ({"secret_key": CANARY, "token": "t"}, "access_key", "given together"),
        ({"access_key": f"{CANARY}:x", "secret_key": CANARY}, "access_key", "colon"),
        ({"access_key": "ak", "secret_key": f"{CANARY}\r\nX: y"}, "secret_key", "control characters"),
        ({"token": f"{CANARY}\n{CANARY}"}, "token", "control characters"),
        ({"token": f"{CANARY}é"}, "token", "ASCII"),
        ({"token": 7}, "token", "must be a text, not int"),
        ({"client_key": "/key.pem"}, "client_cert", "needs its certificate"),
        ({"timeout": 0}, "timeout", "more than 0"),
        ({"timeout": -1}, "timeout", "more than 0"),
        ({"timeout": float("inf")}, "timeout", "finite"),
        ({"timeout": float("nan")}, "timeout", "finite"),
        ({"timeout": True}, "timeout", "number, not bool"),
        ({"timeout": None}, "timeout", "number, not NoneType"),
        ({"timeout": "5"}, "timeout", "number, not str"),
        ({"timeout": 10**400}, "timeout", "finite"),
        ({"timeout": Decimal("Infinity")}, "timeout", "finite"),
        ({"timeout": 5j}, "timeout", "number, not complex"),
        ({"verify": None}, "verify", "PEM file"),
        ({"verify": ""}, "verify", "PEM file"),
    ],
)
def test_a_bad_argument_is_named_without_its_value(given_credentials: dict[str, Any], field: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        NodeControl("http://kernel", **given_credentials)
    assert caught.value.field == field
    assert problem in caught.value.problem
    assert CANARY not in str(caught.value)


def test_secrets_are_shown_nowhere() -> None:
    control = NodeControl("http://kernel", access_key=f"ak-{CANARY}-zz", secret_key=CANARY, token=f"tok-{CANARY}")
    assert CANARY not in repr(control)
    assert CANARY not in str(control)
    assert control.masked_access_key == "ak…zz"
    assert control.secret_fingerprint == hashlib.sha256(CANARY.encode()).hexdigest()[:8]


def test_a_short_access_key_is_masked_whole_and_a_missing_one_is_none() -> None:
    assert NodeControl("http://kernel", access_key="abcd", secret_key="s").masked_access_key == "…"
    assert NodeControl("http://kernel").masked_access_key is None
    assert "access_key=None" in repr(NodeControl("http://kernel"))


def test_the_fingerprint_is_of_the_secret_in_use() -> None:
    assert NodeControl("http://kernel").secret_fingerprint is None
    assert NodeControl("http://kernel", token="t").secret_fingerprint == hashlib.sha256(b"t").hexdigest()[:8]


def test_equal_controls_share_a_hash_and_unequal_ones_differ() -> None:
    one = NodeControl("http://kernel", access_key="ak", secret_key="sk")
    assert one == NodeControl(" http://kernel ", access_key="ak", secret_key="sk")
    assert hash(one) == hash(NodeControl("http://kernel", access_key="ak", secret_key="sk", timeout=5))
    assert one != NodeControl("http://kernel", access_key="ak", secret_key="other")
    assert one != NodeControl("http://kernel", access_key="ak", secret_key="sk", timeout=6)
    assert one != NodeControl("http://kernel", access_key="ak", secret_key="sk", verify=False)


def test_a_control_can_be_pickled() -> None:
    control = NodeControl("http://kernel/v1", token="t", verify="/ca.pem", client_cert="/c.pem", client_key="/k.pem")
    again = pickle.loads(pickle.dumps(control))
    assert again == control
    assert again.base_url == "http://kernel"


@pytest.mark.parametrize(
    ("record", "control"),
    [
        ({"control_endpoint": "http://k", "name": "edge"}, NodeControl("http://k")),
        (
            {"control_endpoint": "http://k", "control_access_key": "a", "control_secret_key": "s"},
            NodeControl("http://k", access_key="a", secret_key="s"),
        ),
        (
            {"control_endpoint": "http://k", "ak": "a", "sk": "s"},
            NodeControl("http://k", access_key="a", secret_key="s"),
        ),
        (
            {
                "control_endpoint": "http://k",
                "control_access_key": " ",
                "ak": "a",
                "control_secret_key": "s",
                "sk": "x",
            },
            NodeControl("http://k", access_key="a", secret_key="s"),
        ),
        ({"control_endpoint": "http://k", "control_token": "t", "ak": None}, NodeControl("http://k", token="t")),
        ({"control_endpoint": "http://k", "timeout": "1m30s"}, NodeControl("http://k", timeout=90)),
        ({"control_endpoint": "http://k", "timeout": 3}, NodeControl("http://k", timeout=3)),
        (
            {"control_endpoint": "http://k", "verify": False, "client_cert": "c", "client_key": "k"},
            NodeControl("http://k", verify=False, client_cert="c", client_key="k"),
        ),
    ],
)
def test_a_panels_record_is_read_by_its_own_names(record: dict[str, Any], control: NodeControl) -> None:
    assert NodeControl.from_mapping(record) == control


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({}, "control_endpoint"),
        ({"control_endpoint": "kernel"}, "control_endpoint"),
        ({"control_endpoint": "http://k", "ak": "a"}, "control_secret_key"),
        ({"control_endpoint": "http://k", "ak": "a:b", "sk": "s"}, "ak"),
        ({"control_endpoint": "http://k", "control_token": 5}, "control_token"),
        ({"control_endpoint": "http://k", "timeout": "5 s"}, "timeout"),
        ({"control_endpoint": "http://k", "timeout": 0}, "timeout"),
    ],
)
def test_a_bad_record_is_an_error_in_the_panels_names(record: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        NodeControl.from_mapping(record)
    assert caught.value.field == field


def test_the_environment_supplies_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ZNP_TOKEN", "ZNP_ACCESS_KEY", "ZNP_SECRET_KEY", "CONTROL_TOKEN", "HTTP_AUTHORIZATION"):
        monkeypatch.setenv(name, CANARY)
    assert NodeControl("http://kernel").authorization is None
