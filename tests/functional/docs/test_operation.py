"""The operator's pages name every setting, with its default, and every counter."""

import inspect
import re
from importlib import import_module
from typing import Any

import attrs
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_client import CollectorRegistry

from tests.functional.docs.pages import DOCS
from znp_panel_sync import (
    CallbackReceiver,
    Cluster,
    EventStream,
    EventSubscriptions,
    Kernel,
    NodeAgent,
    NodeControl,
    PanelActions,
    SqlEventLedger,
    StatusStream,
    StatusWatch,
    load_settings,
)
from znp_panel_sync.cluster import ClusterCounters
from znp_panel_sync.cluster.opentelemetry import OpenTelemetryClusterMetrics
from znp_panel_sync.cluster.prometheus import PrometheusClusterMetrics
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.events import EventDispatcher
from znp_panel_sync.lease import AgentCounters, LeaseTimings
from znp_panel_sync.panel import AsyncPanelActions
from znp_panel_sync.polling import Counters, GuardLimits, NodeState, NodeStatus, PollerOptions, Reason, StatusChange
from znp_panel_sync.polling.opentelemetry import OpenTelemetryMetrics
from znp_panel_sync.polling.prometheus import PrometheusMetrics
from znp_panel_sync.web import ServiceSettings

SETTINGS, COUNTERS = (DOCS / "operation" / name for name in ("settings.md", "counters.md"))

WITH_SETTINGS = (
    *(CallbackReceiver, Cluster, EventDispatcher, EventStream, EventSubscriptions, GuardLimits, Kernel, LeaseTimings),
    *(NodeAgent, NodeControl, PanelActions, PollerOptions, SqlEventLedger, StatusStream, StatusWatch),
)
SPELLED_OUT: dict[type, Any] = {EventDispatcher: EventDispatcher.__mro__[1], PanelActions: AsyncPanelActions}
"""Where the arguments of a class are written that passes them on."""

PARTS = frozenset(
    (
        *("bindings", "clock", "cluster", "control", "handlers", "health_check", "in_transaction", "kernel", "ledger"),
        *("nodes", "open_kernel", "queue", "random", "random_source", "registration", "self", "settings", "source_of"),
        *("subscriptions", "timing", "timings", "wall_clock"),
    )
)
"""Arguments that are other parts of the panel, or that only tests replace."""

READ_FROM_FILES = frozenset({"BackoffSettings", "KernelSettings", "ServiceSettings", "WebhookSettings"})
"""Classes whose settings are listed by the keys of their files."""

ROOMS = ("", ".cluster", ".events", ".kernel", ".lease", ".panel", ".polling", ".stores", ".streams", ".web")

WITH_COUNTERS = (AgentCounters, ClusterCounters, Counters, NodeState)


def settings_of(owner: type) -> dict[str, inspect.Parameter]:
    arguments = inspect.signature(SPELLED_OUT.get(owner, owner)).parameters
    parts = PARTS | {"transport"} if owner is Kernel else PARTS  # a stream's transport is the name of one
    return {name: argument for name, argument in arguments.items() if name not in parts}


def rows(page: Any, heading: str) -> dict[str, list[str]]:
    """The rows of the table below a heading: the first cell's name, and the other cells."""
    text = page.read_text(encoding="utf-8")
    section = re.split(r"^##+ ", text.split(f" {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    return {
        found[1]: [cell.strip() for cell in found[2].split(" | ")]
        for found in re.finditer(r"^\| `([^`]+)` \| (.*?) ?\|$", section, re.MULTILINE)
    }


@pytest.mark.parametrize("owner", WITH_SETTINGS, ids=lambda owner: owner.__name__)
def test_every_setting_is_listed_with_its_default(owner: type) -> None:
    arguments = settings_of(owner)
    listed = rows(SETTINGS, owner.__name__)
    assert listed.keys() == arguments.keys()
    for name, (default, *_) in listed.items():
        if default == "needed":
            assert arguments[name].default is inspect.Parameter.empty
        elif default.startswith("`") and default != "`GuardLimits()`":
            assert default == f"`{arguments[name].default!r}`".replace("'", '"'), name


def test_every_key_of_the_panels_file_is_listed() -> None:
    listed = rows(SETTINGS, "The panel's file")
    known = set()
    for block in ("Kernel", "Webhook", "Kernel.StatusPollBackoff"):
        nested: Any = {"?": 1}
        for part in reversed(block.split(".")):
            nested = {part: nested}
        with pytest.raises(ConfigurationError) as refused:
            load_settings(nested)
        known |= {f"{block}.{key}" for key in refused.value.problem.partition("known are ")[2].split(", ")}
    assert listed.keys() == known - {"Kernel.StatusPollBackoff"}


def test_every_key_of_the_services_file_is_listed() -> None:
    with pytest.raises(ConfigurationError) as refused:
        ServiceSettings.from_mapping({"Serve": {"?": 1}})
    known = refused.value.problem.partition("known are ")[2].split(", ")
    assert rows(SETTINGS, "The service of `znp-sync serve`").keys() == {f"Serve.{key}" for key in known}


def test_no_class_of_settings_is_left_out() -> None:
    listed = {owner.__name__ for owner in WITH_SETTINGS} | {"Settings", *READ_FROM_FILES}
    for room in ROOMS:
        names = import_module(f"znp_panel_sync{room}").__all__
        assert {name for name in names if re.search("(Settings|Options|Limits|Timings)$", name)} <= listed


@pytest.mark.parametrize("owner", WITH_COUNTERS, ids=lambda owner: owner.__name__)
def test_every_counter_is_listed(owner: type[attrs.AttrsInstance]) -> None:
    assert rows(COUNTERS, owner.__name__).keys() == {field.name for field in attrs.fields(owner)}


def report(metrics: PrometheusMetrics | OpenTelemetryMetrics) -> None:
    """Let everything happen once."""
    metrics.polled(Reason.REACHED, 0.1, 0.0)
    metrics.changed(StatusChange(1, NodeStatus.OFFLINE, NodeStatus.ONLINE, Reason.REACHED, 0.0, 0.1))
    metrics.stored(1, 0.1, failed=False)
    metrics.listed(1, 0.1, failed=False)
    metrics.recovered(failed=False)
    metrics.held(1)


def test_every_metric_of_prometheus_is_listed_with_its_labels() -> None:
    registry = CollectorRegistry()
    report(PrometheusMetrics(registry))
    exported = {}
    for family in registry.collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = sorted({label for sample in family.samples for label in sample.labels} - {"le"})
        exported[name] = [family.type, labels]
    listed = {
        name: [kind, sorted(re.findall(r"`(\w+)`", labels))]
        for name, (kind, labels, *_) in rows(COUNTERS, "Prometheus").items()
    }
    assert listed == exported


def test_every_instrument_of_opentelemetry_is_listed_with_its_attributes() -> None:
    reader = InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader])
    report(OpenTelemetryMetrics(provider.get_meter("test")))
    data = reader.get_metrics_data()
    assert data is not None
    exported = {
        metric.name: sorted(metric.data.data_points[0].attributes or {})
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }
    provider.shutdown()
    listed = {
        name: sorted(re.findall(r"`(\w+)`", attributes))
        for name, (_, attributes, *_) in rows(COUNTERS, "OpenTelemetry").items()
    }
    assert listed == exported


def test_every_metric_of_a_cluster_is_listed_by_both_its_names() -> None:
    registry, reader = CollectorRegistry(), InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader])
    PrometheusClusterMetrics(ClusterCounters(), registry)
    OpenTelemetryClusterMetrics(ClusterCounters(), provider.get_meter("test"))
    data: Any = reader.get_metrics_data()
    provider.shutdown()
    families = [(sample.name, family.type) for family in registry.collect() for sample in family.samples]
    instruments = [metric.name for metric in data.resource_metrics[0].scope_metrics[0].metrics]
    exported = {name: [f"`{instrument}`", kind] for (name, kind), instrument in zip(families, instruments, strict=True)}
    assert rows(COUNTERS, "Cluster metrics") == exported
