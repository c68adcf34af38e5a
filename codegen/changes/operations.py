"""Comparing the operations of two contracts."""

from collections.abc import Iterator, Mapping

from attrs import evolve, frozen

from codegen.changes.contract import Body, Contract, Operation, Parameter, Schema
from codegen.changes.findings import Change, Direction, Place
from codegen.changes.naming import argument_name
from codegen.changes.schemas import SchemaComparer, Use


@frozen
class OperationComparer:
    """Compares the operations of two contracts, one with one."""

    schemas: SchemaComparer

    def compare(self, old: Contract, new: Contract) -> Iterator[Change]:
        """Yield the changes of all operations, in the order of the old contract; new operations come last."""
        pairs, gone, fresh = _paired(old.operations, new.operations)
        for before, after in pairs:
            yield from self._operation(before, after)
        for operation in gone:
            yield _use(operation, Direction.REQUEST).change("operation-removed", operation=operation.label)
        for operation in fresh:
            yield _use(operation, Direction.REQUEST).change("operation-added", operation=operation.label)

    def _operation(self, old: Operation, new: Operation) -> Iterator[Change]:
        use = _use(new, Direction.REQUEST)
        yield from _route(old, new, use)
        yield from _names(old, new, use)
        yield from _security(old, new, use)
        yield from self._parameters(old, new, use)
        yield from self._body(old.body, new.body, _within(use, "body"))
        yield from self._responses(old, new, _use(new, Direction.RESPONSE))

    def _parameters(self, old: Operation, new: Operation, use: Use) -> Iterator[Change]:
        before, after = _by_position(old), _by_position(new)
        for key in before.keys() - after.keys():
            yield _of(before[key], use).change("parameter-removed", where=before[key].place, name=before[key].name)
        for key in after.keys() - before.keys():
            kind = "parameter-added-required" if after[key].required else "parameter-added"
            yield _of(after[key], use).change(kind, where=after[key].place, name=after[key].name)
        for key in (key for key in before if key in after):
            yield from self._parameter(before[key], after[key], _of(after[key], use))

    def _parameter(self, old: Parameter, new: Parameter, use: Use) -> Iterator[Change]:
        names = argument_name(old.name), argument_name(new.name)
        if names[0] != names[1]:
            yield evolve(use, direction=Direction.PYTHON).change("argument-renamed", old=names[0], new=names[1])
        if old.required != new.required:
            yield use.change("parameter-required" if new.required else "parameter-optional")
        if old.style != new.style:
            yield use.change("parameter-style", old=_style_text(old.style), new=_style_text(new.style))
        if new.deprecated and not old.deprecated:
            yield use.change("parameter-deprecated")
        yield from self.schemas.compare(old.schema, new.schema, use)

    def _body(self, old: Body | None, new: Body | None, use: Use) -> Iterator[Change]:
        if old is None and new is None:
            return
        if new is None:
            yield use.change("body-removed")
        elif old is None:
            yield use.change("body-added-required" if new.required else "body-added")
        else:
            if old.required != new.required:
                yield use.change("body-required" if new.required else "body-optional")
            yield from self._content(old.content, new.content, use)

    def _responses(self, old: Operation, new: Operation, use: Use) -> Iterator[Change]:
        for status in old.responses.keys() - new.responses.keys():
            yield _within(use, f"response {status}").change(f"{_outcome(status)}-removed", status=status)
        for status in new.responses.keys() - old.responses.keys():
            yield _within(use, f"response {status}").change(f"{_outcome(status)}-added", status=status)
        for status in (status for status in old.responses if status in new.responses):
            inner = _within(use, f"response {status}")
            yield from self._content(old.responses[status], new.responses[status], inner)

    def _content(self, old: Mapping[str, Schema], new: Mapping[str, Schema], use: Use) -> Iterator[Change]:
        yield from (use.change("media-type-removed", media=media) for media in old if media not in new)
        yield from (use.change("media-type-added", media=media) for media in new if media not in old)
        for media in (media for media in old if media in new):
            yield from self.schemas.compare(old[media], new[media], use)


def _paired(
    old: tuple[Operation, ...], new: tuple[Operation, ...]
) -> tuple[list[tuple[Operation, Operation]], list[Operation], list[Operation]]:
    """Operations that belong together: by method and route, then (for one that moved) by id."""
    pairs: list[tuple[Operation, Operation]] = []
    gone, fresh = list(old), list(new)
    for same in (_same_route, _same_id):
        for before in tuple(gone):
            after = next((each for each in fresh if same(before, each)), None)
            if after is not None:
                pairs.append((before, after))
                gone.remove(before)
                fresh.remove(after)
    return pairs, gone, fresh


def _same_route(old: Operation, new: Operation) -> bool:
    return (old.method, old.route) == (new.method, new.route)


def _same_id(old: Operation, new: Operation) -> bool:
    return old.operation_id is not None and old.operation_id == new.operation_id


def _use(operation: Operation, direction: Direction) -> Use:
    return Use(Place("", operation.label), direction, operation.audience)


def _within(use: Use, spot: str) -> Use:
    return use.at(use.place.below(spot))


def _of(parameter: Parameter, use: Use) -> Use:
    return _within(use, f"{parameter.place} {parameter.name}")


def _route(old: Operation, new: Operation, use: Use) -> Iterator[Change]:
    if not _same_route(old, new):
        yield use.change("operation-moved", old=_route_text(old), new=_route_text(new))
    if new.deprecated and not old.deprecated:
        yield use.change("operation-deprecated")


def _names(old: Operation, new: Operation, use: Use) -> Iterator[Change]:
    if not (old.generated and new.generated):
        return
    here = evolve(use, direction=Direction.PYTHON)
    if old.tag != new.tag:
        yield here.change("tag-renamed", old=old.tag, new=new.tag)
    if old.python_name != new.python_name:
        yield here.change("operation-renamed", old=old.python_name, new=new.python_name)


def _security(old: Operation, new: Operation, use: Use) -> Iterator[Change]:
    inner = _within(use, "security")
    # Whoever asks for no credentials at all turns nobody away that brings some.
    for alternative in () if new.security == {frozenset()} else old.security - new.security:
        yield inner.change("security-removed", scheme=_scheme_text(alternative))
    for alternative in new.security - old.security:
        yield inner.change("security-added", scheme=_scheme_text(alternative))


def _by_position(operation: Operation) -> Mapping[tuple[str, str], Parameter]:
    """Parameters by what tells them apart on the wire: those of the path by their position, others by name."""
    positions = iter(range(len(operation.parameters)))
    return {
        (place, str(next(positions)) if place == "path" else name.lower() if place == "header" else name): parameter
        for (place, name), parameter in operation.parameters.items()
    }


def _outcome(status: str) -> str:
    return "success" if status[0] in "123" else "error"


def _route_text(operation: Operation) -> str:
    return f"{operation.method.upper()} {operation.path}"


def _style_text(style: tuple[str, bool]) -> str:
    return f"{style[0]}{', exploded' if style[1] else ''}"


def _scheme_text(alternative: frozenset[str]) -> str:
    return " and ".join(sorted(alternative)) or "no credentials"
