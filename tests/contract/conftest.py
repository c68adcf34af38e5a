import pytest

from tests.contract.document import Document, load_contract


@pytest.fixture
def contract() -> Document:
    """The committed contract; a test may change its copy."""
    return load_contract()
