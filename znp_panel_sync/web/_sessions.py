"""Logging in to the page: the token, the session that stands for it, and how often one may be wrong. No I/O."""

import base64
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from znp_panel_sync.errors import ConfigurationError

SESSION_SECONDS: Final = 12 * 3600.0
"""How long a login lasts."""

SHORTEST_TOKEN: Final = 16

WRONG_LOGINS: Final = 5
WRONG_LOGIN_SECONDS: Final = 60.0
"""An address that was wrong `WRONG_LOGINS` times within this time has to wait for its end."""

_REMEMBERED_ADDRESSES: Final = 10_000
_REMEMBERED_LOGOUTS: Final = 10_000
_NONCE_BYTES: Final = 16


class Sessions:
    """Sessions of those who know the token.

    A session is a signed text that says when it ends. The key is derived from the token, slowly, so that a session
    tells nothing about the token, outlives a restart, and ends when the token is changed. `clock` returns epoch
    seconds, and `random_bytes` bytes that nobody can foresee.

    Raises `ConfigurationError` for a token of less than 16 characters.
    """

    def __init__(self, token: str, *, clock: Callable[[], float], random_bytes: Callable[[int], bytes]) -> None:
        if len(token) < SHORTEST_TOKEN:
            raise ConfigurationError("token", f"must have at least {SHORTEST_TOKEN} characters")
        self._token_digest = hashlib.sha256(token.encode()).digest()
        self._key = hashlib.scrypt(token.encode(), salt=b"znp-panel-sync live page", n=2**14, r=8, p=1, dklen=32)
        self._clock = clock
        self._random_bytes = random_bytes
        self._ended: OrderedDict[str, None] = OrderedDict()

    @property
    def cookie_name(self) -> str:
        """The name of the cookie, another one for each token: pages on two ports of one host share their cookies."""
        return f"znp_session_{hmac.digest(self._key, b'cookie', 'sha256').hex()[:8]}"

    def knows_token(self, token: str) -> bool:
        """Compare a token with the right one, in a time that tells nothing about it."""
        return hmac.compare_digest(hashlib.sha256(token.encode()).digest(), self._token_digest)

    def begin(self) -> str:
        """Return a new session."""
        end = int(self._clock() + SESSION_SECONDS)
        nonce = base64.urlsafe_b64encode(self._random_bytes(_NONCE_BYTES)).decode().rstrip("=")
        return f"{end}.{nonce}.{self._signature(f'{end}.{nonce}')}"

    def knows(self, session: str) -> bool:
        """Tell whether this is a session of ours that has not ended."""
        claims, _, signature = session.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(claims).encode()):
            return False
        return int(claims.partition(".")[0]) > self._clock() and session not in self._ended

    def end(self, session: str) -> None:
        """Let a session count no more in this process; others forget it with its cookie."""
        if self.knows(session):
            self._ended[session] = None
            if len(self._ended) > _REMEMBERED_LOGOUTS:
                self._ended.popitem(last=False)

    def _signature(self, claims: str) -> str:
        return hmac.digest(self._key, claims.encode(), "sha256").hex()


class LoginLimit:
    """Counts wrong logins by address. `clock` returns seconds that only grow."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, list[float]] = OrderedDict()

    def wait(self, address: str) -> float:
        """Return the seconds until this address may try again; 0: now."""
        recent = self._recent(address)
        return recent[-WRONG_LOGINS] + WRONG_LOGIN_SECONDS - self._clock() if len(recent) >= WRONG_LOGINS else 0.0

    def count_wrong(self, address: str) -> None:
        """Note a wrong login."""
        self._wrong[address] = [*self._recent(address), self._clock()]
        self._wrong.move_to_end(address)
        if len(self._wrong) > _REMEMBERED_ADDRESSES:
            self._wrong.popitem(last=False)

    def _recent(self, address: str) -> list[float]:
        since = self._clock() - WRONG_LOGIN_SECONDS
        return [moment for moment in self._wrong.get(address, ()) if moment > since]
