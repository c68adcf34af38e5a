"""A package that is generated once for all tests of one process."""

from pathlib import Path

import pytest

from codegen.generation import Outcome, build
from tests.unit.codegen.contracts import RAW


@pytest.fixture(scope="session")
def raw_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """Generate from the hand-made raw contract; return the package and what the run did."""
    output = tmp_path_factory.mktemp("raw") / "raw_client"
    return output, build(RAW, output)
