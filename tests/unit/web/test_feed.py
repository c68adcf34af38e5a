from tests.unit.web.support import change, event
from znp_panel_sync.web._feed import ENTRIES, LETTERS, SHOWN_BODY_BYTES, Feed


def test_entries_tell_of_transitions_and_events() -> None:
    feed = Feed()
    feed.add_transition(change(1), "tokyo")
    feed.add_event(event(12))
    assert feed.after(0) == [
        {
            "entry": 1,
            "kind": "transition",
            "at": 100.0,
            "node": "tokyo",
            "previous": "online",
            "status": "offline",
            "reason": "refused",
        },
        {
            "entry": 2,
            "kind": "event",
            "number": 12,
            "at": 100.5,
            "event": "node_degraded",
            "lane": "node:edge-1",
            "body": '{"id":"edge-1"}',
            "source": "192.0.2.1",
        },
    ]
    assert [entry["entry"] for entry in feed.after(1)] == [2]


def test_only_the_newest_are_remembered() -> None:
    feed = Feed()
    for number in range(ENTRIES + 5):
        feed.add_event(event(number))
    assert feed.last == ENTRIES + 5
    assert [entry["number"] for entry in feed.after(0)] == list(range(5, ENTRIES + 5))


def test_a_long_body_is_cut_wherever_that_is() -> None:
    feed = Feed()
    feed.add_event(event(1, body="é".encode() * SHOWN_BODY_BYTES))
    feed.add_event(event(2, body=b"x" * SHOWN_BODY_BYTES))
    feed.add_event(event(3, body="xé".encode() * SHOWN_BODY_BYTES))
    cut, whole, split = (entry["body"] for entry in feed.after(0))
    assert cut == "é" * (SHOWN_BODY_BYTES // 2) + "…"
    assert whole == "x" * SHOWN_BODY_BYTES
    assert split.endswith("xé…")


def test_dead_letters_have_a_version() -> None:
    feed = Feed()
    assert (feed.letters, feed.letters_version) == (None, 0)
    assert feed.set_letters([event(3, attempts=10, last_error="ValueError: no")])
    assert feed.letters is not None
    assert [(letter["number"], letter["attempts"], letter["error"]) for letter in feed.letters] == [
        (3, 10, "ValueError: no")
    ]
    assert not feed.set_letters([event(3, attempts=10, last_error="ValueError: no")])
    assert feed.letters_version == 1
    assert feed.set_letters([])
    assert feed.letters_version == 2


def test_more_dead_letters_than_are_shown_are_told_of() -> None:
    feed = Feed()
    letters = [event(number, attempts=10) for number in range(LETTERS + 1)]
    assert feed.set_letters(letters)
    assert feed.letters is not None
    assert (len(feed.letters), feed.has_more_letters) == (LETTERS, True)
    assert feed.set_letters(letters[:-1]), "the last of those that were not shown has gone"
    assert (len(feed.letters), feed.has_more_letters) == (LETTERS, False)
