"""From two contracts to the findings of the report."""

from collections.abc import Iterable, Iterator, Mapping

from attrs import evolve

from codegen.changes.classes import class_names
from codegen.changes.contract import Contract
from codegen.changes.findings import Audience, Change, Direction, Finding, Place
from codegen.changes.operations import OperationComparer
from codegen.changes.rules import RULES
from codegen.changes.schemas import SchemaComparer, Use

_Key = tuple[object, ...]


def compare(old: Contract, new: Contract) -> list[Finding]:
    """Return what changes from one contract to the other, the worst first; nothing where only prose differs."""
    findings = [_judged(changes) for changes in _grouped(_changes(old, new))]
    return worst_first(_joined(findings))


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings in the order in which a report tells them."""
    return sorted(findings, key=_rank)


def _changes(old: Contract, new: Contract) -> Iterator[Change]:
    before, after = class_names(old), class_names(new)
    schemas = SchemaComparer(old, new, before.keys(), after.keys())
    yield from OperationComparer(schemas).compare(old, new)
    yield from _pushed(old, new, schemas)
    yield from _classes(before, after.keys() | schemas.renamed.keys(), "class-removed")
    yield from _classes(after, before.keys() | set(schemas.renamed.values()), "class-added")


def _pushed(old: Contract, new: Contract, schemas: SchemaComparer) -> Iterator[Change]:
    """Schemas that no operation reaches describe what a kernel pushes to panels: frames and callbacks."""
    for name, schema in old.schemas.items():
        if name in new.schemas and not schemas.met(old.target(schema)):
            use = Use(Place(name), Direction.RESPONSE, Audience.PANELS)
            yield from schemas.compare(schema, new.schemas[name], use)


def _classes(these: Mapping[str, frozenset[Audience]], others: Iterable[str], kind: str) -> Iterator[Change]:
    for name in sorted(these.keys() - set(others)):
        for audience in these[name]:
            yield Use(Place(name), Direction.PYTHON, audience).change(kind, name=name)


def _grouped(changes: Iterable[Change]) -> Iterable[list[Change]]:
    """Gather the same change at the same place, met in several directions or by several audiences."""
    groups: dict[_Key, list[Change]] = {}
    for change in changes:
        groups.setdefault((change.place, change.kind, change.details), []).append(change)
    return groups.values()


def _judged(changes: list[Change]) -> Finding:
    """Judge one change: as bad as in the direction in which it is worst, and told for that direction."""
    first = changes[0]
    rule = RULES[first.kind]
    severity = max(rule.verdicts[change.direction].severity for change in changes)
    worst = [change for change in changes if rule.verdicts[change.direction].severity is severity]
    directions = sorted({change.direction for change in worst})
    todos = dict.fromkeys(rule.verdicts[direction].todo for direction in directions)
    ways = " and ".join(f"{direction}s" for direction in directions)
    return Finding(
        places=(first.place,),
        kind=first.kind,
        directions=directions,
        hits={change.audience for change in worst},
        severity=severity,
        what=rule.what.format(direction=ways, **dict(first.details)),
        todo=" ".join(todos).format(**dict(first.details)),
    )


def _joined(findings: Iterable[Finding]) -> list[Finding]:
    """Tell once what is found alike in several operations: a change of a shared response, or of security."""
    groups: dict[_Key, list[Finding]] = {}
    for finding in findings:
        place = finding.places[0]
        alike = (place.operation is not None, finding.kind, finding.what, finding.severity, finding.todo)
        groups.setdefault((place.spot, *alike), []).append(finding)
    return [
        evolve(
            group[0],
            places=tuple(place for finding in group for place in finding.places),
            hits={audience for finding in group for audience in finding.hits},
        )
        for group in groups.values()
    ]


def _rank(finding: Finding) -> tuple[int, str, str, str]:
    return (-finding.severity, finding.where, finding.kind, finding.what)
