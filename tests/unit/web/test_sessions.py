import hashlib

import pytest

from tests.unit.web.support import TOKEN
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.web._sessions import SESSION_SECONDS, WRONG_LOGIN_SECONDS, WRONG_LOGINS, LoginLimit, Sessions


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def sessions_of(token: str = TOKEN, clock: Clock | None = None) -> Sessions:
    made = iter(range(100_000))
    return Sessions(token, clock=clock or Clock(), random_bytes=lambda size: next(made).to_bytes(size))


def test_the_token_is_known_and_no_other() -> None:
    sessions = sessions_of()
    assert sessions.knows_token(TOKEN)
    assert not any(sessions.knows_token(wrong) for wrong in ("", TOKEN[:-1], f"{TOKEN} ", "ключ"))


def test_a_session_lasts_its_time() -> None:
    clock = Clock()
    sessions = sessions_of(clock=clock)
    session = sessions.begin()
    assert session != sessions.begin()
    clock.now += SESSION_SECONDS - 1
    assert sessions.knows(session)
    clock.now += 1
    assert not sessions.knows(session)


def test_a_session_outlives_a_restart_and_ends_with_its_token() -> None:
    session = sessions_of().begin()
    assert sessions_of().knows(session)
    assert not sessions_of("another token of the page").knows(session)
    assert sessions_of().cookie_name != sessions_of("another token of the page").cookie_name


def test_a_session_says_nothing_about_the_token() -> None:
    session = sessions_of().begin()
    for form in (TOKEN, TOKEN.encode().hex(), hashlib.sha256(TOKEN.encode()).hexdigest()):
        assert form not in session


@pytest.mark.parametrize("forged", ["", ".", "..", "99999999999.x.", "x.y.z", "99999999999.abc.é"])
def test_what_was_not_signed_here_is_no_session(forged: str) -> None:
    assert not sessions_of().knows(forged)


def test_the_end_of_a_session_cannot_be_put_off() -> None:
    sessions = sessions_of()
    end, rest = sessions.begin().split(".", 1)
    assert not sessions.knows(f"{int(end) + 1}.{rest}")


def test_a_session_that_was_ended_counts_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("znp_panel_sync.web._sessions._REMEMBERED_LOGOUTS", 2)
    sessions = sessions_of()
    first, second, third, other = (sessions.begin() for _ in range(4))
    sessions.end("nonsense")
    sessions.end(first)
    sessions.end(second)
    assert [sessions.knows(one) for one in (first, second, other)] == [False, False, True]
    sessions.end(third)
    assert not sessions.knows(third)
    assert sessions.knows(first), "of very many logouts the oldest is forgotten"


def test_a_short_token_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigurationError, match="token: must have at least 16 characters") as caught:
        sessions_of("short")
    assert "short" not in str(caught.value)


def test_an_address_that_was_wrong_too_often_has_to_wait() -> None:
    clock = Clock()
    limit = LoginLimit(clock)
    for _ in range(WRONG_LOGINS):
        assert limit.wait("192.0.2.1") == 0
        limit.count_wrong("192.0.2.1")
        clock.now += 2
    assert limit.wait("192.0.2.1") == WRONG_LOGIN_SECONDS - 2 * WRONG_LOGINS
    assert limit.wait("192.0.2.2") == 0
    clock.now += WRONG_LOGIN_SECONDS - 2 * WRONG_LOGINS
    assert limit.wait("192.0.2.1") == 0


def test_the_memory_for_wrong_logins_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("znp_panel_sync.web._sessions._REMEMBERED_ADDRESSES", 2)
    limit = LoginLimit(Clock())
    for _ in range(WRONG_LOGINS):
        limit.count_wrong("first")
    for address in ("second", "third"):
        assert limit.wait("first") > 0
        limit.count_wrong(address)
    assert limit.wait("first") == 0
