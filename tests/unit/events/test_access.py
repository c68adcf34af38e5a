from ipaddress import ip_address, ip_network

import pytest

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.events.access import AddressPolicy, TokenCheck, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1:443 ", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_addresses_are_read_in_all_their_forms(text: str, address: str) -> None:
    assert parse_address(text) == ip_address(address)


@pytest.mark.parametrize("text", ["", "unknown", "_hidden", "1.2.3", "010.0.0.1", "1.2.3.4.5", "::1]:2", "a:b"])
def test_what_is_no_address_is_none(text: str) -> None:
    assert parse_address(text) is None


def policy(*allowed: str, proxies: tuple[str, ...] = (), unix: bool = False) -> AddressPolicy:
    return AddressPolicy(
        tuple(ip_network(entry) for entry in allowed), tuple(ip_network(entry) for entry in proxies), unix
    )


def admits(rules: AddressPolicy, peer: str | None, *forwarded: str) -> bool:
    return rules.admits(rules.client(peer, forwarded))


def test_without_an_allow_list_every_address_may_call() -> None:
    assert admits(policy(), "203.0.113.9")
    assert admits(policy(), None)


def test_the_allow_list_decides_by_network() -> None:
    rules = policy("10.0.0.0/8", "2001:db8::/32")
    assert admits(rules, "10.1.2.3")
    assert admits(rules, "2001:db8::7")
    assert not admits(rules, "11.0.0.1")
    assert not admits(rules, "2001:db9::7")
    assert not admits(rules, None)


def test_mapped_addresses_are_those_of_ipv4_on_both_sides() -> None:
    assert admits(policy("10.0.0.0/8"), "::ffff:10.0.0.1")
    assert admits(policy("::ffff:10.0.0.0/104"), "10.0.0.1")
    assert not admits(policy("::ffff:10.0.0.0/104"), "11.0.0.1")
    assert admits(policy("::/0"), "::1")


def test_forwarded_addresses_are_believed_from_nobody_by_default() -> None:
    assert not admits(policy("10.0.0.0/8"), "203.0.113.9", "10.0.0.1")


def test_forwarded_addresses_are_believed_from_trusted_proxies_only_and_from_the_right() -> None:
    rules = policy("10.0.0.0/8", proxies=("127.0.0.1", "192.0.2.0/24"))
    assert admits(rules, "127.0.0.1", "10.0.0.1")
    assert admits(rules, "127.0.0.1", "10.0.0.1, 192.0.2.7")
    assert admits(rules, "127.0.0.1", "10.0.0.1", "192.0.2.7")
    assert not admits(rules, "127.0.0.1", "10.0.0.1, 203.0.113.9")
    assert not admits(rules, "127.0.0.1", "10.0.0.1, garbage")
    assert not admits(rules, "127.0.0.1", "")
    assert not admits(rules, "127.0.0.1")


def test_a_proxy_that_calls_for_itself_is_its_own_client() -> None:
    assert policy(proxies=("127.0.0.1",)).client("127.0.0.1", []) == ip_address("127.0.0.1")


def test_peers_of_a_unix_socket_are_trusted_only_on_request() -> None:
    assert admits(policy("10.0.0.0/8", unix=True), None, "10.0.0.1")
    assert not admits(policy("10.0.0.0/8"), None, "10.0.0.1")


def test_both_tokens_are_live_and_nothing_else() -> None:
    check = TokenCheck.of("new", "old")
    assert check.matches(b"new")
    assert check.matches(b"old")
    assert not check.matches(b"")
    assert not check.matches(b"ne")
    assert not check.matches("né".encode())


def test_tokens_may_be_any_printable_text() -> None:
    assert TokenCheck.of("schlüssel", None).matches("schlüssel".encode())


def test_without_tokens_the_check_is_false_and_matches_nothing() -> None:
    check = TokenCheck.of(None, None)
    assert not check
    assert not check.matches(b"")


@pytest.mark.parametrize("token", ["", " ", " spaced", "line\nbreak", "nul\0"])
def test_tokens_that_could_never_match_are_refused(token: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        TokenCheck.of(token)
    assert caught.value.field == "shared_token"


def test_the_token_before_is_none_by_itself() -> None:
    with pytest.raises(ConfigurationError, match="previous_shared_token: is given without shared_token"):
        TokenCheck.of(None, "old")


def test_tokens_are_not_shown() -> None:
    assert "canary" not in repr(TokenCheck.of("canary"))
