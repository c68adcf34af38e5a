import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from znp_panel_sync.events._strict_json import MAX_DEPTH, MalformedJsonError, canonical_bytes, parse_strictly

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(values)
def test_what_the_standard_encoder_writes_is_read_as_it_was(value: object) -> None:
    assert parse_strictly(json.dumps(value).encode()) == value


@settings(deadline=None)
@given(values)
def test_the_canonical_form_is_read_as_the_same_and_stays_itself(value: object) -> None:
    text = canonical_bytes(value)
    assert canonical_bytes(parse_strictly(text)) == text


def test_the_canonical_form_knows_no_order_and_no_spaces() -> None:
    assert canonical_bytes({"b": 1, "a": ["é", 2]}) == '{"a":["é",2],"b":1}'.encode()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"NaN",
        b'{"used": NaN}',
        b"[Infinity]",
        b"[-Infinity]",
        b'{"a": 1, "a": 1}',
        b'{"outer": {"a": 1, "\\u0061": 2}}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": 01}',
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": 1} {"b": 2}',
        b'{"a": "line\nbreak"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 5000,
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(text: bytes) -> None:
    with pytest.raises(MalformedJsonError):
        parse_strictly(text)


def test_nesting_is_taken_up_to_its_bound() -> None:
    deepest = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert json.dumps(parse_strictly(deepest)).encode() == deepest


@pytest.mark.parametrize("value", [float("inf"), "\ud800", {"\udfff": 1}])
def test_values_without_a_form_in_utf8_json_have_no_canonical_form(value: object) -> None:
    with pytest.raises(MalformedJsonError):
        canonical_bytes(value)
