"""The table of states, and the page that shows it."""

from pathlib import Path

import pytest

from znp_panel_sync.lease._states import TRANSITIONS, LeaseState, Signal, state_diagram

PAGE = Path(__file__).parents[3] / "docs" / "lease-states.md"


def test_every_state_has_a_row_and_every_signal_is_used() -> None:
    assert set(TRANSITIONS) == set(LeaseState)
    assert {signal for row in TRANSITIONS.values() for signal in row} == set(Signal)


def test_every_state_can_be_reached_and_stopped() -> None:
    for state, row in TRANSITIONS.items():
        assert any(state in others.values() for other, others in TRANSITIONS.items() if other is not state)
        assert state in (LeaseState.STOPPED, LeaseState.STOPPING) or row[Signal.STOP] is LeaseState.STOPPING


@pytest.mark.checkout
def test_the_page_shows_the_table_as_it_is() -> None:
    expected = f"```mermaid\n{state_diagram()}\n```\n"
    assert expected in PAGE.read_text(), f"put this into {PAGE}:\n{expected}"
