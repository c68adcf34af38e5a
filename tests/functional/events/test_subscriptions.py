import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from znp_kernel_client.models import EventRegistrationRequest, EventRegistrationRequestEvent
from znp_panel_sync.errors import BadRequestError, KernelFaultError, KernelUnreachableError
from znp_panel_sync.events.registrations import RegistrationKind
from znp_panel_sync.events.subscriptions import AsyncEventSubscriptions, EventSubscriptions
from znp_panel_sync.kernel import AsyncKernel, Kernel
from znp_panel_sync.testing import KernelSimulator

BASE = "https://panel.example.com"


@pytest.fixture
def simulator() -> Iterator[KernelSimulator]:
    with KernelSimulator(access_key="ak", secret_key="sk") as running:
        yield running


@pytest.fixture
def kernel(simulator: KernelSimulator) -> Iterator[Kernel]:
    with Kernel(simulator.control()) as opened:
        yield opened


def subscriptions(base: str = BASE, secret: str = "secret", **options: Any) -> EventSubscriptions:
    return EventSubscriptions(base, secret=secret, **options)


def registered(simulator: KernelSimulator) -> list[tuple[str, str, str | None]]:
    return sorted((one.event, one.callback.partition("?")[0], one.secret) for one in simulator.registrations)


def wanted(base: str = BASE, secret: str = "secret") -> list[tuple[str, str, str | None]]:
    nodes = ("node_added", "node_removed", "node_healthy", "node_degraded", "node_unhealthy")
    services = ("user.quota.changed", "user.traffic.reported")
    return sorted(
        [(event, f"{base}/api/v1/kernel/events", secret) for event in nodes]
        + [(event, f"{base}/api/v1/kernel/service-events", secret) for event in services]
    )


def test_everything_wanted_is_registered_and_a_second_time_changes_nothing(
    simulator: KernelSimulator, kernel: Kernel
) -> None:
    first = subscriptions().apply(kernel)
    assert (len(first.created), first.deleted, first.changed) == (7, (), True)
    assert registered(simulator) == wanted()
    before = simulator.registrations
    again = subscriptions().apply(kernel)
    assert (again.changed, len(again.kept)) == (False, 7)
    assert simulator.registrations == before


def test_a_dry_run_shows_the_plan_and_does_nothing(simulator: KernelSimulator, kernel: Kernel) -> None:
    plan = subscriptions(node_events=("node_added",), service_events=()).plan(kernel)
    assert [(one.kind, one.event) for one in plan.create] == [(RegistrationKind.NODE, "node_added")]
    assert simulator.registrations == ()


def test_a_changed_secret_is_carried_over_by_a_panel_that_remembers_nothing(
    simulator: KernelSimulator, kernel: Kernel
) -> None:
    subscriptions(secret="old").apply(kernel)
    report = subscriptions(secret="new").apply(kernel)
    assert (len(report.created), len(report.deleted)) == (7, 7)
    assert registered(simulator) == wanted(secret="new")


def test_a_changed_url_is_carried_over(simulator: KernelSimulator, kernel: Kernel) -> None:
    subscriptions("https://old.example").apply(kernel)
    subscriptions(former_bases=["https://old.example"]).apply(kernel)
    assert registered(simulator) == wanted()


def test_there_is_no_moment_without_registrations(simulator: KernelSimulator, kernel: Kernel) -> None:
    subscriptions(secret="old").apply(kernel)
    simulator.requests.clear()
    subscriptions(secret="new").apply(kernel)
    changes = [one.method for one in simulator.requests.find() if one.method != "GET"]
    assert changes == ["POST"] * 7 + ["DELETE"] * 7


def test_duplicates_of_a_careless_panel_end_as_one(simulator: KernelSimulator, kernel: Kernel) -> None:
    callback = subscriptions().plan(kernel).create[0].callback
    body = EventRegistrationRequest(event=EventRegistrationRequestEvent.NODE_ADDED, callback=callback, secret="secret")
    for _ in range(3):
        kernel.events.create_event_registration(body)
    report = subscriptions().apply(kernel)
    assert (len(report.created), len(report.deleted)) == (6, 2)
    assert registered(simulator) == wanted()


def test_registrations_of_others_are_not_touched(simulator: KernelSimulator, kernel: Kernel) -> None:
    subscriptions("https://other.example", secret="theirs").apply(kernel)
    theirs = simulator.registrations
    ours = subscriptions()
    ours.apply(kernel)
    assert len(ours.remove(kernel).deleted) == 7
    assert simulator.registrations == theirs


def test_a_kernel_that_forgot_everything_is_mended(simulator: KernelSimulator, kernel: Kernel) -> None:
    subscriptions().apply(kernel)
    simulator.restart(forget=True)
    assert simulator.registrations == ()
    subscriptions().apply(kernel)
    assert registered(simulator) == wanted()


def test_replicas_that_start_at_once_end_in_one_state(simulator: KernelSimulator) -> None:
    def replica(_: int) -> None:
        with Kernel(simulator.control()) as kernel:
            subscriptions().apply(kernel)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(replica, range(4)))
    assert registered(simulator) == wanted()


def test_what_another_replica_has_deleted_is_as_good_as_deleted(simulator: KernelSimulator, kernel: Kernel) -> None:
    subscriptions(secret="old").apply(kernel)
    with simulator.faults.answer(404, path="*/registrations/*", method="DELETE", carried_out=True):
        assert len(subscriptions(secret="new").apply(kernel).deleted) == 7
    assert registered(simulator) == wanted(secret="new")


def test_trouble_halfway_leaves_the_old_registrations_until_the_next_time(
    simulator: KernelSimulator, kernel: Kernel
) -> None:
    subscriptions(secret="old").apply(kernel)
    with simulator.faults.answer(500, path="/v1/service-events/registrations", method="POST"):
        with pytest.raises(KernelFaultError):
            subscriptions(secret="new").apply(kernel)
        assert set(wanted(secret="old")) < set(registered(simulator))
    subscriptions(secret="new").apply(kernel)
    assert registered(simulator) == wanted(secret="new")


def test_a_registration_whose_answer_was_lost_is_found_the_next_time(
    simulator: KernelSimulator, kernel: Kernel
) -> None:
    with (
        simulator.faults.drop(path="/v1/events/registrations", method="POST", carried_out=True),
        pytest.raises(KernelUnreachableError),
    ):
        subscriptions().apply(kernel)
    assert len(simulator.registrations) == 1
    assert len(subscriptions().apply(kernel).created) == 6
    assert registered(simulator) == wanted()


async def test_async_kernels_are_served_alike(simulator: KernelSimulator) -> None:
    ours = AsyncEventSubscriptions(BASE, secret="secret")
    async with AsyncKernel(simulator.control()) as kernel:
        assert len((await ours.plan(kernel)).create) == 7
        assert len((await ours.apply(kernel)).created) == 7
        assert registered(simulator) == wanted()
        assert not (await ours.apply(kernel)).changed
        with simulator.faults.answer(404, path="*/registrations/*", method="DELETE", carried_out=True):
            assert len((await ours.remove(kernel)).deleted) == 7
    assert simulator.registrations == ()


def test_secrets_are_shown_nowhere(
    simulator: KernelSimulator, kernel: Kernel, caplog: pytest.LogCaptureFixture
) -> None:
    ours = subscriptions(secret="canary-secret")
    with caplog.at_level(logging.DEBUG):
        shown = [repr(ours), repr(ours.plan(kernel)), repr(ours.apply(kernel))]
        with simulator.faults.answer(400), pytest.raises(BadRequestError) as caught:
            ours.apply(kernel)
    assert "canary" not in " ".join([*shown, caplog.text, str(caught.value), repr(caught.value)])
    assert not any("canary" in one.callback for one in simulator.registrations)
