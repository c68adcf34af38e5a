"""What a cluster may be told, and what it refuses by name."""

import math
from typing import Any

import pytest

from znp_panel_sync import Cluster, ConfigurationError

URL = "redis://127.0.0.1:1"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"member": "panel-1.example"},
        {"ttl": 1, "tick": 0.1, "keep_assignment": 1},
        {"keep_assignment": math.inf},
        {"partitions": 1},
        {"member": "m" * 100},
    ],
)
def test_what_makes_sense_is_taken(options: dict[str, Any]) -> None:
    assert Cluster(URL, "panel", **options).version == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "a/b"),
        ("name", 7),
        ("name", "n" * 101),
        ("member", "über"),
        ("ttl", 0.5),
        ("ttl", math.inf),
        ("ttl", math.nan),
        ("ttl", "15"),
        ("ttl", True),
        ("tick", 0),
        ("tick", 5.1),
        ("partitions", 0),
        ("partitions", 65_537),
        ("partitions", 5.0),
        ("keep_assignment", 14.9),
        ("keep_assignment", -math.inf),
    ],
)
def test_what_does_not_is_refused_by_its_name(field: str, value: object) -> None:
    given: dict[str, Any] = {"name": "panel", "ttl": 15.0, "tick": 2.0, field: value}
    with pytest.raises(ConfigurationError) as raised:
        Cluster(URL, **given)
    assert raised.value.field == field
