"""What one viewer is sent: everything at first, and then what has changed in what that viewer looks at. No I/O."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

from attrs import frozen

from znp_panel_sync.web._board import CONDITIONS, Board, Row
from znp_panel_sync.web._feed import Feed

SHOWN_ROWS: Final = 100
MOST_ROWS: Final = 1000
"""What a browser still draws without a pause; who has more nodes searches."""

SEARCHED_CHARACTERS: Final = 100
_TROUBLED: Final = frozenset({"unhealthy", "degraded"})

_FILTERS: Final[Mapping[str, frozenset[str]]] = {
    "online": frozenset({"online", *_TROUBLED}),
    "offline": frozenset({"offline"}),
    "degraded": _TROUBLED,
    "unknown": frozenset({"unknown"}),
    "disabled": frozenset({"disabled"}),
}
"""The conditions that each filter of the page lets through."""


@frozen
class Query:
    """What a viewer looks for: rows with all of these words, of these conditions, and how many of them at most."""

    words: tuple[str, ...] = ()
    conditions: frozenset[str] = frozenset(CONDITIONS)
    limit: int = SHOWN_ROWS

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, str]) -> Self:
        """Read `q`, `status` and `limit` of a URL; what cannot be used counts as not given."""
        limit = parameters.get("limit", "")
        usable = limit.isascii() and limit.isdigit() and len(limit) < 10
        return cls(
            words=tuple(parameters.get("q", "")[:SEARCHED_CHARACTERS].casefold().split()),
            conditions=_FILTERS.get(parameters.get("status", ""), frozenset(CONDITIONS)),
            limit=min(max(int(limit), 1), MOST_ROWS) if usable else SHOWN_ROWS,
        )

    def finds(self, row: Row) -> bool:
        """Tell whether a row is looked for."""
        return row.condition in self.conditions and all(word in row.searched for word in self.words)


class View:
    """Remembers what one viewer has been sent of a board and a feed."""

    def __init__(self, board: Board, feed: Feed, query: Query) -> None:
        self._board = board
        self._feed = feed
        self._query = query
        self._sent: dict[str, int] = {}
        self._seen = -1
        self._notices: dict[str, bool] = {}
        self._last_entry = 0
        self._letters_version = 0

    def news(self, **notices: bool) -> dict[str, Any]:
        """Return what the viewer does not know yet; empty where nothing is new.

        `notices` are what the page says at its top or does not, by name. `counts` and `found` come with `order`, the
        keys of the rows to show; `rows` are those of them that are new or have changed.
        """
        document: dict[str, Any] = dict(notices.items() - self._notices.items())
        self._notices = notices
        if self._board.version != self._seen:
            self._seen = self._board.version
            document |= self._rows()
        if self._feed.last != self._last_entry:
            document["feed"] = self._feed.after(self._last_entry)
            self._last_entry = self._feed.last
        if self._feed.letters_version != self._letters_version:
            document |= {"letters": self._feed.letters, "more_letters": self._feed.has_more_letters}
            self._letters_version = self._feed.letters_version
        return document

    def _rows(self) -> dict[str, Any]:
        found = [row for row in self._board.rows if self._query.finds(row)]
        shown = found[: self._query.limit]
        changed = [row.document for row in shown if self._sent.get(row.key) != row.version]
        self._sent = {row.key: row.version for row in shown}
        return {
            "counts": counts(self._board.rows),
            "found": len(found),
            "order": list(self._sent),
            "rows": changed,
        }


def counts(rows: Sequence[Row]) -> dict[str, int]:
    """Return how many rows each filter lets through, and how many there are."""
    by_condition = Counter(row.condition for row in rows)
    by_filter = {name: sum(by_condition[one] for one in conditions) for name, conditions in _FILTERS.items()}
    return {"all": len(rows), **by_filter}
