"""What the generator's properties become in Python: their type, how they are decoded, and which classes they name."""

from collections.abc import Iterable, Iterator
from itertools import chain

from openapi_python_client.parser.properties import EnumProperty, ModelProperty, Property
from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.schemas import Class
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.strings import in_double_quote_literal


class Shapes:
    """Answers questions about properties. `models` are all models of the contract, with their properties worked out.

    A property that refers to a model may have been made before that model was worked out: it is looked up by name.
    """

    def __init__(self, models: Iterable[ModelProperty]) -> None:
        self._models = {str(model.class_info.name): model for model in models}

    def properties_of(self, model: ModelProperty) -> list[Property]:
        """Return the fields of a model, in the order of the contract within required and optional ones."""
        complete = self._models.get(str(model.class_info.name), model)
        return [*(complete.required_properties or []), *(complete.optional_properties or [])]

    def is_map(self, shape: Property) -> bool:
        """Whether an object has no fields of its own, so that it is a plain dictionary in Python."""
        return isinstance(shape, ModelProperty) and not self.properties_of(shape)

    def is_nullable(self, shape: Property) -> bool:
        """Whether the contract allows null for the property."""
        if isinstance(shape, UnionProperty):
            return any(self.is_nullable(inner) for inner in shape.inner_properties)
        return isinstance(shape, NoneProperty | AnyProperty)

    def type_of(self, shape: Property, *, required: bool | None = None) -> str:
        """Return the type annotation of a property; `required` overrides whether it must be present."""
        present = shape.required if required is None else required
        return " | ".join([*self._alternatives(shape), *([] if present else ["Unset"])])

    def _alternatives(self, shape: Property) -> list[str]:
        if isinstance(shape, UnionProperty):
            return self._union_alternatives(shape)
        if isinstance(shape, ListProperty):
            return [f"list[{self.type_of(shape.inner_property, required=True)}]"]
        if isinstance(shape, ModelProperty) and self.is_map(shape):
            return [f"dict[str, {self._values_of(shape)}]"]
        if isinstance(shape, ModelProperty | EnumProperty):
            return [str(shape.class_info.name)]
        return [shape.get_base_type_string().as_unembedded_code()]

    def _union_alternatives(self, shape: UnionProperty) -> list[str]:
        variants = _variants(shape)
        types = list(dict.fromkeys(chain.from_iterable(self._alternatives(variant) for variant in variants)))
        if len(variants) > 1:
            types.append("UnknownVariant")
        return [*types, "None"] if self.is_nullable(shape) else types

    def _values_of(self, model: ModelProperty) -> str:
        values = self._map_values(model)
        return "Any" if values is None else self.type_of(values, required=True)

    def _map_values(self, model: ModelProperty) -> Property | None:
        return self._models.get(str(model.class_info.name), model).additional_properties

    def decoder_of(self, shape: Property) -> str | None:
        """Return the expression of the property's decoder; None for a value that is taken as it is."""
        if isinstance(shape, UnionProperty):
            return self._union_decoder(shape)
        if isinstance(shape, ListProperty):
            return f"list_of({self._item_decoder(shape.inner_property)})"
        if isinstance(shape, ModelProperty) and self.is_map(shape):
            return f"map_of({self._item_decoder(self._map_values(shape))})"
        if isinstance(shape, ModelProperty):
            return f"{shape.class_info.name}.from_dict"
        if isinstance(shape, EnumProperty):
            return f"{shape.class_info.name}.from_json"
        return None

    def answer_decoder_of(self, shape: Property) -> str | None:
        """Return the expression of the decoder of a whole answer."""
        if isinstance(shape, ModelProperty) and not self.is_map(shape):
            return f"envelope({shape.class_info.name})"
        return self.decoder_of(shape)

    def _item_decoder(self, shape: Property | None) -> str:
        decoder = None if shape is None else self.decoder_of(shape)
        if shape is None or decoder is None:
            return ""
        return f"optional({decoder})" if self.is_nullable(shape) else decoder

    def _union_decoder(self, shape: UnionProperty) -> str | None:
        variants = _variants(shape)
        if len(variants) == 1:
            return self.decoder_of(variants[0])
        decoders = [decoder for decoder in map(self._variant_decoder, variants) if decoder]
        return f"union_of({', '.join(decoders)})" if decoders else None

    def _variant_decoder(self, shape: Property) -> str | None:
        if isinstance(shape, EnumProperty):
            return f"constant({shape.class_info.name})"
        if isinstance(shape, ModelProperty) and not self.is_map(shape):
            return f"variant({', '.join([str(shape.class_info.name), *self._tags(shape)])})"
        return self.decoder_of(shape)

    def _tags(self, model: ModelProperty) -> Iterator[str]:
        """Yield the fields whose only value tells this variant from others, as `(name, value)` in Python."""
        for field in self.properties_of(model):
            if field.required and isinstance(field, EnumProperty) and len(field.values) == 1:
                (value,) = field.values.values()
                literal = str(value) if isinstance(value, int) else f'"{value}"'
                yield f'("{in_double_quote_literal(field.name)}", {literal})'

    def classes_of(self, shapes: Iterable[Property]) -> list[Class]:
        """Return the classes that types and decoders of `shapes` name, each once, in the order of their names."""
        found = {str(info.name): info for shape in shapes for info in self._classes(shape)}
        return [found[name] for name in sorted(found)]

    def _classes(self, shape: Property | None) -> Iterator[Class]:
        if isinstance(shape, UnionProperty):
            for inner in shape.inner_properties:
                yield from self._classes(inner)
        elif isinstance(shape, ListProperty):
            yield from self._classes(shape.inner_property)
        elif isinstance(shape, ModelProperty) and self.is_map(shape):
            yield from self._classes(self._map_values(shape))
        elif isinstance(shape, ModelProperty | EnumProperty):
            yield shape.class_info


def _variants(shape: UnionProperty) -> list[Property]:
    return [inner for inner in shape.inner_properties if not isinstance(inner, NoneProperty)]
