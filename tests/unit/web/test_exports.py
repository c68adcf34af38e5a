from importlib import import_module

import pytest

from znp_panel_sync import web


@pytest.mark.parametrize("name", web.__all__)
def test_a_name_is_what_its_home_calls_so(name: str) -> None:
    value = getattr(web, name)
    assert value is getattr(import_module(value.__module__), name)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'DeadPage'"):
        _ = web.DeadPage
