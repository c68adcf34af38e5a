"""How documents become models and models become documents again, without loss.

A field that the contract does not know, and a null where the contract has none, stay in `additional_properties` and go
back out as they came. A single value of another type than the contract says (a number for a string) is kept as it is;
a missing required field, or a list where an object belongs, is a `DecodeError`.
"""

from collections.abc import Callable, Mapping
from enum import Enum, IntEnum, StrEnum
from typing import Any, ClassVar, NamedTuple, Self

from attrs import define, field

from .errors import DecodeError
from .types import UNSET

Decoder = Callable[[Any], Any]


class Field(NamedTuple):
    """What the contract says of one field."""

    attribute: str
    decode: Decoder | None = None
    """None for a value that is taken as it is."""
    nullable: bool = False
    required: bool = False


_UNKNOWN = Field("")
"""Stands for a field that the contract does not know."""

_PLAIN = frozenset({str, int, float, bool, type(None)})
"""Types of values that are JSON as they are."""


@define(kw_only=True)
class Model:
    """Base of all models. Arguments are keyword-only: a new field in the contract shifts no argument."""

    additional_properties: dict[str, Any] = field(factory=dict, repr=False)
    """What the document has beyond the contract. Kept out of `repr`, as it may be secret."""

    _closed: ClassVar[bool] = False
    """Whether the contract forbids further fields. Only a union heeds this, to tell its variants apart."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        """Return the fields by their names on the wire. Called once a class, so that models import each other late."""
        raise NotImplementedError

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Return the model of a decoded JSON object, or raise `DecodeError`."""
        if type(src_dict) is not dict and not isinstance(src_dict, Mapping):
            raise DecodeError(f"expected an object for {cls.__name__}, got {_kind(src_dict)}")
        fields, required = _table_of(cls)
        rest: dict[str, Any] = {}
        known: dict[str, Any] = {"additional_properties": rest}
        name = ""
        try:
            for name, value in src_dict.items():
                attribute, decode, nullable, _ = fields.get(name, _UNKNOWN)
                if value is None and not nullable or not attribute:
                    rest[name] = value
                elif decode is None or value is None:
                    known[attribute] = value
                else:
                    known[attribute] = decode(value)
        except DecodeError as error:
            raise error.inside(name) from None
        for attribute in required:
            if attribute not in known:
                raise DecodeError(f"{cls.__name__} needs {attribute!r}, which is missing or null")
        return cls(**known)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of this model; a field that is `UNSET` is absent, None is null."""
        document: dict[str, Any] = {}
        for name, (attribute, *_) in _table_of(type(self)).fields.items():
            value = getattr(self, attribute)
            if value is not UNSET:
                document[name] = value if type(value) in _PLAIN else to_json(value)
        for name, value in self.additional_properties.items():
            if name not in document:
                document[name] = to_json(value)
        return document


class _Table(NamedTuple):
    fields: dict[str, Field]
    required: tuple[str, ...]
    """Attributes, not names on the wire."""


_tables: dict[Any, _Table] = {}
"""Tables of the models used so far. Two threads that meet here make equal ones."""


def _table_of(model: type[Model]) -> _Table:
    table = _tables.get(model)
    if table is None:
        fields = model._fields()
        table = _Table(fields, tuple(declared.attribute for declared in fields.values() if declared.required))
        _tables[model] = table
    return table


class OpenStrEnum(StrEnum):
    """An enumeration that takes values which the contract does not know.

    Such a value becomes a member that is not listed: it equals its string, and is sent as it came.
    """

    @classmethod
    def _missing_(cls, value: object) -> "OpenStrEnum | None":
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = member._value_ = value
        return member

    @classmethod
    def from_json(cls, value: Any) -> Any:
        """Return the member for a string; anything else is kept as it is."""
        if not isinstance(value, str):
            return value
        return cls._value2member_map_.get(value) or cls(value)


class OpenIntEnum(IntEnum):
    """An enumeration of integers that takes values which the contract does not know."""

    @classmethod
    def _missing_(cls, value: object) -> "OpenIntEnum | None":
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_, member._value_ = str(value), value
        return member

    @classmethod
    def from_json(cls, value: Any) -> Any:
        """Return the member for an integer; anything else is kept as it is."""
        return cls(value) if isinstance(value, int) and not isinstance(value, bool) else value


def list_of(decode: Decoder | None = None) -> Decoder:
    """Return the decoder of a list whose items `decode` takes."""

    def decode_list(value: Any) -> Any:
        if not isinstance(value, list):
            raise DecodeError(f"expected a list, got {_kind(value)}")
        if decode is None:
            return value
        try:
            return [decode(item) for item in value]
        except DecodeError:
            return [_decode_at(f"[{index}]", decode, item) for index, item in enumerate(value)]

    return decode_list


def map_of(decode: Decoder | None = None) -> Decoder:
    """Return the decoder of an object whose values `decode` takes, whatever their names."""

    def decode_map(value: Any) -> Any:
        if not isinstance(value, dict):
            raise DecodeError(f"expected an object, got {_kind(value)}")
        if decode is None:
            return value
        try:
            return {name: decode(item) for name, item in value.items()}
        except DecodeError:
            return {name: _decode_at(name, decode, item) for name, item in value.items()}

    return decode_map


def optional(decode: Decoder) -> Decoder:
    """Return the decoder that takes null too."""
    return lambda value: None if value is None else decode(value)


class Variant(NamedTuple):
    """One alternative of a union."""

    fits: Callable[[Any], bool]
    """Tells from the outside of a value whether it can be this variant."""
    decode: Decoder


def union_of(*variants: Variant) -> Decoder:
    """Return the decoder that takes the first variant which fits, and keeps what fits none as it is."""

    def decode_union(value: Any) -> Any:
        for fits, decode in variants:
            if fits(value):
                try:
                    return decode(value)
                except DecodeError:
                    continue
        return value

    return decode_union


def variant(model: type[Model], *tags: tuple[str, str | int]) -> Variant:
    """Return the variant that is told from others by `tags`, names of fields and their values, and its fields."""

    def fits(value: Any) -> bool:
        if not isinstance(value, dict) or any(value.get(name) != tag for name, tag in tags):
            return False
        fields = _table_of(model).fields
        if model._closed and not value.keys() <= fields.keys():
            return False
        return all(name in value for name, declared in fields.items() if declared.required)

    return Variant(fits, model.from_dict)


def constant(enumeration: type[OpenStrEnum] | type[OpenIntEnum]) -> Variant:
    """Return the variant that is one of the listed values, and no other."""
    listed = {member.value: member for member in enumeration}
    return Variant(lambda value: type(value) in (str, int) and value in listed, listed.__getitem__)


def attempt(decode: Decoder) -> Variant:
    """Return the variant that is tried on every value."""
    return Variant(lambda _: True, decode)


def envelope(model: type[Model]) -> Decoder:
    """Return the decoder of a whole answer.

    Nearly nothing is required in most models, so an error page in JSON would pass for a model with nothing set. An
    object that shares no field with the model is refused therefore; an empty one is not.
    """

    def decode_envelope(value: Any) -> Any:
        if isinstance(value, dict) and value and _table_of(model).fields.keys().isdisjoint(value):
            raise DecodeError(f"an object with no field of {model.__name__}: {', '.join(sorted(value)[:5])}")
        return model.from_dict(value)

    return decode_envelope


def to_json(value: Any) -> Any:
    """Return what `json.dumps` takes for a model, an enumeration's member, or a container of such."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Model):
        return value.to_dict()
    if isinstance(value, Enum) and value is not UNSET:
        return value.value
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, Mapping):
        return {name: to_json(item) for name, item in value.items()}
    return value


def _decode_at(place: str, decode: Decoder, value: Any) -> Any:
    try:
        return decode(value)
    except DecodeError as error:
        raise error.inside(place) from None


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
