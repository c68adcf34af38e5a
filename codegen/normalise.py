"""Repairs contracts as kernel people write them, in memory, so that the generator can digest them.

Each rule is one function that edits the copy it is given and yields what it did and where; on a contract that needs no
repair it yields nothing and changes nothing. `RULES` is their order: later rules rely on what earlier ones repaired.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from codegen.contract import Document, separate
from codegen.repairs import enums, operations, types, unions


class Repair(NamedTuple):
    """What one rule did at one place."""

    rule: str
    place: str
    """JSON pointer into the contract."""
    done: str


class Normalised(NamedTuple):
    """A repaired contract and all that was done to it."""

    document: Document
    repairs: list[Repair]


Rule = Callable[[Document], Iterator[tuple[str, str]]]

RULES: tuple[Rule, ...] = (
    types.write_titles_and_versions_as_text,
    types.write_statuses_as_text,
    types.describe_answers,
    types.keep_what_stands_beside_references,
    types.name_missing_types,
    types.complete_arrays,
    types.prefer_json,
    operations.declare_path_parameters,
    operations.require_path_parameters,
    operations.drop_stray_path_parameters,
    operations.leave_headers_to_the_transport,
    operations.name_operations,
    operations.tag_operations,
    types.move_nullable_to_uses,
    enums.list_null_among_nullable_values,
    types.name_nullable_shapes,
    unions.name_variants,
    unions.tag_discriminated_variants,
    unions.require_what_tells_variants_apart,
    enums.share_repeated_values,
    enums.tell_members_apart,
)


def normalise(document: Document) -> Normalised:
    """Return a repaired copy of `document` together with the repairs."""
    repaired = separate(document)
    repairs = [Repair(rule.__name__, place, done) for rule in RULES for place, done in rule(repaired)]
    return Normalised(repaired, repairs)
