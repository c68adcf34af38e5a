"""What the generator's properties become in Python: their types, how they are decoded, and which classes they name."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from openapi_python_client.parser.properties import EnumProperty, ModelProperty
from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol as Shape
from openapi_python_client.parser.properties.schemas import Class
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.strings import in_double_quote_literal


class NamedUnion(NamedTuple):
    """A named schema that is a union of at least two variants."""

    class_info: Class
    shape: UnionProperty


_NAME = re.compile(r"[^\W\d]\w*")


class Shapes:
    """Answers questions about properties.

    `models` are all models of the contract with their fields worked out, `unions` its named unions. A property that
    refers to a model may have been made before that model was worked out: it is looked up by name.
    """

    def __init__(
        self, models: Iterable[ModelProperty], enums: Iterable[EnumProperty], unions: Sequence[NamedUnion]
    ) -> None:
        self._models = {str(model.class_info.name): model for model in models}
        classes = [model.class_info for model in self._models.values() if not self.is_map(model)]
        classes += [enum.class_info for enum in enums]
        self.unions = unions
        self._classes = {str(info.name): info for info in (*classes, *(union.class_info for union in unions))}
        self._union_names: dict[tuple[str, ...], str] = {}
        for union in unions:
            self._union_names[tuple(self._written_out(union.shape))] = str(union.class_info.name)

    @property
    def classes(self) -> list[Class]:
        """All classes and names of unions that come out, in alphabetical order."""
        return [self._classes[name] for name in sorted(self._classes)]

    def classes_in(self, *codes: str) -> list[Class]:
        """Return the classes that pieces of code name, each once, in alphabetical order."""
        names = {name for code in codes for name in _NAME.findall(code)}
        return [info for info in self.classes if info.name in names]

    def fields_of(self, model: ModelProperty) -> list[Shape]:
        """Return the fields of a model: required ones first, else in the order of the contract."""
        complete = self._models.get(str(model.class_info.name), model)
        return [*(complete.required_properties or []), *(complete.optional_properties or [])]

    def is_map(self, shape: Shape) -> bool:
        """Whether an object has no fields of its own, so that it is a plain dictionary in Python."""
        return isinstance(shape, ModelProperty) and not self.fields_of(shape)

    def is_nullable(self, shape: Shape) -> bool:
        """Whether the contract allows null."""
        if isinstance(shape, UnionProperty):
            return any(self.is_nullable(inner) for inner in shape.inner_properties)
        return isinstance(shape, NoneProperty | AnyProperty)

    def type_of(self, shape: Shape, *, required: bool | None = None) -> str:
        """Return the type annotation; `required` overrides whether the value must be present."""
        present = shape.required if required is None else required
        return " | ".join([*self._alternatives(shape), *([] if present else ["Unset"])])

    def _alternatives(self, shape: Shape) -> list[str]:
        if isinstance(shape, UnionProperty):
            alternatives = self._written_out(shape)
            name = self._union_names.get(tuple(alternatives))
            return [*([name] if name else alternatives), *(["None"] if self.is_nullable(shape) else [])]
        if isinstance(shape, ListProperty):
            return [f"list[{self.type_of(shape.inner_property, required=True)}]"]
        if isinstance(shape, ModelProperty) and self.is_map(shape):
            values = self._map_values(shape)
            return [f"dict[str, {'Any' if values is None else self.type_of(values, required=True)}]"]
        if isinstance(shape, ModelProperty | EnumProperty):
            return [str(shape.class_info.name)]
        return [shape.get_base_type_string().as_unembedded_code()]

    def union_type_of(self, union: UnionProperty) -> str:
        """Return the alternatives of a union, even if it has a name."""
        return " | ".join(self._written_out(union))

    def _written_out(self, union: UnionProperty) -> list[str]:
        variants = variants_of(union)
        types = dict.fromkeys(code for variant in variants for code in self._alternatives(variant))
        return [*types, *(["UnknownVariant"] if len(variants) > 1 else [])]

    def _map_values(self, model: ModelProperty) -> Shape | None:
        return self._models.get(str(model.class_info.name), model).additional_properties

    def decoder_of(self, shape: Shape) -> str | None:
        """Return the expression of the decoder; None for a value that is taken as it is."""
        if isinstance(shape, UnionProperty):
            return self._union_decoder(shape)
        if isinstance(shape, ListProperty):
            return f"list_of({self._item_decoder(shape.inner_property)})"
        if isinstance(shape, ModelProperty) and self.is_map(shape):
            return f"map_of({self._item_decoder(self._map_values(shape))})"
        if isinstance(shape, ModelProperty):
            return f"{shape.class_info.name}.from_dict"
        return f"{shape.class_info.name}.from_json" if isinstance(shape, EnumProperty) else None

    def answer_decoder_of(self, shape: Shape) -> str | None:
        """Return the expression of the decoder of a whole answer."""
        if isinstance(shape, ModelProperty) and not self.is_map(shape):
            return f"envelope({shape.class_info.name})"
        return self.decoder_of(shape)

    def _item_decoder(self, shape: Shape | None) -> str:
        decoder = None if shape is None else self.decoder_of(shape)
        if shape is None or decoder is None:
            return ""
        return f"optional({decoder})" if self.is_nullable(shape) else decoder

    def _union_decoder(self, union: UnionProperty) -> str | None:
        variants = variants_of(union)
        if len(variants) == 1:
            return self.decoder_of(variants[0])
        decoders = [decoder for decoder in map(self._variant_decoder, variants) if decoder]
        return f"union_of({', '.join(decoders)})" if decoders else None

    def _variant_decoder(self, shape: Shape) -> str | None:
        if isinstance(shape, EnumProperty):
            return f"constant({shape.class_info.name})"
        if isinstance(shape, ModelProperty) and not self.is_map(shape):
            return f"variant({', '.join([str(shape.class_info.name), *self._tags(shape)])})"
        decoder = self.decoder_of(shape)
        return decoder and f"attempt({decoder})"

    def _tags(self, model: ModelProperty) -> Iterator[str]:
        """Yield the fields whose only value tells this variant from others, each as `(name, value)`."""
        for field in self.fields_of(model):
            if field.required and isinstance(field, EnumProperty) and len(field.values) == 1:
                (value,) = field.values.values()
                literal = str(value) if isinstance(value, int) else f'"{value}"'
                yield f'("{in_double_quote_literal(field.name)}", {literal})'


def variants_of(union: UnionProperty) -> list[Shape]:
    """Return the alternatives of a union other than null."""
    return [inner for inner in union.inner_properties if not isinstance(inner, NoneProperty)]
