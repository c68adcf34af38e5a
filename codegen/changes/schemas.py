"""Comparing two schemas as they are met on the way to the kernel or back."""

from collections.abc import Iterator, Mapping, Set
from itertools import chain

from attrs import define, evolve, field, frozen

from codegen.changes.contract import Contract, Limit, Schema
from codegen.changes.findings import Audience, Change, Direction, Place

_UNLIMITED = Limit(None)


@frozen
class Use:
    """Where a schema is met, on which way, and by whom."""

    place: Place
    direction: Direction
    audience: Audience

    def at(self, place: Place) -> "Use":
        """Return the same use at another place."""
        return evolve(self, place=place)

    def change(self, kind: str, **details: object) -> Change:
        """Return a change found here."""
        texts = tuple((name, str(value)) for name, value in details.items())
        return Change(kind, self.place, self.direction, self.audience, texts)


@define
class SchemaComparer:
    """Compares schemas of two contracts, each pair once for each direction and audience: recursion ends there.

    `renamed` collects the classes that turned up under a new name, old name to new.
    """

    old: Contract
    new: Contract
    old_classes: Set[str]
    new_classes: Set[str]
    renamed: dict[str, str] = field(factory=dict)
    _seen: set[tuple[int, int, Direction, Audience]] = field(factory=set)
    _met: set[int] = field(factory=set)

    def compare(self, old: Schema, new: Schema, use: Use) -> Iterator[Change]:
        """Yield the changes from one schema to the other, and in all that they contain."""
        before, after = self.old.target(old), self.new.target(new)
        yield from _nullability(old.nullable or before.nullable, new.nullable or after.nullable, use)
        yield from self._apart_from_null(old, new, use)

    def _apart_from_null(self, old: Schema, new: Schema, use: Use) -> Iterator[Change]:
        before, after = self.old.target(old), self.new.target(new)
        yield from _default(old, new, use)
        yield from self._classes(before, after, use)
        if self._enter(before, after, use):
            yield from self._contents(before, after, use.at(Place(new.ref)) if old.ref and new.ref else use)

    def met(self, schema: Schema) -> bool:
        """Tell whether a schema of the old contract has been compared with anything."""
        return id(schema) in self._met

    def _enter(self, old: Schema, new: Schema, use: Use) -> bool:
        key = (id(old), id(new), use.direction, use.audience)
        fresh = key not in self._seen
        self._seen.add(key)
        self._met.add(id(old))
        return fresh

    def _classes(self, old: Schema, new: Schema, use: Use) -> Iterator[Change]:
        before, after = old.class_name, new.class_name
        here = evolve(use, direction=Direction.PYTHON)
        if _is_free_form(old) and new.properties and after in self.new_classes:
            yield here.change("class-for-dictionary", new=after)
        if before not in self.old_classes or after not in self.new_classes or before == after:
            return
        if before not in self.new_classes and after not in self.old_classes:
            self.renamed[str(before)] = str(after)
            yield here.at(Place(str(before))).change("class-renamed", old=before, new=after)
        else:
            yield here.change("class-changed", old=before, new=after)

    def _contents(self, old: Schema, new: Schema, use: Use) -> Iterator[Change]:
        if old.variants or new.variants:
            yield from self._unions(old, new, use)
            return
        kind = _type_change(old, new)
        if kind is not None:
            yield use.change(kind, old=_type_text(old), new=_type_text(new))
            return
        yield from _enums(old, new, use)
        yield from _limits(old.limits, new.limits, use)
        yield from self._fields(old, new, use)
        yield from self._further_fields(old, new, use)
        if old.items and new.items:
            yield from self.compare(old.items, new.items, use.at(use.place.below("[]")))

    def _fields(self, old: Schema, new: Schema, use: Use) -> Iterator[Change]:
        before, after = _visible(old, use.direction), _visible(new, use.direction)
        for name in before.keys() - after.keys():
            yield use.at(use.place.below(f".{name}")).change("field-removed", name=name)
        for name in after.keys() - before.keys():
            kind = "field-added-required" if name in new.required else "field-added"
            if old.closed and use.direction is Direction.RESPONSE:
                kind = "field-added-to-closed"
            yield use.at(use.place.below(f".{name}")).change(kind, name=name)
        for name in (name for name in before if name in after):
            inner = use.at(use.place.below(f".{name}"))
            yield from _presence(name in old.required, name in new.required, inner)
            yield from _deprecation(before[name], after[name], inner)
            yield from self.compare(before[name], after[name], inner)

    def _further_fields(self, old: Schema, new: Schema, use: Use) -> Iterator[Change]:
        if old.closed != new.closed:
            yield use.change("closed" if new.closed else "opened")
        elif old.values or new.values:
            inner = use.at(use.place.below(".*"))
            yield from self.compare(old.values or Schema(), new.values or Schema(), inner)

    def _unions(self, old: Schema, new: Schema, use: Use) -> Iterator[Change]:
        pairs, gone, fresh = self._paired(old.variants or (old,), new.variants or (new,))
        if not pairs:
            yield use.change("type-changed", old=_type_text(old), new=_type_text(new))
            return
        for variant in gone:
            yield use.change("variant-removed", variant=self._variant_text(variant, self.old))
        if fresh and not old.variants:
            yield use.change("type-widened", old=_type_text(old), new=_type_text(new))
            fresh = []
        for variant in fresh:
            yield use.change("variant-added", variant=self._variant_text(variant, self.new))
        # Where a bare schema stands for its only variant, null has been compared with the union around the other.
        compare = self.compare if old.variants and new.variants else self._apart_from_null
        for before, after in pairs:
            yield from self._tags(old, new, before, after, use)
            yield from compare(before, after, use)

    def _paired(
        self, old: tuple[Schema, ...], new: tuple[Schema, ...]
    ) -> tuple[list[tuple[Schema, Schema]], list[Schema], list[Schema]]:
        """Variants that belong together (by name, then by what they are made of), those gone, and those new."""
        pairs: list[tuple[Schema, Schema]] = []
        gone, fresh = list(old), list(new)
        for alike in (_same_name, self._same_shape):
            for before in tuple(gone):
                after = next((each for each in fresh if alike(before, each)), None)
                if after is not None:
                    pairs.append((before, after))
                    gone.remove(before)
                    fresh.remove(after)
        return pairs, gone, fresh

    def _same_shape(self, old: Schema, new: Schema) -> bool:
        return _shape(self.old.target(old)) == _shape(self.new.target(new))

    def _tags(self, old: Schema, new: Schema, before: Schema, after: Schema, use: Use) -> Iterator[Change]:
        told, tells = _told_by(old, before), _told_by(new, after)
        if told and tells and told != tells:
            yield use.change("tag-changed", variant=self._variant_text(after, self.new), old=told, new=tells)

    @staticmethod
    def _variant_text(variant: Schema, contract: Contract) -> str:
        return f"`{variant.ref}`" if variant.ref else _type_text(contract.target(variant))


def _nullability(old: bool, new: bool, use: Use) -> Iterator[Change]:
    if old != new:
        yield use.change("nullable" if new else "not-nullable")


def _default(old: Schema, new: Schema, use: Use) -> Iterator[Change]:
    if use.direction is Direction.REQUEST and old.default is not None and old.default != new.default:
        yield use.change("default-changed", old=old.default, new=new.default)


def _presence(old: bool, new: bool, use: Use) -> Iterator[Change]:
    if old != new:
        yield use.change("field-required" if new else "field-optional")


def _deprecation(old: Schema, new: Schema, use: Use) -> Iterator[Change]:
    if new.deprecated and not old.deprecated:
        yield use.change("field-deprecated")


def _visible(schema: Schema, direction: Direction) -> Mapping[str, Schema]:
    """Return the fields that go this way: what is read only is never sent, what is write only never comes."""
    if direction is Direction.REQUEST:
        return {name: each for name, each in schema.properties.items() if not each.read_only}
    return {name: each for name, each in schema.properties.items() if not each.write_only}


def _is_free_form(schema: Schema) -> bool:
    """Whether its values are plain dictionaries in Python, or may be."""
    return schema.type in {None, "object"} and not schema.properties and not schema.variants


def _type_change(old: Schema, new: Schema) -> str | None:
    if old.type == new.type:
        return None
    if new.type is None or (old.type, new.type) == ("integer", "number"):
        return "type-widened"
    if old.type is None or (old.type, new.type) == ("number", "integer"):
        return "type-narrowed"
    return "type-changed"


def _type_text(schema: Schema) -> str:
    return "a union" if schema.variants else schema.type or "any value"


def _enums(old: Schema, new: Schema, use: Use) -> Iterator[Change]:
    if old.enum is None and new.enum is None:
        return
    if old.enum is None or new.enum is None:
        values = ", ".join(f"`{value}`" for value in old.enum or new.enum or ())
        yield use.change("enum-lost" if old.enum else "enum-gained", values=values)
        return
    for value in old.enum:
        if value not in new.enum:
            yield use.change("enum-value-removed", value=value, member=old.members.get(value, value))
        elif old.members.get(value) != new.members.get(value):
            renamed = evolve(use, direction=Direction.PYTHON)
            yield renamed.change(
                "enum-member-renamed", value=value, old=old.members.get(value), new=new.members.get(value)
            )
    yield from (use.change("enum-value-added", value=value) for value in new.enum if value not in old.enum)


def _limits(old: Mapping[str, Limit], new: Mapping[str, Limit], use: Use) -> Iterator[Change]:
    for name in dict.fromkeys(chain(old, new)):
        before, after = old.get(name, _UNLIMITED), new.get(name, _UNLIMITED)
        if before != after:
            yield use.change(
                f"limit-{_limit_change(before, after)}",
                limit=name,
                old=_limit_text(before),
                new=_limit_text(after),
            )


def _limit_change(old: Limit, new: Limit) -> str:
    if new == _UNLIMITED:
        return "widened"
    if old == _UNLIMITED:
        return "narrowed"
    if old.order is None or new.order is None:
        return "changed"
    return "narrowed" if new.order > old.order else "widened"


def _limit_text(limit: Limit) -> str:
    return "unlimited" if limit == _UNLIMITED else f"`{limit.value}`"


def _same_name(old: Schema, new: Schema) -> bool:
    return old.ref is not None and old.ref == new.ref


def _shape(schema: Schema) -> tuple[object, ...]:
    return (schema.type, schema.enum, frozenset(schema.properties))


def _told_by(union: Schema, variant: Schema) -> str | None:
    """Return what tells this variant from the others of a union: field and value; None where nothing does."""
    if union.tag_property is None or variant.ref is None:
        return None
    return f"{union.tag_property}: {union.tags.get(variant.ref, variant.ref)}"
