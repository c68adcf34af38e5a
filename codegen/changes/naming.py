"""The Python names that the generator makes of the names in a contract.

They are computed by the generator's own functions, so that a rename is reported exactly where importers would see
one: `getHealth` and `get_health` are the same function, `NodeStatus` and `node_status` the same class.
"""

from collections.abc import Mapping, Sequence
from functools import cache

from attrs import frozen
from openapi_python_client.config import ConfigFile
from openapi_python_client.parser.openapi import generate_operation_id
from openapi_python_client.parser.properties.enum_property import EnumProperty
from openapi_python_client.parser.properties.schemas import Class
from openapi_python_client.schema.untrusted_string import UntrustedString
from openapi_python_client.strings import ClassName, PythonIdentifier, pascal_case

_FIELD_PREFIX = ConfigFile().field_prefix
_TAG_PREFIX = "tag"
_TAG_OF_UNTAGGED = "default"


@frozen
class Naming:
    """What a class for the schema at one spot is called after: the thing around it and its own name there."""

    parent: str
    name: str

    def class_name(self, title: str | None) -> str:
        """Return the name of the class, where a `title` (None: no title) stands in for the schema's own name."""
        return _class_name(self.parent, title or self.name)

    def item(self) -> "Naming":
        """Return the naming of an array's items."""
        return Naming(self.parent, f"{self.name}_item")

    def variant(self, index: int) -> "Naming":
        """Return the naming of one variant of a union."""
        return Naming(self.parent, f"{self.name}_type_{index}")


@cache
def _class_name(parent: str, name: str) -> str:
    return ClassName(pascal_case(parent) + pascal_case(name) if parent else name, _FIELD_PREFIX)


def operation_name(operation_id: str | None, method: str, path: str) -> str:
    """Return the name of an operation's module and method."""
    if operation_id is None:
        return generate_operation_id(path=UntrustedString(path), method=method, prefix=_FIELD_PREFIX)
    return PythonIdentifier(operation_id, _FIELD_PREFIX)


def tag_name(tags: Sequence[object]) -> str:
    """Return the package that an operation with these tags is found in: the first tag counts."""
    return PythonIdentifier(str(tags[0]) if tags else _TAG_OF_UNTAGGED, _TAG_PREFIX)


def argument_name(parameter: str) -> str:
    """Return the name of the argument that a parameter becomes."""
    return PythonIdentifier(parameter, _FIELD_PREFIX)


@cache
def member_names(values: tuple[str | int, ...], names: tuple[str, ...]) -> Mapping[str | int, str]:
    """Return the member of an enum class for each value; `names` are those of `x-enum-varnames`, empty without them.

    Empty for values that the generator cannot name apart.
    """
    anywhere = Class(ClassName("Enum", _FIELD_PREFIX), PythonIdentifier("enum", _FIELD_PREFIX))
    try:
        members = EnumProperty.values_from_list(list(values), anywhere, list(names))  # type: ignore[arg-type]
    except (ValueError, TypeError):  # it names texts and integers alone
        return {}
    return dict(zip(values, members, strict=True)) if len(members) == len(values) else {}
