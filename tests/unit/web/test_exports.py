import sys
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


def test_a_missing_library_is_named_with_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "znp_panel_sync.web.page", raising=False)
    monkeypatch.setitem(sys.modules, "starlette.requests", None)

    with pytest.raises(ModuleNotFoundError, match=r"^LivePage needs starlette.requests, .*znp-panel-sync\[web\]"):
        _ = web.LivePage
