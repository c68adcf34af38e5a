"""The simulated kernel against the contract, judged by Schemathesis."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from znp_panel_sync.testing import KernelSimulator

CONTRACT = Path(__file__).parents[3] / "core.yaml"
CREDENTIALS = ("access-key", "secret-key")

contract = schemathesis.openapi.from_path(CONTRACT).exclude(tag="streams")


@pytest.fixture(scope="module")
def simulator() -> Iterator[KernelSimulator]:
    with KernelSimulator(access_key=CREDENTIALS[0], secret_key=CREDENTIALS[1]) as running:
        running.add_node("edge-1", profile={"tls": {}})
        running.add_user("7", allocated=100)
        running.add_provider("geo")
        yield running


@contract.parametrize()
@settings(
    max_examples=5,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture),
)
def test_no_answer_violates_the_contract(case: "schemathesis.Case[Any]", simulator: KernelSimulator) -> None:
    """All checks are on: statuses, media types, schemas, refusal of bad data, acceptance of good, auth, methods."""
    case.call_and_validate(base_url=simulator.url, auth=CREDENTIALS)
