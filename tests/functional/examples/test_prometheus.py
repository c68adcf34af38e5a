"""The metrics that are exported, and what the dashboard and the alerts ask for."""

import json
import re
import sys

import httpx
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.functional.examples.running import EXAMPLES, running
from znp_panel_sync.testing import KernelSimulator

FOLDER = EXAMPLES / "prometheus"
METRIC = re.compile(r"\bznp_\w+")
SELECTOR = re.compile(r"\b(znp_\w+)(?:\{(.*?)\})?")
GROUPING = re.compile(r"by \((.*?)\)")

Exported = dict[str, list[dict[str, str]]]
"""The label sets of each series that was exported, by its name."""


def what_a_poller_exports() -> Exported:
    """What a poller of a living and a dead kernel exports."""
    with KernelSimulator() as kernel, KernelSimulator() as dead:
        dead.die()
        nodes = (f"--node=1={kernel.url}", f"--node=2={dead.url}", "--interval=0.2", "--port=0")
        with running([sys.executable, str(FOLDER / "metrics_panel.py"), *nodes]) as panel:
            url = panel.wait_for("metrics at ").split()[-1]
            return series_with(url, "znp_poller_status_changes_total", count=2)


def series_with(url: str, name: str, count: int) -> Exported:
    """Ask until there are so many series of a name: as many times as there are polls to wait for, and more."""
    with httpx.Client() as client:
        for _ in range(10_000):
            series: Exported = {}
            for family in text_string_to_metric_families(client.get(url).text):
                for sample in family.samples:
                    series.setdefault(sample.name, []).append(dict(sample.labels))
            if len(series.get(name, ())) >= count:
                return series
    raise AssertionError(f"there never were {count} series {name}")


def dashboard_queries() -> list[str]:
    dashboard = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


def alert_queries() -> list[str]:
    rules = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))
    return [rule["expr"] for group in rules["groups"] for rule in group["rules"]]


def labels_of(query: str) -> set[str]:
    """The labels that a query selects or groups by."""
    selected = {pair.split("=")[0].rstrip("!~ ") for _, pairs in SELECTOR.findall(query) for pair in pairs.split(",")}
    grouped = {name.strip() for names in GROUPING.findall(query) for name in names.split(",")}
    return (selected | grouped) - {""}


def test_dashboard_and_alerts_ask_for_what_is_exported() -> None:
    exported = what_a_poller_exports()
    may_be_absent = {"znp_poller_recoveries_total"}  # no node of this poller has anything to recover
    for query in dashboard_queries() + alert_queries():
        names = set(METRIC.findall(query))
        assert names, query
        for name in names - may_be_absent:
            assert name in exported, query
            assert all(labels_of(query) <= labels.keys() for labels in exported[name]), query
    the_dashboard_shows_every_metric(exported)


def the_dashboard_shows_every_metric(exported: Exported) -> None:
    asked = {name for query in dashboard_queries() for name in METRIC.findall(query)}
    shown = {re.sub("_bucket$", "", name) for name in asked}
    families = {re.sub("_(bucket|sum|count|created)$", "", name) for name in exported}
    assert families - {re.sub("_total$", "", name) for name in shown} <= shown


def test_prometheus_is_told_of_the_port_and_the_alerts() -> None:
    configuration = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    (job,) = configuration["scrape_configs"]
    assert job["static_configs"] == [{"targets": ["127.0.0.1:9464"]}]
    assert all((FOLDER / name).exists() for name in configuration["rule_files"])
