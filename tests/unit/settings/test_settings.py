"""The settings by the names of the panel's guide, and Go's durations."""

import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.settings import (
    BackoffSettings,
    KernelSettings,
    Settings,
    WebhookSettings,
    load_settings,
    parse_duration,
)

CANARY = "canary-51be"

GUIDE = """
Name: a panel has other blocks too
Kernel:
  StatusPollInterval: 30s
  StatusPollBackoff:
    Enabled: true
    MaxInterval: 5m
    Multiplier: 2
    Jitter: 0.2
  OfflineProbeMaxInterval: 60
Webhook:
  SharedToken: " secret "
  PreviousSharedToken: older
  AllowCIDRs: [10.1.2.3/8, "2001:db8::/32", 192.0.2.7]
  TrustedProxies: [127.0.0.1]
  AllowAnonymous: false
"""


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("5m", 300),
        ("1h30m", 5400),
        ("500ms", 0.5),
        ("1.5h", 5400),
        (".5s", 0.5),
        ("1.s", 1),
        ("2us", 2e-6),
        ("2µs", 2e-6),
        ("2μs", 2e-6),
        ("3ns", 3e-9),
        ("-1m", -60),
        ("+1m", 60),
        ("0", 0),
        ("1h1m1s1ms", 3661.001),
    ],
)
def test_a_duration_is_read_as_go_does(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)
    assert isinstance(parse_duration(text), float)


@pytest.mark.parametrize(
    "text", ["", "30", "s", "1d", " 1s", "1s ", "1 s", "1,5s", "1e3s", "-", "٣s", "1S", None, 30, b"1s"]
)
def test_anything_else_is_no_duration(text: object) -> None:
    with pytest.raises(ConfigurationError, match=r"Kernel\.X: must be a duration") as caught:
        parse_duration(text, field="Kernel.X")
    assert caught.value.field == "Kernel.X"


@given(st.integers(0, 1000), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_durations_add_up(hours: int, minutes: int, seconds: int, milliseconds: int) -> None:
    text = f"{hours}h{minutes}m{seconds}s{milliseconds}ms"
    assert parse_duration(text) == pytest.approx(hours * 3600 + minutes * 60 + seconds + milliseconds / 1000)


def test_the_guides_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "panel.yaml"
    file.write_text(GUIDE, encoding="utf-8")
    assert load_settings(file) == Settings(
        kernel=KernelSettings(
            status_poll_interval=30,
            status_poll_backoff=BackoffSettings(enabled=True, max_interval=300, multiplier=2, jitter=0.2),
            offline_probe_max_interval=60,
        ),
        webhook=WebhookSettings(
            shared_token="secret",
            previous_shared_token="older",
            allow_cidrs=(ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"), ip_network("192.0.2.7/32")),
            trusted_proxies=(ip_network("127.0.0.1/32"),),
        ),
    )
    assert load_settings(str(file)) == load_settings(file)


@pytest.mark.parametrize("document", [{}, {"Kernel": None}, {"Kernel": {}, "Webhook": None}, {"Other": 1}])
def test_what_is_missing_has_its_default_and_polls_nothing(document: dict[str, Any]) -> None:
    settings = load_settings(document)
    assert settings == Settings()
    assert settings.kernel.status_poll_interval == 0
    assert not settings.kernel.status_poll_backoff.enabled
    assert settings.webhook.shared_token is None


def kernel(**keys: object) -> KernelSettings:
    return load_settings({"Kernel": keys}).kernel


@pytest.mark.parametrize(
    ("backoff", "normalised"),
    [
        ({}, (False, 0, 2, 0)),
        ({"Enabled": True, "MaxInterval": "10s"}, (True, 10, 2, 0)),
        ({"Multiplier": 1}, (False, 0, 2, 0)),
        ({"Multiplier": -3}, (False, 0, 2, 0)),
        ({"Multiplier": 1.5}, (False, 0, 1.5, 0)),
        ({"Jitter": 1.5}, (False, 0, 2, 1)),
        ({"Jitter": -1}, (False, 0, 2, 0)),
        ({"Jitter": 0.25}, (False, 0, 2, 0.25)),
        ({"Jitter": None}, (False, 0, 2, 0)),
    ],
)
def test_backoff_is_normalised_as_the_panel_does(backoff: dict[str, Any], normalised: tuple[object, ...]) -> None:
    settings = kernel(StatusPollInterval="30s", StatusPollBackoff=backoff).status_poll_backoff
    assert (settings.enabled, settings.max_interval, settings.multiplier, settings.jitter) == normalised


@pytest.mark.parametrize("seconds", [1e-8, float("inf"), float("nan")])
def test_an_interval_that_cannot_be_kept_is_refused(seconds: float) -> None:
    with pytest.raises(ConfigurationError) as caught:
        KernelSettings(seconds)
    assert caught.value.field == "status_poll_interval"


def test_an_interval_in_a_file_that_cannot_be_kept_is_refused_by_its_path() -> None:
    with pytest.raises(ConfigurationError) as caught:
        kernel(StatusPollInterval="30ns")
    assert caught.value.field == "Kernel.StatusPollInterval"


def test_an_interval_of_zero_or_less_is_off() -> None:
    assert kernel(StatusPollInterval="-30s").status_poll_interval == 0
    assert kernel(StatusPollInterval=0).status_poll_interval == 0
    assert kernel(OfflineProbeMaxInterval="-1s").offline_probe_max_interval == 0


@pytest.mark.parametrize(
    ("site", "maximum"),
    [
        ({}, 60),
        ({"kernel_offline_probe_max_interval_seconds": None}, 60),
        ({"kernel_offline_probe_max_interval_seconds": ""}, 60),
        ({"kernel_offline_probe_max_interval_seconds": 0}, 0),
        ({"kernel_offline_probe_max_interval_seconds": " 120 "}, 120),
        ({"kernel_offline_probe_max_interval_seconds": 15}, 15),
    ],
)
def test_the_site_setting_wins_where_it_is_set(site: dict[str, Any], maximum: float) -> None:
    settings = kernel(StatusPollInterval="30s", OfflineProbeMaxInterval="1m").with_site_settings(site)
    assert settings.offline_probe_max_interval == maximum
    assert settings.status_poll_interval == 30


@pytest.mark.parametrize("value", ["soon", "1.5", True, [1], "9" * 5000])
def test_a_bad_site_setting_is_named(value: object) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^kernel_offline_probe_max_interval_seconds: must be a finite number"
    ):
        KernelSettings().with_site_settings({"kernel_offline_probe_max_interval_seconds": value})


@pytest.mark.parametrize("value", ["30s", None, True, float("nan"), float("-inf"), pytest.param(10**400, id="huge")])
@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (KernelSettings, "status_poll_interval"),
        (KernelSettings, "offline_probe_max_interval"),
        (BackoffSettings, "max_interval"),
        (BackoffSettings, "multiplier"),
        (BackoffSettings, "jitter"),
    ],
)
def test_what_is_no_number_is_named_in_python_too(settings: Any, name: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match="must be a finite number") as caught:
        settings(**{name: value})
    assert caught.value.field == name


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"Kernel": {"StatusPoll": 1}}, "Kernel.StatusPoll"),
        ({"Kernel": {"HTTP": {"BaseURL": "http://k"}}}, "Kernel.HTTP"),
        ({"Kernel": {"StatusPollBackoff": {"jitter": 1}}}, "Kernel.StatusPollBackoff.jitter"),
        ({"Kernel": {"StatusPollBackoff": {"Jitter": "much"}}}, "Kernel.StatusPollBackoff.Jitter"),
        ({"Kernel": {"StatusPollBackoff": {"Jitter": float("nan")}}}, "Kernel.StatusPollBackoff.Jitter"),
        ({"Kernel": {"StatusPollBackoff": {"Multiplier": True}}}, "Kernel.StatusPollBackoff.Multiplier"),
        ({"Kernel": {"StatusPollBackoff": {"MaxInterval": "5 m"}}}, "Kernel.StatusPollBackoff.MaxInterval"),
        ({"Kernel": {"StatusPollBackoff": {"Enabled": "yes"}}}, "Kernel.StatusPollBackoff.Enabled"),
        ({"Kernel": {"StatusPollBackoff": [1]}}, "Kernel.StatusPollBackoff"),
        ({"Kernel": {"StatusPollInterval": float("inf")}}, "Kernel.StatusPollInterval"),
        ({"Kernel": {"StatusPollInterval": 10**400}}, "Kernel.StatusPollInterval"),
        ({"Kernel": {"StatusPollInterval": "9" * 400 + "h"}}, "Kernel.StatusPollInterval"),
        ({"Kernel": {1: 2}}, "Kernel.1"),
        ({"Kernel": "on"}, "Kernel"),
        ({"Webhook": {"SharedTokens": "x"}}, "Webhook.SharedTokens"),
        ({"Webhook": {"SharedToken": 123}}, "Webhook.SharedToken"),
        ({"Webhook": {"AllowCIDRs": "10.0.0.0/8"}}, "Webhook.AllowCIDRs"),
        ({"Webhook": {"AllowCIDRs": 5}}, "Webhook.AllowCIDRs"),
        ({"Webhook": {"AllowCIDRs": ["10.0.0.0/8", "10.0.0.0/33"]}}, "Webhook.AllowCIDRs[1]"),
        ({"Webhook": {"TrustedProxies": [""]}}, "Webhook.TrustedProxies[0]"),
        ({"Webhook": {"AllowAnonymous": 1}}, "Webhook.AllowAnonymous"),
    ],
)
def test_an_error_names_the_path(document: dict[str, Any], path: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(document)
    assert caught.value.field == path


def test_tokens_are_not_shown() -> None:
    settings = WebhookSettings.from_mapping({"SharedToken": CANARY, "PreviousSharedToken": CANARY})
    assert CANARY not in repr(settings)
    with pytest.raises(ConfigurationError) as caught:
        WebhookSettings.from_mapping({"SharedToken": [CANARY]})
    assert CANARY not in str(caught.value)


def test_an_empty_token_is_none() -> None:
    assert WebhookSettings.from_mapping({"SharedToken": "  "}).shared_token is None


def test_networks_may_be_given_as_texts_in_python_too() -> None:
    assert WebhookSettings(allow_cidrs=("10.0.0.0/8",)).allow_cidrs == (ip_network("10.0.0.0/8"),)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=r"^trusted_proxies\[0\]: must be an address"):
        WebhookSettings(trusted_proxies=("here",))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            "Kernel: {StatusPollInterval: 1s, StatusPollInterval: 2s}",
            "in line 1: the key 'StatusPollInterval' stands twice",
        ),
        (f"\nWebhook:\n  SharedToken: '{CANARY}\n", "is not YAML in line"),
        ("Kernel: \x00", "a character that YAML does not allow"),
        ("- a\n- b", "must be a block of settings, not list"),
        ("!!python/object/apply:os.getcwd []", "is not YAML in line 1"),
        ("{[a]: b, [c]: d}", "is not YAML in line 1"),
        (f"Other:\n- 2024-13-45\n- {CANARY}", "is not YAML in line 2: a value is not what it looks like"),
        ("Other: !!timestamp x", "in line 1: a value is not"),
        ("Other: !!float abc", "in line 1: a value is not"),
        ("Other: !!int ''", "in line 1: a value is not"),
        ("Other: !!bool perhaps", "in line 1: a value is not"),
        ("Other: 0b_", "in line 1: a value is not"),
        ("[" * 1200, "is nested too deeply"),
    ],
)
def test_a_bad_file_is_named_without_its_content(tmp_path: Path, content: str, problem: str) -> None:
    file = tmp_path / "panel.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(file)
    assert caught.value.field == str(file)
    assert problem in caught.value.problem
    assert CANARY not in str(caught.value)


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    file = tmp_path / "panel.yaml"
    file.write_text("", encoding="utf-8")
    assert load_settings(file) == Settings()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_settings(tmp_path / "nowhere.yaml")
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"Name: \xe9")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_settings(latin)


def test_yaml_is_needed_for_files_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "znp_panel_sync._yaml", raising=False)
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert load_settings({"Kernel": {"StatusPollInterval": "1s"}}).kernel.status_poll_interval == 1
    with pytest.raises(ConfigurationError, match="needs PyYAML, which comes with the extra settings"):
        load_settings(tmp_path / "panel.yaml")
