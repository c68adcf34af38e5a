"""Who may use the simulated kernel."""

import base64
import binascii
import hmac

from attrs import field, frozen

from znp_panel_sync.testing._kernel.refusal import unauthorized


@frozen
class Credentials:
    """What a client has to send: a key pair, a token, either where both are set, or nothing where none is.

    None of all is a kernel with `api.auth.allow_insecure=true`: it lets everybody in.
    """

    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    @property
    def are_needed(self) -> bool:
        """Tell whether a client has to send anything."""
        return self.access_key is not None or self.token is not None

    def identify(self, authorization: str | None) -> str | None:
        """Return who sends this Authorization header: an access key, or `token`; None where nobody has to say.

        Raises the refusal with status 401 for a header that is missing or wrong.
        """
        if not self.are_needed:
            return None
        scheme, _, value = (authorization or "").partition(" ")
        if scheme.lower() == "basic" and self._is_our_pair(value):
            return self.access_key
        if scheme.lower() == "bearer" and self.token is not None and _equal(value.strip(), self.token):
            return "token"
        raise unauthorized()

    def _is_our_pair(self, value: str) -> bool:
        if self.access_key is None:
            return False
        try:
            pair = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, ValueError):
            return False
        return _equal(pair, f"{self.access_key}:{self.secret_key or ''}")


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
