"""The site: strict, complete, and without an address of anybody else."""

import inspect
import os
import re
import subprocess
import sys
import zlib
from importlib import import_module
from pathlib import Path

import yaml

from tests.functional.docs.pages import ROOT
from znp_panel_sync import Kernel, NodeControl

PATIENCE_SECONDS = 100
ROOMS = ("cluster", "kernel", "lease", "polling", "events", "streams", "panel", "stores", "testing", "web")
BESIDE = (
    "znp_kernel_client.client.AsyncClient",
    "znp_panel_sync.cluster.opentelemetry.OpenTelemetryClusterMetrics",
    "znp_panel_sync.cluster.prometheus.PrometheusClusterMetrics",
    "znp_panel_sync.events.django.django_view",
    "znp_panel_sync.events.flask.flask_view",
    "znp_panel_sync.polling.opentelemetry.OpenTelemetryMetrics",
    "znp_panel_sync.polling.prometheus.PrometheusMetrics",
    "znp_panel_sync.testing.connection_faults.Blackhole",
)
"""Public names of modules that no package offers, as they need an extra, or are rarely wanted."""
QUIET = {"NO_MKDOCS_2_WARNING": "1"}
LOADED = re.compile(
    r"""<(?:script|img|iframe|source|video)\b[^>]*\bsrc="?(?:https?:)?//|<link\b[^>]*href="?https?://"""
)


def build(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")} | QUIET,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_site_is_complete_and_stands_alone(tmp_path: Path) -> None:
    """One test, as building the site takes longer than all that is looked at."""
    build(tmp_path)
    nothing_is_loaded_from_elsewhere(tmp_path)
    every_public_name_is_explained(tmp_path)
    every_operation_and_schema_of_the_contract_is_shown(tmp_path)
    the_lease_is_drawn_with_all_of_its_arrows(tmp_path)
    every_operation_is_called_as_it_is_shown(tmp_path)


def names_in_inventory(site: Path) -> set[str]:
    """All names that the reference explains, as the inventory for other sites lists them."""
    packed = (site / "objects.inv").read_bytes().split(b"\n", 4)[4]
    return {line.split(" ")[0] for line in zlib.decompress(packed).decode().splitlines()}


def nothing_is_loaded_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    assert [str(page) for page in pages if LOADED.search(page.read_text(encoding="utf-8"))] == []
    styles = [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]
    assert not any(re.search(r"url\([\"']?https?:|@import", style) for style in styles)


def every_public_name_is_explained(site: Path) -> None:
    documented = names_in_inventory(site)
    for room in ROOMS:
        package = import_module(f"znp_panel_sync.{room}")
        for name in package.__all__:
            value = getattr(package, name)
            if inspect.isclass(value) or inspect.isfunction(value):
                assert documented & {f"{package.__name__}.{name}", f"{value.__module__}.{value.__qualname__}"}, name
    assert set(BESIDE) <= documented


def every_operation_and_schema_of_the_contract_is_shown(site: Path) -> None:
    contract = yaml.safe_load((ROOT / "core.yaml").read_text(encoding="utf-8"))
    operations = (site / "reference" / "contract.html").read_text(encoding="utf-8")
    schemas = (site / "reference" / "contract-schemas.html").read_text(encoding="utf-8")
    named = [
        operation["operationId"]
        for item in contract["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    ]
    assert [name for name in named if f'id="{name}"' not in operations] == []
    assert [name for name in contract["components"]["schemas"] if f'id="{name.lower()}"' not in schemas] == []
    links = set(re.findall(r'href="(?:contract-schemas\.html)?#(\w+)"', operations + schemas))
    assert {name.lower() for name in contract["components"]["schemas"]} <= links


def the_lease_is_drawn_with_all_of_its_arrows(site: Path) -> None:
    page = (site / "lease-states.html").read_text(encoding="utf-8")
    assert "stateDiagram" not in page
    diagram = (ROOT / "docs" / "lease-states.md").read_text(encoding="utf-8")
    assert page.count('marker-end="url(#head)"') == len(re.findall(r"^    [a-z]+ -->", diagram, re.MULTILINE))


def every_operation_is_called_as_it_is_shown(site: Path) -> None:
    operations = (site / "reference" / "contract.html").read_text(encoding="utf-8")
    calls = re.findall(r"<code>kernel\.(\w+)\.(\w+)\(…\)</code>", operations)
    assert calls
    with Kernel(NodeControl("http://127.0.0.1:9")) as kernel:
        assert all(callable(getattr(getattr(kernel, tag), operation)) for tag, operation in calls)
