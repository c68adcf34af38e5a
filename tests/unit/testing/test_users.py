from typing import Any

import pytest

from tests.unit.testing.support import event_names
from znp_panel_sync.testing._kernel.refusal import RefusedError
from znp_panel_sync.testing._kernel.state import KernelState
from znp_panel_sync.testing._kernel.users import User

ALICE: dict[str, Any] = {
    "id": "7",
    "username": "alice",
    "password": "hunter2",
    "traffic": {"allocated": 100, "used": 30},
    "rate": {"up": 5, "down": None},
    "metadata": {"subscription_id": "12"},
    "tags": ["vip"],
}
VIEW = {
    "id": "7",
    "username": "alice",
    "tags": ["vip"],
    "metadata": {"subscription_id": "12"},
    "traffic": {"allocated": 100, "used": 30},
    "rate": {"up": 5, "down": None},
}


def test_a_user_is_shown_without_the_password(kernel: KernelState) -> None:
    user = kernel.users.create(ALICE)

    assert user.view(redact=False) == VIEW
    assert user.view(redact=True) == {**VIEW, "username": "***", "metadata": {"subscription_id": "***"}}
    assert "hunter2" not in repr(user)


def test_the_status_shows_what_is_left(kernel: KernelState) -> None:
    assert kernel.users.create(ALICE).status(redact=False) == {
        "id": "7",
        "username": "alice",
        "tags": ["vip"],
        "metadata": {"subscription_id": "12"},
        "traffic_allocated": 100,
        "traffic_used": 30,
        "traffic_remaining": 70,
        "rate_up": 5,
        "rate_down": None,
    }
    assert User("1", "bob", "pw", allocated=5, used=9).remaining == 0


def test_an_id_is_given_once(kernel: KernelState) -> None:
    kernel.users.create(ALICE)

    with pytest.raises(RefusedError, match="user '7' exists already") as refused:
        kernel.users.create(ALICE)
    assert refused.value.status == 409


def test_an_import_adds_and_replaces(kernel: KernelState) -> None:
    kernel.users.create(ALICE)
    bob = {"id": "8", "username": "bob", "password": "pw"}

    assert kernel.users.load([{**bob, "id": "7"}, bob, bob]) == ["7", "8"]
    assert [user.username for user in kernel.users.all()] == ["bob", "bob"]
    assert [user.id for user in kernel.users.all(["8", "nobody"])] == ["8"]
    assert len(kernel.users) == 2


def test_a_patch_leaves_what_it_does_not_name(kernel: KernelState) -> None:
    kernel.users.create(ALICE)
    user = kernel.users.change("7", {"rate": {"down": 3}, "password": "new"}, replace=False)

    assert user.view(redact=False) == {**VIEW, "rate": {"up": 5, "down": 3}}
    assert user.password == "new"


def test_a_rate_of_null_lifts_the_limit(kernel: KernelState) -> None:
    kernel.users.create(ALICE)

    assert kernel.users.change("7", {"rate": {"up": None}}, replace=False).up is None


def test_a_put_returns_what_it_does_not_name_to_its_default(kernel: KernelState) -> None:
    kernel.users.create(ALICE)
    user = kernel.users.change("7", {"tags": ["new"]}, replace=True)

    assert user.view(redact=False) == {
        "id": "7",
        "username": "alice",
        "tags": ["new"],
        "metadata": {},
        "traffic": {"allocated": 0, "used": 0},
        "rate": {"up": None, "down": None},
    }
    assert user.password == "hunter2"


def test_a_changed_quota_is_an_event(kernel: KernelState) -> None:
    kernel.users.create(ALICE)
    kernel.users.change("7", {"traffic": {"used": 31}}, replace=False)
    kernel.users.change("7", {"traffic": {"allocated": 200}}, replace=False)

    (event,) = kernel.journal.all()
    assert event.name == "user.quota.changed"
    assert event.payload == {
        "user_id": "7",
        "previous": {"used": 31, "remaining": 69},
        "current": {"used": 31, "remaining": 169},
        "subscription_id": "12",
    }


def test_reported_traffic_is_an_event(kernel: KernelState) -> None:
    kernel.users.create({"id": "8", "username": "bob", "password": "pw"})
    kernel.users.report_used("8", 2048)

    assert event_names(kernel) == ["user.traffic.reported"]
    assert kernel.journal.all()[0].payload == {
        "user_id": "8",
        "previous": {"used": 0, "remaining": 0},
        "current": {"used": 2048, "remaining": 0},
    }


def test_unknown_users_are_refused(kernel: KernelState) -> None:
    kernel.users.create(ALICE)
    kernel.users.remove("7")

    with pytest.raises(RefusedError, match="user '7' does not exist"):
        kernel.users.remove("7")


def test_limited_users_are_counted_by_direction(kernel: KernelState) -> None:
    for number, rate in enumerate([{}, {"up": 1}, {"down": 1}, {"up": 1, "down": 1}, {"up": None}]):
        kernel.users.create({"id": str(number), "username": "u", "password": "p", "rate": rate})

    assert kernel.users.rate_limit_summary() == {
        "total_users": 5,
        "unlimited_users": 2,
        "limited_users": 3,
        "limited_up_only": 1,
        "limited_down_only": 1,
        "limited_both": 1,
    }
