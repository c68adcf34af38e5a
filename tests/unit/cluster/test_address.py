"""URLs of engines: what is read from them, what is refused, and that nothing of them is shown."""

import traceback

import pytest

from znp_panel_sync import ConfigurationError
from znp_panel_sync.cluster._address import EngineAddress

SECRETS = ("canary-user", "canary-pass", "canary-option")


def test_the_parts_are_read_as_the_drivers_want_them() -> None:
    address = EngineAddress.parse(
        " redis://us%40er:p%2Fw@[::1]:6380/?db=3&sentinel_fallback=a:1&sentinel_fallback=b:2 "
    )
    assert (address.scheme, address.hostname, address.port) == ("redis", "::1", 6380)
    assert (address.username, address.password) == ("us@er", "p/w")
    assert address.netloc == "[::1]:6380"
    assert address.options == {"db": ["3"], "sentinel_fallback": ["a:1", "b:2"]}


def test_a_socket_of_redis_has_a_path_and_no_host() -> None:
    address = EngineAddress.parse("redis:///run/redis%20one.sock")
    assert (address.hostname, address.path) == (None, "/run/redis one.sock")
    assert str(address) == "redis:///run/redis one.sock"


def test_zookeeper_has_several_hosts() -> None:
    address = EngineAddress.parse("zookeeper://user:word@one:2181,two:2181")
    assert (address.netloc, address.port) == ("one:2181,two:2181", None)


@pytest.mark.parametrize("url", ["etcd3+http://h:1", "etcd3+https://h:1?ca_cert=/ca"])
def test_etcd_is_asked_over_http_or_https(url: str) -> None:
    assert EngineAddress.parse(url).hostname == "h"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        (b"redis://h", "must be a text, not bytes"),
        ("", "must begin with one of redis://"),
        ("http://canary-user:canary-pass@h", "must begin with one of redis://"),
        ("etcd3://h", "must begin with one of redis://"),
        ("redis://[", "is not a URL"),
        ("redis://", "has no host"),
        ("etcd3+http:///path", "has no host"),
        ("zookeeper://", "has no host"),
        ("redis://canary-user:canary-pass@h:99999", "has a port that is not a number"),
        ("redis://canary-user:canary-pass@h/1", "must have no path"),
        ("etcd3+http://canary-user:canary-pass@h", "must have no user"),
        ("rediss:///run/redis.sock", "has no host"),
        ("redis://h?ssl=true", "must begin with rediss:// instead of setting ssl"),
        ("redis://h?timeout=canary-option&membership_timeout=1", "must not set membership_timeout, timeout"),
    ],
)
def test_a_wrong_url_is_refused_without_being_shown(url: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        EngineAddress.parse(url)
    assert raised.value.field == "url"
    assert problem in raised.value.problem
    shown = "".join(traceback.format_exception(raised.value)) + repr(raised.value)
    assert not any(secret in shown for secret in SECRETS)


def test_no_form_of_it_shows_a_secret() -> None:
    address = EngineAddress.parse("redis://canary-user:canary-pass@h:1?sentinel_password=canary-option")
    shown = f"{address} {address!r}"
    assert not any(secret in shown for secret in SECRETS)
    assert str(address) == "redis://h:1"
