"""Each single change of the contract gets its verdict, and its harmless twin raises no alarm."""

import pytest

from codegen.changes import Severity
from tests.unit.codegen.changes.mutations import BATTERY, Mutation, prepared
from tests.unit.codegen.changes.support import Editor, findings_between, findings_of, unprepared

by_name = pytest.mark.parametrize("mutation", BATTERY, ids=lambda mutation: mutation.name)


def test_there_are_at_least_forty_mutations_each_with_its_twin() -> None:
    assert len(BATTERY) >= 40
    assert all(mutation.twin is not None for mutation in BATTERY)
    assert len({mutation.name for mutation in BATTERY}) == len(BATTERY)


@by_name
def test_a_mutation_gets_its_verdict(mutation: Mutation) -> None:
    findings = findings_of(mutation.edit, prepared)
    assert [finding for finding in findings if mutation.expected.matches(finding)], findings
    assert max(finding.severity for finding in findings) is mutation.expected.severity


@by_name
def test_the_harmless_twin_raises_no_alarm(mutation: Mutation) -> None:
    assert mutation.twin is not None
    before, after = Editor(prepared), Editor(prepared)
    mutation.twin(after)
    assert repr(after.document) != repr(before.document)
    alarms = [each for each in findings_between(prepared, after) if each.severity > Severity.COMPATIBLE]
    assert alarms == []


def test_an_unchanged_contract_changes_nothing() -> None:
    assert findings_of(unprepared, unprepared) == []
