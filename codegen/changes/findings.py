"""What a comparison finds: single changes, and the findings that they are judged to be."""

from collections.abc import Iterable
from enum import IntEnum, StrEnum

from attrs import field, frozen

_NAMED = 3
"""So many operations are named in a finding that they share; the rest are counted."""


class Severity(IntEnum):
    """How bad it is; what is worse is greater."""

    COMPATIBLE = 0
    RISKY = 1
    BREAKING = 2

    @property
    def label(self) -> str:
        """The word for it in a report."""
        return self.name.lower()


class Direction(StrEnum):
    """On which way the change is met."""

    REQUEST = "request"
    RESPONSE = "response"
    PYTHON = "python"
    """Not on the wire: in the names that importers use."""


class Audience(StrEnum):
    """Who meets the change."""

    PANELS = "panels"
    AGENTS = "agents"


@frozen
class Place:
    """Where a change is: in a component (`operation` is None) or in one operation."""

    spot: str
    operation: str | None = None

    def __str__(self) -> str:
        return " > ".join(part for part in (self.operation, self.spot) if part)

    def below(self, step: str) -> "Place":
        """Return the place one step further in."""
        return Place(self.spot + step, self.operation)


@frozen
class Change:
    """One difference, not yet judged. `kind` is a key of the rules; `details` fill the rule's text."""

    kind: str
    place: Place
    direction: Direction
    audience: Audience
    details: tuple[tuple[str, str], ...] = ()


def _request_first(directions: Iterable[Direction]) -> tuple[Direction, ...]:
    return tuple(direction for direction in Direction if direction in directions)


def _panels_first(audiences: Iterable[Audience]) -> tuple[Audience, ...]:
    return tuple(audience for audience in Audience if audience in audiences)


@frozen
class Finding:
    """One line of the report: what happened where, who is hit in which direction, how bad it is, what to do."""

    places: tuple[Place, ...]
    kind: str
    directions: tuple[Direction, ...] = field(converter=_request_first)
    hits: tuple[Audience, ...] = field(converter=_panels_first)
    severity: Severity
    what: str
    todo: str

    @property
    def where(self) -> str:
        """The place in short, also where many operations share one finding."""
        if len(self.places) == 1:
            return str(self.places[0])
        named = ", ".join(str(place.operation) for place in self.places[:_NAMED])
        more = len(self.places) - _NAMED
        operations = f"{named} and {more} more" if more > 0 else named
        return str(Place(self.places[0].spot, operations))

    @property
    def direction(self) -> str:
        """The direction as one word."""
        return self.directions[0].value if len(self.directions) == 1 else "both"

    @property
    def hit(self) -> str:
        """Who is hit, as one word."""
        return self.hits[0].value if len(self.hits) == 1 else "both"
