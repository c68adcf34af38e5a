"""Who may call back: by address, and by token."""

import hmac
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from attrs import field, frozen

from znp_panel_sync.errors import ConfigurationError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def parse_address(text: str) -> Address | None:
    """Return the address in `1.2.3.4`, `1.2.3.4:5678`, `::1`, `[::1]` or `[::1]:5678`, unmapped; None for the rest."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        return _unmapped(ip_address(host.partition("%")[0]))
    except ValueError:
        return None


def _unmapped_networks(networks: Iterable[Network]) -> tuple[Network, ...]:
    return tuple(_unmapped_network(network) for network in networks)


def _unmapped_network(network: Network) -> Network:
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < 96:
        return network
    return IPv4Network((mapped, network.prefixlen - 96))


@frozen
class AddressPolicy:
    """Which addresses may call back, and which proxies are believed about the addresses behind them.

    `allowed`: networks; empty admits every address. `trusted_proxies`: networks whose `X-Forwarded-For` is believed,
    entry by entry from the right, as each proxy appends the address that it saw. `trusts_unix_socket` believes peers
    without an address too. Networks of IPv4 addresses mapped into IPv6 (`::ffff:10.0.0.0/104`) are those of IPv4.
    """

    allowed: tuple[Network, ...] = field(default=(), converter=_unmapped_networks)
    trusted_proxies: tuple[Network, ...] = field(default=(), converter=_unmapped_networks)
    trusts_unix_socket: bool = False

    def client(self, peer: str | None, forwarded: Sequence[str]) -> Address | None:
        """Return the address that a request comes from; None where it cannot be told.

        `forwarded` holds the values of all `X-Forwarded-For` lines in their order.
        """
        hops = [hop for line in forwarded for hop in line.split(",")]
        address = parse_address(peer or "")
        trusted = self.trusts_unix_socket if not peer else self._is_proxy(address)
        while trusted and hops:
            address = parse_address(hops.pop())
            trusted = self._is_proxy(address)
        return address

    def admits(self, address: Address | None) -> bool:
        """Tell whether requests from an address may pass; an unknown one only where every address may."""
        return not self.allowed or _within(address, self.allowed)

    def _is_proxy(self, address: Address | None) -> bool:
        return _within(address, self.trusted_proxies)


@frozen
class TokenCheck:
    """The tokens that are live: one, or two while they are changed; none of them is ever shown. False: no token."""

    tokens: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def of(cls, live: str | None, previous: str | None = None) -> "TokenCheck":
        """Take the live token, and the one before it, as texts; None: there is none.

        Raises `ConfigurationError` for a bad one, and where only the one before is left, which was to go.
        """
        if live is None and previous is not None:
            raise ConfigurationError("previous_shared_token", "is given without shared_token, the one that is live")
        return cls(tuple(_token_bytes(token) for token in (live, previous) if token is not None))

    def __bool__(self) -> bool:
        return bool(self.tokens)

    def matches(self, given: bytes) -> bool:
        """Compare with every live token, in a time that tells nothing about them."""
        results = [hmac.compare_digest(given, token) for token in self.tokens]  # all of them, whichever is right
        return any(results)


def _unmapped(address: Address) -> Address:
    return getattr(address, "ipv4_mapped", None) or address


def _within(address: Address | None, networks: Iterable[Network]) -> bool:
    return address is not None and any(address in network for network in networks)


def _token_bytes(token: str) -> bytes:
    if not token.strip() or token != token.strip() or not token.isprintable():
        raise ConfigurationError("shared_token", "must be printable, not blank, and without spaces around them")
    return token.encode()
