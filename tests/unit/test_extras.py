"""Libraries that make things cheaper where they are installed."""

import json

from znp_panel_sync._extras import installed


def test_a_library_is_taken_where_it_is_installed() -> None:
    assert installed("json") is json
    assert installed("no_such_library_anywhere") is None
