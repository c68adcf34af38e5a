"""The names that the package offers, and that offering them costs nothing until they are used."""

import re
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import znp_panel_sync

PUBLIC = [
    "AnswerTooLargeError",
    "AsyncEventStream",
    "AsyncEventSubscriptions",
    "AsyncKernel",
    "AsyncNodeAgent",
    "AsyncPanelActions",
    "AsyncStatusStream",
    "BackgroundPoller",
    "Backoff",
    "BackoffSettings",
    "BadRequestError",
    "CallbackReceiver",
    "Cluster",
    "ConfigurationError",
    "ConflictError",
    "EventLedger",
    "EventStream",
    "EventSubscriptions",
    "ForbiddenError",
    "Health",
    "HealthReport",
    "Kernel",
    "KernelError",
    "KernelFaultError",
    "KernelResponseError",
    "KernelSettings",
    "KernelTimeoutError",
    "KernelUnreachableError",
    "KernelUsageError",
    "LeaseState",
    "LeaseTimings",
    "LeaseTransition",
    "LivePage",
    "MemoryNodeStore",
    "NodeAgent",
    "NodeControl",
    "NodeStore",
    "NotFoundError",
    "OfflineProbe",
    "PanelActions",
    "RateLimitedError",
    "Settings",
    "SqlEventLedger",
    "SqlNodeStore",
    "StatusPoller",
    "StatusStream",
    "StatusWatch",
    "UnauthorizedError",
    "UndecodableAnswerError",
    "WebhookSettings",
    "ZnpError",
    "load_settings",
    "parse_duration",
    "read_health",
    "stop_on_signals",
]


def test_the_list_of_names_is_pinned() -> None:
    assert znp_panel_sync.__all__ == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_a_name_is_what_its_home_calls_so(name: str) -> None:
    value = getattr(znp_panel_sync, name)
    assert value.__name__ == name
    assert value is getattr(import_module(value.__module__), name)
    assert name in dir(znp_panel_sync)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'znp_panel_sync' has no attribute 'Colonel'"):
        _ = znp_panel_sync.Colonel


def test_a_missing_library_is_named_with_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "znp_panel_sync.stores.ledger", raising=False)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(ModuleNotFoundError, match=r"^SqlEventLedger needs sqlalchemy, .*znp-panel-sync\[sql\]"):
        _ = znp_panel_sync.SqlEventLedger


def test_type_checkers_are_told_the_same_names() -> None:
    source = Path(znp_panel_sync.__file__).read_text(encoding="utf-8")
    told = {line.split(" as ")[1] for line in source.splitlines() if line.startswith("    from znp_panel_sync.")}
    assert told == set(PUBLIC)


def test_the_version_is_that_of_the_project(pytestconfig: pytest.Config) -> None:
    project = tomllib.loads((pytestconfig.rootpath / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert znp_panel_sync.__version__ == project["version"]


def test_importing_the_package_loads_no_library() -> None:
    script = "import sys, znp_panel_sync; print(*{'httpx', 'httpcore', 'attrs', 'asyncio', 'ssl'} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


def test_kernel_comes_without_httpx_until_its_first_call() -> None:
    script = (
        "import sys; from znp_panel_sync import Kernel, NodeControl; kernel = Kernel(NodeControl('https://127.0.0.1'));"
        "print(*{'httpx', 'httpcore', 'dateutil', 'certifi'} & set(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


@pytest.mark.checkout
def test_what_a_kernel_imports_is_installed_with_the_package(pytestconfig: pytest.Config) -> None:
    project = tomllib.loads((pytestconfig.rootpath / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split("[<>=]", requirement)[0] for requirement in project["dependencies"]}
    own = {"znp_kernel_client", "znp_panel_sync", *sys.stdlib_module_names}
    homes = packages_distributions()
    imported = {
        homes[name][0]
        for folder in ("znp_kernel_client", "znp_panel_sync/kernel")
        for module in (pytestconfig.rootpath / folder).rglob("*.py")
        for name in re.findall(r"^ *(?:import|from) (\w+)", module.read_text(encoding="utf-8"), re.MULTILINE)
        if name not in own
    }
    assert imported <= declared


@pytest.mark.parametrize(
    ("package", "home"), [("znp_panel_sync", "kernel/_http.py"), ("znp_kernel_client", "client.py")]
)
def test_httpx_is_imported_in_one_module_of_each_package(package: str, home: str) -> None:
    (folder,) = import_module(package).__path__
    importers = {
        str(module.relative_to(folder))
        for module in Path(folder).rglob("*.py")
        if re.search(r"^\s*(import|from) (httpx|httpcore)\b", module.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert importers == {home}
