import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.events.registrations import (
    CallbackAddress,
    Registration,
    RegistrationKind,
    SubscriptionPlan,
    WantedCallback,
    plan_subscriptions,
    wanted_callbacks,
)

NODE, SERVICE = RegistrationKind.NODE, RegistrationKind.SERVICE
PANEL = CallbackAddress.of("https://panel.example.com", "secret")
WANTED = wanted_callbacks(PANEL, ["node_added", "node.removed"], ["user.traffic.reported"])


def registration(id_: str, event: str = "node_added", **changes: Any) -> Registration:
    values: dict[str, Any] = {"kind": NODE, "callback": PANEL.url(NODE), "created_at_ms": 1, **changes}
    return Registration(id=id_, event=event, **values)


def all_registered() -> list[Registration]:
    return [
        registration(str(number), one.event, kind=one.kind, callback=one.callback) for number, one in enumerate(WANTED)
    ]


def plan(*listed: Registration, former: tuple[str, ...] = ()) -> SubscriptionPlan:
    return plan_subscriptions(WANTED, listed, (PANEL, *map(CallbackAddress.of, former)))


# Addresses


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://panel.example.com", "https://panel.example.com/api/v1/kernel/events"),
        (" http://10.0.0.1:8080/ ", "http://10.0.0.1:8080/api/v1/kernel/events"),
        ("https://panel.example.com/prefix/", "https://panel.example.com/prefix/api/v1/kernel/events"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]/api/v1/kernel/events"),
    ],
)
def test_urls_are_built_as_the_panel_builds_them(base: str, url: str) -> None:
    assert CallbackAddress.of(base).url(NODE) == url


def test_the_secret_leaves_a_mark_that_does_not_show_it() -> None:
    marked = CallbackAddress.of("https://p.example", "canary").url(SERVICE)
    assert marked.startswith("https://p.example/api/v1/kernel/service-events?v=")
    assert "canary" not in marked
    assert marked == CallbackAddress.of("https://p.example", "canary").url(SERVICE)
    assert marked != CallbackAddress.of("https://p.example", "other").url(SERVICE)
    assert "?" not in CallbackAddress.of("https://p.example", "canary", marked=False).url(SERVICE)


@pytest.mark.parametrize(
    "base",
    [
        "",
        "panel.example.com",
        "ftp://panel.example.com",
        "https://user:canary@panel.example.com",
        "https://panel.example.com?x=1",
        "https://panel.example.com#top",
        "https://",
        "https://panel example.com",
    ],
)
def test_bases_that_are_no_plain_url_are_refused(base: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        CallbackAddress.of(base, name="callback_base")
    assert caught.value.field == "callback_base"
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("callback", "owned"),
    [
        (PANEL.url(NODE), True),
        ("https://panel.example.com/api/v1/kernel/service-events", True),
        ("https://panel.example.com/api/v1/kernel/events?v=00000000", True),
        ("https://panel.example.com/api/v1/kernel/events?v=other", False),
        ("https://panel.example.com/api/v1/kernel/events?tenant=2", False),
        ("https://panel.example.com/api/v1/kernel/billing", False),
        ("https://panel.example.com.evil.example/api/v1/kernel/events", False),
        ("http://panel.example.com/api/v1/kernel/events", False),
    ],
)
def test_only_registrations_at_our_urls_are_ours(callback: str, owned: bool) -> None:
    assert PANEL.owns(callback) is owned


# Wishes


def test_each_wanted_event_is_named_as_it_is_registered_and_once() -> None:
    wanted = wanted_callbacks(PANEL, ["NODE.added", "node-added"], ["user_traffic_reported"])
    assert wanted == (
        WantedCallback(NODE, "node_added", PANEL.url(NODE)),
        WantedCallback(SERVICE, "user.traffic.reported", PANEL.url(SERVICE)),
    )


@pytest.mark.parametrize(
    ("node_events", "service_events", "field"),
    [(["user.traffic.reported"], [], "node_events"), ([], ["node_added"], "service_events")],
)
def test_events_that_cannot_be_registered_are_refused(node_events: Any, service_events: Any, field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        wanted_callbacks(PANEL, node_events, service_events)
    assert caught.value.field == field


# Plans


def test_what_is_missing_is_created() -> None:
    assert plan() == SubscriptionPlan(create=WANTED, delete=(), keep=())


def test_what_is_there_is_kept_and_nothing_else_happens() -> None:
    registered = all_registered()
    made = plan(*registered)
    assert made.settled
    assert list(made.keep) == registered


def test_spellings_of_events_do_not_matter() -> None:
    registered = all_registered()
    registered[0] = registration("dotted", "node.added")
    assert plan(*registered).settled


def test_of_duplicates_the_oldest_stays_and_then_the_smallest_id() -> None:
    older, equal = registration("z", created_at_ms=0), registration("y", created_at_ms=0)
    made = plan(*all_registered(), older, equal)
    assert equal in made.keep
    assert set(made.delete) == {older, all_registered()[0]}


def test_strays_of_ours_go_and_others_are_not_touched() -> None:
    unwanted = registration("a", "node_healthy")
    wrong_list = registration("b", "node_added", kind=SERVICE)
    stranger = registration("c", callback="https://other.example/api/v1/kernel/events")
    assert set(plan(*all_registered(), unwanted, wrong_list, stranger).delete) == {unwanted, wrong_list}


def test_a_changed_secret_is_created_before_the_old_one_may_go() -> None:
    old = registration("old", callback=CallbackAddress.of("https://panel.example.com", "old").url(NODE))
    made = plan(old)
    assert made.create == WANTED
    assert made.delete == (old,)
    assert made.deletable() == ()
    assert plan(old, *all_registered()).deletable() == (old,)


def test_a_changed_url_is_carried_over_where_the_former_one_is_named() -> None:
    old = registration("old", callback="https://old.example/api/v1/kernel/events")
    assert plan(old, *all_registered()).delete == ()
    assert plan(old, *all_registered(), former=("https://old.example",)).delete == (old,)


def test_strays_of_unwanted_events_may_go_at_once() -> None:
    unwanted = registration("a", "node_healthy")
    assert plan(unwanted).deletable() == (unwanted,)


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.integers(2, 4))
def test_replicas_that_work_at_once_end_in_one_state_and_never_without(source: random.Random, replicas: int) -> None:
    listed: list[Registration] = []

    def replica() -> Any:
        made = plan(*listed)
        yield
        for wanted in made.create:
            number = len(listed) + source.randrange(10**6) * 100
            listed.append(registration(f"{number}", wanted.event, kind=wanted.kind, callback=wanted.callback))
            yield
        made = plan(*listed)
        yield
        for one in made.deletable():
            if one in listed:
                listed.remove(one)
            yield

    running = [replica() for _ in range(replicas)]
    complete = False
    while running:
        one = source.choice(running)
        if next(one, "ended") == "ended":
            running.remove(one)
        covered = all(any(entry.serves(wanted) for entry in listed) for wanted in WANTED)
        assert covered or not complete
        complete = covered
    assert plan(*listed).settled
