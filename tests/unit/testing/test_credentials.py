from base64 import b64encode

import pytest

from znp_panel_sync.testing._credentials import Credentials
from znp_panel_sync.testing._kernel.refusal import RefusedError

BOTH = Credentials("ak", "s:k", "t0ken")


def basic(pair: str) -> str:
    return f"Basic {b64encode(pair.encode()).decode()}"


@pytest.mark.parametrize("authorization", [None, "", "Basic nonsense", "Bearer x"])
def test_without_credentials_everybody_is_let_in(authorization: str | None) -> None:
    assert Credentials().identify(authorization) is None


@pytest.mark.parametrize(
    ("credentials", "authorization", "identity"),
    [
        (BOTH, basic("ak:s:k"), "ak"),
        (BOTH, basic("ak:s:k").replace("Basic", "bAsIc"), "ak"),
        (BOTH, "Bearer t0ken", "token"),
        (BOTH, "bearer  t0ken ", "token"),
        (Credentials(token="t0ken"), "Bearer t0ken", "token"),
        (Credentials("ak"), basic("ak:"), "ak"),
        (Credentials("ключ", "пароль"), basic("ключ:пароль"), "ключ"),
    ],
)
def test_right_credentials_say_who_asks(credentials: Credentials, authorization: str, identity: str) -> None:
    assert credentials.identify(authorization) == identity


@pytest.mark.parametrize(
    ("credentials", "authorization"),
    [
        (BOTH, None),
        (BOTH, ""),
        (BOTH, basic("ak:wrong")),
        (BOTH, basic("ak")),
        (BOTH, "Basic !!!"),
        (BOTH, "Basic " + b64encode(b"\xff\xfe").decode()),
        (BOTH, "Bearer wrong"),
        (BOTH, "Bearer t\xf6ken"),
        (BOTH, "Digest t0ken"),
        (Credentials(token="t0ken"), basic("ak:s:k")),
        (Credentials("ak", "sk"), "Bearer t0ken"),
    ],
)
def test_wrong_credentials_are_refused(credentials: Credentials, authorization: str | None) -> None:
    with pytest.raises(RefusedError) as refused:
        credentials.identify(authorization)

    assert refused.value.status == 401
    assert "Basic" in refused.value.headers["WWW-Authenticate"]


def test_secrets_are_not_shown() -> None:
    assert repr(BOTH) == "Credentials(access_key='ak')"
