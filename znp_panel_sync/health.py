"""What a node's health on the wire means.

A kernel writes health externally tagged: the string `"Healthy"`, or an object with one key such as
`{"Degraded": {"consecutive_failures": 2}}`. Panels and callbacks write it as a word in lower case.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from attrs import frozen


class Health(StrEnum):
    """The health of a node or protocol; `UNKNOWN` is everything that says nothing we understand."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"


@frozen
class HealthReport:
    """A health, and how many checks in a row have failed (None: not said, or healthy)."""

    state: Health
    consecutive_failures: int | None = None

    def to_wire(self) -> object:
        """Return the JSON form that a kernel takes; None for `UNKNOWN`, which has no form on the wire."""
        if self.state is Health.UNKNOWN:
            return None
        tag = self.state.value.capitalize()
        if self.state is Health.HEALTHY:
            return tag
        return {tag: {"consecutive_failures": self.consecutive_failures or 0}}


_UNKNOWN: Final = HealthReport(Health.UNKNOWN)
_WORST_FIRST: Final = (Health.UNHEALTHY, Health.DEGRADED, Health.HEALTHY)


def read_health(value: object) -> HealthReport:
    """Read health from any form it comes in, and never raise: what is not understood is `UNKNOWN`.

    Takes the tagged JSON forms, a word in any case, a node's whole health state (`{"status": …,
    "consecutive_failures": …}`), the generated models of all these, and our own `Health` and `HealthReport`.
    """
    document = _document(value)
    return _read_state(document) if "status" in document else _read_status(value, document)


def _document(value: object) -> Mapping[str, object]:
    to_dict = getattr(value, "to_dict", None)
    document = to_dict() if callable(to_dict) else value
    if not isinstance(document, Mapping):
        return {}
    return {key.lower(): item for key, item in document.items() if isinstance(key, str)}


def _named(word: str, known: Iterable[Health]) -> Health:
    lowered = word.strip().lower()
    return next((health for health in known if health == lowered), Health.UNKNOWN)


def _read_status(value: object, document: Mapping[str, object]) -> HealthReport:
    if isinstance(value, HealthReport):
        return value
    return HealthReport(_named(value, _WORST_FIRST)) if isinstance(value, str) else _read_tagged(document)


def _read_state(document: Mapping[str, object]) -> HealthReport:
    status = document["status"]
    report = _read_status(status, _document(status))
    count = _failures(document)
    if report.consecutive_failures is None and report.state in (Health.DEGRADED, Health.UNHEALTHY):
        return HealthReport(report.state, count)
    return report


def _read_tagged(document: Mapping[str, object]) -> HealthReport:
    """Take the worst state that is named: an object that claims two of them is broken, not healthy."""
    for state in _WORST_FIRST:
        if state in document:
            return HealthReport(state, _failures(_document(document[state])))
    return _UNKNOWN


def _failures(document: Mapping[str, object]) -> int | None:
    count = document.get("consecutive_failures")
    return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None
