"""A contract as the comparison sees it: operations, and schemas that know the class they become."""

from collections.abc import Mapping

from attrs import field, frozen

from codegen.changes.findings import Audience

_AGENT_OPERATIONS = frozenset({"register_protocol", "send_heartbeat", "deregister_protocol"})
_AGENT_ROUTES = frozenset(
    {
        ("post", "/v1/protocols/registrations"),
        ("delete", "/v1/protocols/registrations/{}"),
        ("post", "/v1/protocols/registrations/{}/heartbeat"),
    }
)


@frozen
class Limit:
    """A bound on a value, such as `maxLength`.

    `order` is the place of the bound on a scale where more is narrower, or None where two bounds cannot be ranked.
    """

    value: object
    order: tuple[float, ...] | None = None


@frozen(eq=False)
class Schema:
    """One schema. Two of them are never equal: what they accept is compared, and identity marks what was seen."""

    ref: str | None = None
    class_name: str | None = None
    type: str | None = None
    nullable: bool = False
    members: Mapping[str | int, str] = field(factory=dict)
    enum: tuple[str | int, ...] | None = None
    properties: Mapping[str, "Schema"] = field(factory=dict)
    required: frozenset[str] = frozenset()
    closed: bool = False
    values: "Schema | None" = None
    items: "Schema | None" = None
    variants: tuple["Schema", ...] = ()
    tag_property: str | None = None
    tags: Mapping[str, str] = field(factory=dict)
    limits: Mapping[str, Limit] = field(factory=dict)
    default: object = None
    deprecated: bool = False
    read_only: bool = False
    write_only: bool = False


@frozen(eq=False)
class Parameter:
    """One parameter of an operation; `style` is how an array or object is spelled in it."""

    place: str
    name: str
    required: bool
    schema: Schema
    style: tuple[str, bool]
    deprecated: bool = False


@frozen(eq=False)
class Body:
    """What an operation takes: a schema for each media type."""

    required: bool
    content: Mapping[str, Schema]


@frozen(eq=False)
class Operation:
    """One operation, with the names that the generator gives it.

    `route` is the path with the names of its parameters left out. `security` holds the alternatives, each a set of
    schemes that are needed together; an empty set means that no credentials are needed.
    """

    method: str
    path: str
    route: str
    operation_id: str | None
    python_name: str
    tag: str
    parameters: Mapping[tuple[str, str], Parameter]
    body: Body | None
    responses: Mapping[str, Mapping[str, Schema]]
    security: frozenset[frozenset[str]]
    deprecated: bool = False

    @property
    def label(self) -> str:
        """What a report calls it."""
        return self.operation_id or f"{self.method.upper()} {self.path}"

    @property
    def audience(self) -> Audience:
        """Who calls it: node agents register, beat and sign off; all else is for panels."""
        if self.operation_id in _AGENT_OPERATIONS or (self.method, self.route) in _AGENT_ROUTES:
            return Audience.AGENTS
        return Audience.PANELS

    @property
    def generated(self) -> bool:
        """Whether a function is generated for it; streams are left to hand-written code."""
        streams = any("text/event-stream" in content for content in self.responses.values())
        return not streams and "101" not in self.responses


@frozen(eq=False)
class Contract:
    """One revision of the contract; `version` is that of its `info`."""

    version: str
    operations: tuple[Operation, ...]
    schemas: Mapping[str, Schema]

    def target(self, schema: Schema) -> Schema:
        """Return the schema itself, or what it refers to in the end."""
        while schema.ref is not None:
            schema = self.schemas[schema.ref]
        return schema
