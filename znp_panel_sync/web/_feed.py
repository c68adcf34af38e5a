"""What the page tells of the past: transitions and received events, newest last, and the dead letters. No I/O."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Final

from znp_panel_sync.events.ledger import StoredEvent
from znp_panel_sync.polling.model import StatusChange

ENTRIES: Final = 100
"""Entries that are remembered, and shown."""

LETTERS: Final = 50
"""Dead letters that are shown; more are shown when some of these are gone."""

SHOWN_BODY_BYTES: Final = 600


class Feed:
    """The newest entries, each with a number that grows; dead letters with the version of their list."""

    def __init__(self) -> None:
        self._entries: deque[tuple[int, Mapping[str, Any]]] = deque(maxlen=ENTRIES)
        self.last = 0
        """The number of the newest entry; 0 before the first."""
        self.letters: Sequence[Mapping[str, Any]] | None = None
        """The dead letters that are shown, oldest first; None where there is no ledger, or before it was read."""
        self.has_more_letters = False
        """Whether there are more than those."""
        self.letters_version = 0

    def add_transition(self, change: StatusChange, name: str) -> None:
        """Take a transition of the node that people call `name`."""
        self._add(
            {
                "kind": "transition",
                "at": change.at,
                "node": name,
                "previous": change.previous.value,
                "status": change.status.value,
                "reason": change.reason.value,
            }
        )

    def add_event(self, event: StoredEvent) -> None:
        """Take an event that was received."""
        self._add({"kind": "event", **_event_document(event), "source": event.source})

    def set_letters(self, letters: Sequence[StoredEvent]) -> bool:
        """Take the dead letters as they are now, at least one more than are shown; tell whether they have changed."""
        documents = [
            {**_event_document(letter), "attempts": letter.attempts, "error": letter.last_error}
            for letter in letters[:LETTERS]
        ]
        has_more = len(letters) > LETTERS
        if (documents, has_more) == (self.letters, self.has_more_letters):
            return False
        self.letters, self.has_more_letters = documents, has_more
        self.letters_version += 1
        return True

    def after(self, number: int) -> Sequence[Mapping[str, Any]]:
        """Return the entries with a number above `number`, oldest first."""
        return [document for own, document in self._entries if own > number]

    def _add(self, document: Mapping[str, Any]) -> None:
        self.last += 1
        self._entries.append((self.last, {"entry": self.last, **document}))


def _event_document(event: StoredEvent) -> dict[str, Any]:
    body = event.body[:SHOWN_BODY_BYTES].decode("utf-8", "replace")
    return {
        "number": event.number,
        "at": event.received_at_ms / 1000,
        "event": event.event,
        "lane": event.lane,
        "body": body if len(event.body) <= SHOWN_BODY_BYTES else f"{body}…",
    }
