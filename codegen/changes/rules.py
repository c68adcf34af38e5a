"""How each kind of change is judged, as a table.

A change is judged by the side that has to live with it while the other side is already new. On the way to the kernel
it breaks when the kernel takes less than before; on the way back when the kernel sends what it never sent before, or
leaves out what it always sent. Names that importers use break whoever imports them. A value that old clients keep
without understanding it (an unknown enum value, an unknown variant of a union) is risky, not breaking: the generated
client passes it through, but the code behind it has never seen it.
"""

from collections.abc import Mapping

from attrs import frozen

from codegen.changes.findings import Direction, Severity


@frozen
class Verdict:
    """How bad a change is in one direction, and what those who are hit do about it."""

    severity: Severity
    todo: str


@frozen
class Rule:
    """The text of one kind of change, and its verdict in each direction in which it can be met."""

    what: str
    verdicts: Mapping[Direction, Verdict]


def _breaking(todo: str) -> Verdict:
    return Verdict(Severity.BREAKING, todo)


def _risky(todo: str) -> Verdict:
    return Verdict(Severity.RISKY, todo)


def _fine(todo: str = "Nothing.") -> Verdict:
    return Verdict(Severity.COMPATIBLE, todo)


def _wire(what: str, request: Verdict, response: Verdict) -> Rule:
    return Rule(what, {Direction.REQUEST: request, Direction.RESPONSE: response})


def _sent(what: str, verdict: Verdict) -> Rule:
    return Rule(what, {Direction.REQUEST: verdict})


def _received(what: str, verdict: Verdict) -> Rule:
    return Rule(what, {Direction.RESPONSE: verdict})


def _named(what: str, verdict: Verdict) -> Rule:
    return Rule(what, {Direction.PYTHON: verdict})


_OPERATIONS = {
    "operation-removed": _sent(
        "The operation `{operation}` is gone.", _breaking("Stop calling it before the kernel is upgraded.")
    ),
    "operation-added": _sent("The operation `{operation}` is new.", _fine("Use it once every kernel has it.")),
    "operation-moved": _sent(
        "It moved from `{old}` to `{new}`.", _breaking("Upgrade the client and the kernel together.")
    ),
    "operation-deprecated": _sent("It is deprecated now.", _fine("Plan to stop calling it.")),
    "operation-renamed": _named("The method `{old}` is called `{new}` now.", _breaking("Rename calls and imports.")),
    "tag-renamed": _named(
        "It moved from the package `{old}` to `{new}`.",
        _breaking("Change `.{old}.` to `.{new}.` in calls and imports."),
    ),
    "argument-renamed": _named("The argument `{old}` is called `{new}` now.", _breaking("Rename it in calls.")),
}

_PARAMETERS = {
    "parameter-removed": _sent("The {where} parameter `{name}` is gone.", _breaking("Stop passing it.")),
    "parameter-added": _sent("The {where} parameter `{name}` is new, and optional.", _fine("Pass it where it helps.")),
    "parameter-added-required": _sent(
        "The {where} parameter `{name}` is new, and required.", _breaking("Pass it in every call.")
    ),
    "parameter-required": _sent("It is required now.", _breaking("Pass it in every call.")),
    "parameter-optional": _sent("It is optional now.", _fine()),
    "parameter-style": _sent(
        "It is spelled `{new}` instead of `{old}`.", _breaking("Upgrade the client and the kernel together.")
    ),
    "parameter-deprecated": _sent("It is deprecated now.", _fine("Plan to stop passing it.")),
}

_BODIES = {
    "body-removed": _sent("The request has no body any more.", _breaking("Stop passing a body.")),
    "body-added": _sent("The request may have a body now.", _fine("Pass one where it helps.")),
    "body-added-required": _sent("The request must have a body now.", _breaking("Pass one in every call.")),
    "body-required": _sent("The body is required now.", _breaking("Pass one in every call.")),
    "body-optional": _sent("The body is optional now.", _fine()),
    "media-type-removed": _wire(
        "`{media}` is gone.",
        _breaking("Send one of the media types that are left."),
        _breaking("Read one of the media types that are left."),
    ),
    "media-type-added": _wire("`{media}` is new.", _fine(), _fine()),
    "success-removed": _received(
        "Success is not answered with {status} any more.", _breaking("Do not wait for this status.")
    ),
    "success-added": _received(
        "Success may be answered with {status} now.",
        _breaking("Upgrade the client first: an old one takes this status for an error."),
    ),
    "error-removed": _received(
        "The error answer {status} is not documented any more.", _risky("Check code that waits for this status.")
    ),
    "error-added": _received("The error answer {status} is documented now.", _fine()),
    "security-removed": _sent(
        "Access with {scheme} is not accepted any more.", _breaking("Configure credentials of a kind that is accepted.")
    ),
    "security-added": _sent("Access with {scheme} is accepted now.", _fine()),
}

_KERNELS_FIRST = "Upgrade every kernel before the client: without the field, a new client cannot read the answer."

_FIELDS = {
    "field-removed": _wire(
        "The field `{name}` is gone from {direction}.",
        _breaking("Stop setting it."),
        _breaking("Do without it, or read it elsewhere."),
    ),
    "field-added": _wire("The field `{name}` is new.", _fine("Set it where it helps."), _fine()),
    "field-added-required": _wire(
        "The field `{name}` is new, and required.", _breaking("Set it in every request."), _risky(_KERNELS_FIRST)
    ),
    "field-added-to-closed": _received(
        "The field `{name}` is new where further fields were not accepted.",
        _risky("Upgrade the client first: an old one may not know the object for what it is, and pass it on raw."),
    ),
    "field-required": _wire("It is required now.", _breaking("Set it in every request."), _risky(_KERNELS_FIRST)),
    "field-optional": _wire("It is not required any more.", _fine(), _breaking("Expect it to be absent (`UNSET`).")),
    "field-deprecated": _wire(
        "It is deprecated now.", _fine("Plan to do without it."), _fine("Plan to do without it.")
    ),
    "nullable": _wire("It may be null now.", _fine(), _breaking("Expect `None`.")),
    "not-nullable": _wire("It may not be null any more.", _breaking("Leave it out instead of sending null."), _fine()),
    "closed": _wire(
        "Further fields are not accepted any more.",
        _breaking("Send only the fields of the contract."),
        _risky("Stop reading `additional_properties`."),
    ),
    "opened": _wire("Further fields are accepted now.", _fine(), _fine()),
    "default-changed": _sent(
        "Left out, it means `{new}` instead of `{old}`.", _risky("Pass the value that you rely on.")
    ),
}

_VALUES = {
    "type-changed": _wire(
        "It is {new} instead of {old}.",
        _breaking("Send the new type, together with the kernel's upgrade."),
        _breaking("Read the new type, together with the kernel's upgrade."),
    ),
    "type-widened": _wire(
        "It may be {new}, not only {old}.", _fine(), _breaking("Expect values of the further types.")
    ),
    "type-narrowed": _wire("It must be {new}, not just {old}.", _breaking("Send only the type that is left."), _fine()),
    "enum-gained": _wire(
        "Its values are listed now: {values}.",
        _breaking("Send only the values listed."),
        _risky("Compare with members of the new class; a value not listed stays plain text."),
    ),
    "enum-lost": _wire(
        "Its values are not listed any more; they were {values}.",
        _breaking("Pass plain values: the enum class is gone."),
        _breaking("Compare with plain values: the enum class is gone."),
    ),
    "enum-value-removed": _wire(
        "The value `{value}` is gone, and with it the member `{member}`.",
        _breaking("Stop sending it; stop using the member."),
        _breaking("It comes no more; stop using the member."),
    ),
    "enum-value-added": _wire(
        "The value `{value}` is new.",
        _fine("Send it once every kernel knows it."),
        _risky("Handle it, or unknown values."),
    ),
    "enum-member-renamed": _named(
        "The member for `{value}` is called `{new}` instead of `{old}`.", _breaking("Rename it in code.")
    ),
    "limit-narrowed": _wire("`{limit}` is {new} instead of {old}.", _breaking("Keep to the new limit."), _fine()),
    "limit-widened": _wire(
        "`{limit}` is {new} instead of {old}.", _fine(), _risky("Check code that relies on the old limit.")
    ),
    "limit-changed": _wire(
        "`{limit}` is {new} instead of {old}.",
        _breaking("Keep to the new limit."),
        _risky("Check code that relies on the old limit."),
    ),
    "variant-removed": _wire(
        "The variant {variant} is gone.", _breaking("Stop sending it."), _fine("It comes no more.")
    ),
    "variant-added": _wire(
        "The variant {variant} is new.",
        _fine("Send it once every kernel knows it."),
        _risky("Handle it, or unknown variants: an old client passes them on raw."),
    ),
    "tag-changed": _wire(
        "The variant {variant} is told by `{new}` instead of `{old}`.",
        _breaking("Upgrade the client and the kernel together."),
        _breaking("Upgrade the client and the kernel together."),
    ),
}

_CLASSES = {
    "class-removed": _named("The class `{name}` is gone.", _breaking("Stop importing it.")),
    "class-added": _named("The class `{name}` is new.", _fine()),
    "class-renamed": _named("The class `{old}` is called `{new}` now.", _breaking("Rename it in imports.")),
    "class-for-dictionary": _named(
        "It is an instance of `{new}` instead of a dictionary.", _breaking("Read attributes instead of keys.")
    ),
    "class-changed": _named(
        "It is an instance of `{new}` instead of `{old}`.", _risky("Check annotations and `isinstance`.")
    ),
}

RULES: Mapping[str, Rule] = {**_OPERATIONS, **_PARAMETERS, **_BODIES, **_FIELDS, **_VALUES, **_CLASSES}
