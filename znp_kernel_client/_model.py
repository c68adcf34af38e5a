"""How documents become models and models become documents again, without loss and at speed.

A field that the contract does not know, and a null where the contract has none, stay in `additional_properties` and go
back out as they came. A single value of another type than the contract says (a number for a string) is kept as it is;
a missing required field, or a list where an object belongs, is a `DecodeError`.

Functions that read and write a model are written and compiled at its first use, as attrs does for `__init__`: straight
lines of code for its fields take a third of the time that a loop over its table takes.
"""

from collections.abc import Callable, Mapping
from enum import Enum, IntEnum, StrEnum
from functools import partial
from typing import Any, ClassVar, NamedTuple, Self

from attrs import define, field, fields_dict

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
        model: Self = (_readers.get(cls) or _reader_of(cls))(src_dict)
        return model

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of this model; a field that is `UNSET` is absent, None is null."""
        return {name: to_json(value) for name, value in as_object(self).items()}


class _Table(NamedTuple):
    fields: dict[str, Field]
    required: frozenset[str]
    """Names on the wire."""


_tables: dict[Any, _Table] = {}
"""Tables of the models used so far. Two threads that meet here make equal ones."""

_readers: dict[Any, Decoder] = {}
_writers: dict[Any, Callable[[Any], dict[str, Any]]] = {}
"""What reads and writes the models used so far, made at the first use of each."""


def _table_of(model: type[Model]) -> _Table:
    table = _tables.get(model)
    if table is None:
        fields = model._fields()
        table = _Table(fields, frozenset(name for name, declared in fields.items() if declared.required))
        _tables[model] = table
    return table


def _reader_of(model: type[Model]) -> Decoder:
    """Return a function, written and compiled for this model, that makes it of an object which is as the contract says.

    Every other value goes to `_read_carefully`: fields nobody knows, nulls out of place, and what is an error. So do
    all values of subclasses with fields of their own, whose defaults only their constructor knows.
    """
    fields = _table_of(model).fields
    if len(fields_dict(model)) != len(fields) + 1:
        return _readers.setdefault(model, partial(_read_carefully, model))
    names: dict[str, Any] = {"UNSET": UNSET, "DecodeError": DecodeError, "model": model, "new": model.__new__}
    names["carefully"] = _read_carefully
    lines = [
        "def read(document, UNSET=UNSET, model=model, new=new):",
        "    if type(document) is not dict:",
        "        return carefully(model, document)",
        "    get = document.get",
        "    known = len(document)",
        "    self = new(model)",
        "    self.additional_properties = {}",
    ]
    for number, (name, (attribute, decode, nullable, required)) in enumerate(fields.items()):
        lines += [
            f"    self.{attribute} = value = get({name!r}, UNSET)",
            "    if value is UNSET:",
            "        return carefully(model, document)" if required else "        known += 1",
        ]
        if not nullable:
            lines += ["    elif value is None:", "        return carefully(model, document)"]
        if decode is not None:
            names[f"decode_{number}"] = _at_first_use(decode, names, f"decode_{number}")
            lines += [
                "    elif value is not None:" if nullable else "    else:",
                "        try:",
                f"            self.{attribute} = decode_{number}(value)",
                "        except DecodeError as error:",
                f"            raise error.inside({name!r}) from None",
            ]
    lines += [f"    return self if known == {len(fields)} else carefully(model, document)"]
    reader: Decoder = _compiled("read", lines, names)
    return _readers.setdefault(model, reader)


def _read_carefully(model: type[Model], document: Any) -> Any:
    if not isinstance(document, Mapping):
        raise DecodeError(f"expected an object for {model.__name__}, got {_kind(document)}")
    fields, required = _table_of(model)
    rest: dict[str, Any] = {}
    known: dict[str, Any] = {"additional_properties": rest}
    name = ""
    try:
        for name, value in document.items():
            attribute, decode, nullable, _ = fields.get(name, _UNKNOWN)
            if value is None and not nullable or not attribute:
                rest[name] = value
            elif decode is None or value is None:
                known[attribute] = value
            else:
                known[attribute] = decode(value)
    except DecodeError as error:
        raise error.inside(name) from None
    for name, declared in fields.items():
        if name in required and declared.attribute not in known:
            raise DecodeError(f"{model.__name__} needs {declared.attribute!r}, which is missing or null")
    return model(**known)


def _at_first_use(decode: Decoder, names: dict[str, Any], name: str) -> Decoder:
    """Return what takes the place of a decoder in `names` until it is used, as most answers use few of them."""

    def replace(value: Any) -> Any:
        names[name] = direct = _direct(decode)
        return direct(value)

    return replace


def _direct(decode: Decoder) -> Decoder:
    """Return the reader of a model for its `from_dict`, and any other decoder as it is."""
    model = getattr(decode, "__self__", None)
    if isinstance(model, type) and issubclass(model, Model):
        return _readers.get(model) or _reader_of(model)
    return decode


def as_object(value: Any) -> dict[str, Any]:
    """Return the JSON object of a model or of another mapping, whose values are still its own."""
    write = _writers.get(type(value))
    if write is not None:
        return write(value)
    if isinstance(value, Model):
        return _writer_of(type(value))(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _writer_of(model: type[Model]) -> Callable[[Any], dict[str, Any]]:
    """Return a function, written and compiled for this model, that gives its fields, without those that are absent."""
    fields = _table_of(model).fields
    lines = ["def write(self, UNSET=UNSET):", "    document = {"]
    lines += [f"        {name!r}: self.{declared.attribute}," for name, declared in fields.items()]
    lines += ["    }"]
    for name, declared in fields.items():
        lines += [f"    if self.{declared.attribute} is UNSET:", f"        del document[{name!r}]"]
    lines += [
        "    if self.additional_properties:",
        "        for name, value in self.additional_properties.items():",
        "            document.setdefault(name, value)",
        "    return document",
    ]
    writer: Callable[[Any], dict[str, Any]] = _compiled("write", lines, {"UNSET": UNSET})
    return _writers.setdefault(model, writer)


def _compiled(function: str, lines: list[str], names: dict[str, Any]) -> Any:
    exec("\n".join(lines), names)
    return names[function]


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

    read: Decoder | None = None

    def decode_list(value: Any) -> Any:
        nonlocal read
        if not isinstance(value, list):
            raise DecodeError(f"expected a list, got {_kind(value)}")
        if decode is None or not value:
            return value
        if read is None:
            read = _direct(decode)
        items: list[Any] = []
        try:
            items.extend(map(read, value))
        except DecodeError as error:
            raise error.inside(f"[{len(items)}]") from None
        return items

    return decode_list


def map_of(decode: Decoder | None = None) -> Decoder:
    """Return the decoder of an object whose values `decode` takes, whatever their names."""

    def decode_map(value: Any) -> Any:
        if not isinstance(value, dict):
            raise DecodeError(f"expected an object, got {_kind(value)}")
        if decode is None:
            return value
        items: dict[str, Any] = {}
        name = ""
        try:
            for name, item in value.items():
                items[name] = decode(item)
        except DecodeError as error:
            raise error.inside(name) from None
        return items

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
        if not isinstance(value, dict):
            return False
        for name, tag in tags:
            if value.get(name) != tag:
                return False
        fields, required = _table_of(model)
        return required <= value.keys() and (not model._closed or value.keys() <= fields.keys())

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


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
