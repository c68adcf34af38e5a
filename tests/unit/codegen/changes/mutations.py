"""The battery: single changes of the contract, each with its verdict and with a harmless twin."""

from collections.abc import Callable

from attrs import define

from codegen.changes import Severity
from tests.unit.codegen.changes.support import AGENTS, BOTH, PANELS, Edit, Editor, Expected

BREAKING, RISKY = Severity.BREAKING, Severity.RISKY


@define
class Mutation:
    """A change of the contract, what is to be found, and a change that looks like it but hurts nobody."""

    name: str
    edit: Edit
    expected: Expected
    twin: Edit | None = None

    def harmless(self, twin: Edit) -> Edit:
        self.twin = twin
        return twin


BATTERY: list[Mutation] = []


def mutation(
    kind: str, place: str, direction: str, hit: str, severity: Severity = BREAKING
) -> Callable[[Edit], Mutation]:
    """Enter a function into the battery with the verdict that is expected on it."""

    def enter(edit: Edit) -> Mutation:
        entry = Mutation(edit.__name__, edit, Expected(severity, kind, place, direction, hit))
        BATTERY.append(entry)
        return entry

    return enter


# --- fields that come back ---


@mutation("field-removed", "NodeStatus.protocol", "response", PANELS)
def response_field_vanishes(contract: Editor) -> None:
    del contract.fields("NodeStatus")["protocol"]


@response_field_vanishes.harmless
def response_field_appears(contract: Editor) -> None:
    contract.fields("NodeStatus")["region"] = {"type": "string"}


@mutation("field-removed", "ProtocolRegistrationResponse.heartbeat_interval_seconds", "response", AGENTS)
def lease_interval_vanishes(contract: Editor) -> None:
    del contract.fields("ProtocolRegistrationResponse")["heartbeat_interval_seconds"]


@lease_interval_vanishes.harmless
def lease_fields_change_their_order(contract: Editor) -> None:
    fields = contract.fields("ProtocolRegistrationResponse")
    contract.schemas["ProtocolRegistrationResponse"]["properties"] = dict(reversed(fields.items()))


@mutation("nullable", "MemoryStatus.resident_bytes", "response", PANELS)
def response_field_becomes_nullable(contract: Editor) -> None:
    contract.fields("MemoryStatus")["resident_bytes"]["nullable"] = True


@response_field_becomes_nullable.harmless
def response_field_says_it_is_not_nullable(contract: Editor) -> None:
    contract.fields("MemoryStatus")["resident_bytes"]["nullable"] = False


@mutation("nullable", "ProtocolHeartbeatResponse.health", "response", AGENTS)
def reference_becomes_nullable(contract: Editor) -> None:
    reference = {"$ref": "#/components/schemas/NodeHealthState"}
    contract.fields("ProtocolHeartbeatResponse")["health"] = {"allOf": [reference], "nullable": True}


@reference_becomes_nullable.harmless
def reference_is_wrapped_for_prose(contract: Editor) -> None:
    reference = {"$ref": "#/components/schemas/NodeHealthState"}
    contract.fields("ProtocolHeartbeatResponse")["health"] = {"allOf": [reference], "description": "As counted."}


@mutation("field-optional", "StatusResponse.snapshot", "response", PANELS)
def response_field_is_not_required_any_more(contract: Editor) -> None:
    del contract.schemas["StatusResponse"]["required"]


@response_field_is_not_required_any_more.harmless
def list_of_required_fields_is_spelled_out(contract: Editor) -> None:
    contract.schemas["NodeConnectionStatus"]["required"] = []


@mutation("field-required", "NodeConnectionStatus.node_id", "response", PANELS, RISKY)
def response_field_becomes_required(contract: Editor) -> None:
    contract.schemas["NodeConnectionStatus"]["required"] = ["node_id"]


@response_field_becomes_required.harmless
def response_field_that_is_not_required_gets_a_lower_bound(contract: Editor) -> None:
    contract.fields("NodeConnectionStatus")["node_id"]["minLength"] = 1


@mutation("field-added-required", "UserCreateResponse.plan", "response", PANELS, RISKY)
def required_response_field_is_added(contract: Editor) -> None:
    contract.fields("UserCreateResponse")["plan"] = {"type": "string"}
    contract.schemas["UserCreateResponse"].setdefault("required", []).append("plan")


@required_response_field_is_added.harmless
def optional_response_field_is_added(contract: Editor) -> None:
    contract.fields("UserCreateResponse")["plan"] = {"type": "string"}


@mutation("field-added-to-closed", "DegradedStatus.since_ms", "response", BOTH, RISKY)
def field_is_added_to_a_closed_variant(contract: Editor) -> None:
    contract.fields("DegradedStatus")["since_ms"] = {"type": "integer", "format": "int64"}


@field_is_added_to_a_closed_variant.harmless
def field_is_added_within_a_closed_variant(contract: Editor) -> None:
    contract.fields("HealthFailureCount")["since_ms"] = {"type": "integer", "format": "int64"}


@mutation("class-for-dictionary", "TlsNodeDetail.profile", "python", PANELS)
def free_form_object_gets_fields(contract: Editor) -> None:
    contract.fields("TlsNodeDetail")["profile"] = {"type": "object", "properties": {"alpn": {"type": "string"}}}


@free_form_object_gets_fields.harmless
def free_form_object_moves_to_a_component(contract: Editor) -> None:
    contract.schemas["TlsProfile"] = contract.fields("TlsNodeDetail")["profile"]
    contract.fields("TlsNodeDetail")["profile"] = {"$ref": "#/components/schemas/TlsProfile"}


@mutation("field-optional", "ErrorResponse.message", "response", BOTH)
def error_message_is_not_required_any_more(contract: Editor) -> None:
    contract.schemas["ErrorResponse"]["required"].remove("message")


@error_message_is_not_required_any_more.harmless
def required_fields_change_their_order(contract: Editor) -> None:
    contract.schemas["ErrorResponse"]["required"].reverse()


@mutation("type-changed", "AuditRecord.timestamp_ms", "response", PANELS)
def response_field_changes_its_type(contract: Editor) -> None:
    contract.fields("AuditRecord")["timestamp_ms"] = {"type": "string", "format": "date-time"}


@response_field_changes_its_type.harmless
def response_field_changes_its_description_and_example(contract: Editor) -> None:
    contract.fields("AuditRecord")["timestamp_ms"] |= {"description": "When.", "example": 5, "title": "Time"}


@mutation("type-changed", "InterfaceSummary.addresses", "response", PANELS)
def list_becomes_an_object(contract: Editor) -> None:
    contract.fields("InterfaceSummary")["addresses"] = {"type": "object"}


@list_becomes_an_object.harmless
def list_gets_an_upper_bound(contract: Editor) -> None:
    contract.fields("InterfaceSummary")["addresses"]["maxItems"] = 64


@mutation("type-widened", "HttpStatus.total_nodes", "response", PANELS)
def integer_becomes_number_in_a_response(contract: Editor) -> None:
    contract.fields("HttpStatus")["total_nodes"]["type"] = "number"


@mutation("type-widened", "NodeStatus.protocol", "response", PANELS)
def text_may_be_an_object_in_a_response(contract: Editor) -> None:
    contract.fields("NodeStatus")["protocol"] = {"oneOf": [{"type": "string"}, {"type": "object"}]}


@text_may_be_an_object_in_a_response.harmless
def nullable_text_is_wrapped_in_a_union(contract: Editor) -> None:
    contract.fields("NodeStatus")["description"] = {"oneOf": [{"type": "string"}], "nullable": True}


@integer_becomes_number_in_a_response.harmless
def integer_loses_its_format(contract: Editor) -> None:
    contract.fields("HttpStatus")["total_nodes"].pop("format", None)


@mutation("type-changed", "RateLimitOverridesSnapshot.endpoints.*", "response", PANELS)
def values_of_a_map_change_their_type(contract: Editor) -> None:
    contract.fields("RateLimitOverridesSnapshot")["endpoints"]["additionalProperties"] = {"type": "string"}


@values_of_a_map_change_their_type.harmless
def free_form_object_is_spelled_otherwise(contract: Editor) -> None:
    contract.fields("TlsNodeDetail")["profile"]["additionalProperties"] = {}


@mutation("type-changed", "StrategyStatus.candidates[]", "response", PANELS)
def items_of_a_list_change_their_type(contract: Editor) -> None:
    contract.fields("StrategyStatus")["candidates"]["items"]["type"] = "integer"


@items_of_a_list_change_their_type.harmless
def items_of_a_list_are_described(contract: Editor) -> None:
    contract.fields("StrategyStatus")["candidates"]["items"]["description"] = "A node's id."


@mutation("type-changed", "list_users > response 200", "response", PANELS)
def list_gets_an_envelope(contract: Editor) -> None:
    content = contract.operation("list_users")["responses"]["200"]["content"]
    content["application/json"]["schema"] = {"type": "object", "additionalProperties": True}


@list_gets_an_envelope.harmless
def list_is_moved_to_a_component(contract: Editor) -> None:
    content = contract.operation("list_users")["responses"]["200"]["content"]
    contract.schemas["Users"] = content["application/json"]["schema"]
    content["application/json"]["schema"] = {"$ref": "#/components/schemas/Users"}


# --- fields that are sent ---


@mutation("field-required", "ProtocolRegistrationRequest.listen", "request", AGENTS)
def request_field_becomes_required(contract: Editor) -> None:
    contract.schemas["ProtocolRegistrationRequest"]["required"].append("listen")


@request_field_becomes_required.harmless
def request_field_becomes_optional(contract: Editor) -> None:
    contract.schemas["ProtocolRegistrationRequest"]["required"].remove("role")


@mutation("field-required", "User.tags", "request", PANELS)
def field_of_a_list_of_users_becomes_required(contract: Editor) -> None:
    contract.schemas["User"]["required"].append("tags")


@field_of_a_list_of_users_becomes_required.harmless
def field_of_a_list_of_users_becomes_optional(contract: Editor) -> None:
    contract.schemas["User"]["required"].pop()


@mutation("not-nullable", "ProtocolHeartbeatRequest.message", "request", AGENTS)
def request_field_loses_nullable(contract: Editor) -> None:
    del contract.fields("ProtocolHeartbeatRequest")["message"]["nullable"]


@mutation("not-nullable", "ProtocolHeartbeatRequest.message", "request", AGENTS)
def nullable_text_becomes_a_union_without_null(contract: Editor) -> None:
    contract.fields("ProtocolHeartbeatRequest")["message"] = {"oneOf": [{"type": "string"}, {"type": "integer"}]}


@nullable_text_becomes_a_union_without_null.harmless
def nullable_text_becomes_a_union_with_null(contract: Editor) -> None:
    union = {"oneOf": [{"type": "string"}, {"type": "integer"}], "nullable": True}
    contract.fields("ProtocolHeartbeatRequest")["message"] = union


@request_field_loses_nullable.harmless
def response_field_loses_nullable(contract: Editor) -> None:
    del contract.fields("ProtocolHeartbeatResponse")["expires_at_ms"]["nullable"]


@mutation("not-nullable", "RatePatch.up", "request", PANELS)
def patch_cannot_clear_a_limit_any_more(contract: Editor) -> None:
    contract.fields("RatePatch")["up"]["nullable"] = False


@patch_cannot_clear_a_limit_any_more.harmless
def patch_can_clear_one_more_field(contract: Editor) -> None:
    contract.fields("TrafficPatch")["allocated"]["nullable"] = True


@mutation("field-removed", "EventRegistrationRequest.secret", "request", PANELS)
def request_field_is_removed(contract: Editor) -> None:
    del contract.fields("EventRegistrationRequest")["secret"]


@request_field_is_removed.harmless
def optional_request_field_is_added(contract: Editor) -> None:
    contract.fields("EventRegistrationRequest")["node_id"] = {"type": "string"}


@mutation("field-added-required", "UserCreateRequest.plan", "request", PANELS)
def required_request_field_is_added(contract: Editor) -> None:
    contract.fields("UserCreateRequest")["plan"] = {"type": "string"}
    contract.schemas["UserCreateRequest"]["required"].append("plan")


@required_request_field_is_added.harmless
def request_field_with_a_default_is_added(contract: Editor) -> None:
    contract.fields("UserCreateRequest")["plan"] = {"type": "string", "default": "free"}


@mutation("limit-narrowed", "RateLimitOverrideRequest.max_requests_per_minute", "request", PANELS)
def request_field_gets_an_upper_bound(contract: Editor) -> None:
    contract.fields("RateLimitOverrideRequest")["max_requests_per_minute"]["maximum"] = 600


@request_field_gets_an_upper_bound.harmless
def response_field_gets_an_upper_bound(contract: Editor) -> None:
    contract.fields("RateLimitOverrideResponse")["max_requests_per_minute"]["maximum"] = 600


@mutation("limit-narrowed", "UserPatchRequest.password", "request", PANELS)
def password_gets_a_pattern(contract: Editor) -> None:
    contract.fields("UserPatchRequest")["password"]["pattern"] = "^.{8,}$"


@password_gets_a_pattern.harmless
def password_is_marked_as_one(contract: Editor) -> None:
    contract.fields("UserPatchRequest")["password"] |= {"format": "password", "writeOnly": True}


@mutation("limit-narrowed", "ServiceEventRegistrationRequest.callback", "request", PANELS)
def callback_must_be_a_uri(contract: Editor) -> None:
    contract.fields("ServiceEventRegistrationRequest")["callback"]["format"] = "uri-reference"


@callback_must_be_a_uri.harmless
def recorded_callback_is_a_uri(contract: Editor) -> None:
    contract.fields("EventSubscriptionRecord")["callback"]["format"] = "uri-reference"


@mutation("type-narrowed", "ProtocolRegistrationRequest.profile.*", "request", AGENTS)
def free_form_profile_takes_text_alone(contract: Editor) -> None:
    contract.fields("ProtocolRegistrationRequest")["profile"]["additionalProperties"] = {"type": "string"}


@free_form_profile_takes_text_alone.harmless
def metadata_takes_any_value(contract: Editor) -> None:
    contract.fields("ProtocolRegistrationRequest")["metadata"]["additionalProperties"] = True


@mutation("closed", "ProtocolHeartbeatRequest", "request", AGENTS)
def request_is_closed(contract: Editor) -> None:
    contract.schemas["ProtocolHeartbeatRequest"]["additionalProperties"] = False


@request_is_closed.harmless
def request_says_that_it_is_open(contract: Editor) -> None:
    contract.schemas["ProtocolHeartbeatRequest"]["additionalProperties"] = True


@mutation("closed", "TrafficSummaryResponse", "response", PANELS, RISKY)
def response_is_closed(contract: Editor) -> None:
    contract.schemas["TrafficSummaryResponse"]["additionalProperties"] = False


@response_is_closed.harmless
def closed_variant_is_opened(contract: Editor) -> None:
    contract.schemas["DegradedStatus"]["additionalProperties"] = True


@mutation("default-changed", "ExportRequest.allow_overwrite", "request", PANELS, RISKY)
def default_is_turned_round(contract: Editor) -> None:
    contract.fields("ExportRequest")["allow_overwrite"]["default"] = True


@default_is_turned_round.harmless
def field_is_deprecated(contract: Editor) -> None:
    contract.fields("ExportRequest")["allow_overwrite"]["deprecated"] = True


@mutation("field-removed", "UpstreamProfile.upstream", "request", PANELS)
def recursion_ends(contract: Editor) -> None:
    del contract.fields("UpstreamProfile")["upstream"]


@recursion_ends.harmless
def recursive_schema_gets_a_field(contract: Editor) -> None:
    contract.fields("UpstreamProfile")["weight"] = {"type": "integer"}


@mutation("type-changed", "UpstreamProfile.id", "request", PANELS)
def field_of_a_recursive_schema_changes_its_type(contract: Editor) -> None:
    contract.fields("UpstreamProfile")["id"]["type"] = "integer"


@field_of_a_recursive_schema_changes_its_type.harmless
def recursive_reference_is_wrapped(contract: Editor) -> None:
    items = contract.fields("UpstreamProfile")["upstream"]
    items["items"] = {"allOf": [items["items"]], "description": "The next hop."}


# --- enums ---


@mutation("enum-value-removed", "TlsMode", "response", PANELS)
def member_of_a_response_enum_vanishes(contract: Editor) -> None:
    contract.schemas["TlsMode"]["enum"].remove("dual")


@member_of_a_response_enum_vanishes.harmless
def enum_changes_its_order(contract: Editor) -> None:
    contract.schemas["TlsMode"]["enum"].reverse()


@mutation("enum-value-removed", "EventRegistrationRequest.event", "request", PANELS)
def request_enum_is_narrowed(contract: Editor) -> None:
    contract.fields("EventRegistrationRequest")["event"]["enum"].remove("node_added")


@request_enum_is_narrowed.harmless
def request_enum_is_widened(contract: Editor) -> None:
    contract.fields("EventRegistrationRequest")["event"]["enum"].append("node_paused")


@mutation("enum-value-added", "InterfaceKindSummary", "response", PANELS, RISKY)
def response_enum_is_widened(contract: Editor) -> None:
    contract.schemas["InterfaceKindSummary"]["enum"].append("bridge")


@response_enum_is_widened.harmless
def response_enum_is_described(contract: Editor) -> None:
    contract.schemas["InterfaceKindSummary"] |= {"description": "Kinds.", "x-enum-descriptions": ["a", "b"]}


@mutation("enum-value-added", "NodeRole", "response", PANELS, RISKY)
def enum_in_both_directions_is_widened(contract: Editor) -> None:
    contract.schemas["NodeRole"]["enum"].append("relay")


@enum_in_both_directions_is_widened.harmless
def enum_says_how_the_generator_names_its_members(contract: Editor) -> None:
    values = contract.schemas["NodeRole"]["enum"]
    contract.schemas["NodeRole"]["x-enum-varnames"] = [value.upper() for value in values]


@mutation("enum-member-renamed", "NodeRole", "python", BOTH)
def enum_member_is_renamed(contract: Editor) -> None:
    contract.schemas["NodeRole"]["x-enum-varnames"] = [f"{each}_node" for each in contract.schemas["NodeRole"]["enum"]]


@enum_member_is_renamed.harmless
def enum_members_are_named_in_another_case(contract: Editor) -> None:
    contract.schemas["NodeRole"]["x-enum-varnames"] = [each.title() for each in contract.schemas["NodeRole"]["enum"]]


@mutation("enum-value-removed", "EventRegistrationRequest.event", "request", PANELS)
def enum_value_is_spelled_otherwise(contract: Editor) -> None:
    values = contract.fields("EventRegistrationRequest")["event"]["enum"]
    values[0] = values[0].replace("_", ".")


@enum_value_is_spelled_otherwise.harmless
def free_text_gets_examples(contract: Editor) -> None:
    contract.fields("EventRegistrationRecord")["event"]["example"] = "node.added"


@mutation("enum-gained", "ProtocolHeartbeatRequest.message", "request", AGENTS)
def free_text_is_restricted_to_a_list(contract: Editor) -> None:
    contract.fields("ProtocolHeartbeatRequest")["message"]["enum"] = ["ok", "failing", None]


@free_text_is_restricted_to_a_list.harmless
def free_text_gets_a_title(contract: Editor) -> None:
    contract.fields("ProtocolHeartbeatRequest")["message"]["title"] = "A remark"


@mutation("enum-lost", "ExportRequest.format", "request", PANELS)
def list_of_values_is_dropped(contract: Editor) -> None:
    del contract.fields("ExportRequest")["format"]["enum"]


@list_of_values_is_dropped.harmless
def list_of_values_grows(contract: Editor) -> None:
    contract.fields("ExportRequest")["format"]["enum"].append("toml")


# --- unions ---


@mutation("variant-added", "ActionView", "response", PANELS, RISKY)
def union_gets_a_variant(contract: Editor) -> None:
    contract.schemas["DelayAction"] = {"type": "object", "properties": {"type": {"type": "string"}, "ms": {}}}
    contract.schemas["ActionView"]["oneOf"].append({"$ref": "#/components/schemas/DelayAction"})


@union_gets_a_variant.harmless
def union_changes_the_order_of_its_variants(contract: Editor) -> None:
    contract.schemas["ActionView"]["oneOf"].reverse()


@mutation("variant-removed", "HealthStatus", "request", AGENTS)
def union_in_a_request_loses_a_variant(contract: Editor) -> None:
    contract.schemas["HealthStatus"]["oneOf"].pop()


@union_in_a_request_loses_a_variant.harmless
def union_in_a_response_loses_a_variant(contract: Editor) -> None:
    contract.schemas["ActionView"]["oneOf"].pop()


@mutation("tag-changed", "ActionView", "response", PANELS)
def variant_is_told_by_another_value(contract: Editor) -> None:
    mapping = contract.schemas["ActionView"]["discriminator"]["mapping"]
    mapping["deny"] = mapping.pop("reject")


@variant_is_told_by_another_value.harmless
def one_of_becomes_any_of(contract: Editor) -> None:
    contract.schemas["ActionView"]["anyOf"] = contract.schemas["ActionView"].pop("oneOf")


@mutation("tag-changed", "ActionView", "response", PANELS)
def variants_are_told_by_another_field(contract: Editor) -> None:
    contract.schemas["ActionView"]["discriminator"]["propertyName"] = "kind"


@variants_are_told_by_another_field.harmless
def discriminator_is_left_out(contract: Editor) -> None:
    del contract.schemas["ActionView"]["discriminator"]


@mutation("type-changed", "ProtocolHeartbeatRequest.status", "request", AGENTS)
def union_becomes_text(contract: Editor) -> None:
    contract.fields("ProtocolHeartbeatRequest")["status"] = {"type": "integer"}


@union_becomes_text.harmless
def union_accepts_one_more_variant(contract: Editor) -> None:
    variants = [*contract.schemas["HealthStatus"]["oneOf"], {"type": "integer"}]
    contract.fields("ProtocolHeartbeatRequest")["status"] = {"oneOf": variants}


# --- operations ---


@mutation("operation-removed", "send_heartbeat", "request", AGENTS)
def operation_is_removed(contract: Editor) -> None:
    del contract.document["paths"]["/v1/protocols/registrations/{id}/heartbeat"]["post"]


@operation_is_removed.harmless
def operation_is_added(contract: Editor) -> None:
    contract.document["paths"]["/v1/version"] = {
        "get": {"operationId": "get_version", "tags": ["status"], "responses": {"200": {"description": "ok"}}}
    }


@mutation("operation-moved", "get_traffic", "request", PANELS)
def operation_moves_to_another_path(contract: Editor) -> None:
    paths = contract.document["paths"]
    paths["/v2/traffic"] = paths.pop("/v1/traffic")


@operation_moves_to_another_path.harmless
def operation_is_deprecated(contract: Editor) -> None:
    contract.operation("get_traffic")["deprecated"] = True


@mutation("operation-moved", "put_user", "request", PANELS)
def operation_changes_its_method(contract: Editor) -> None:
    item = contract.document["paths"]["/v1/users/{id}"]
    item["post"] = item.pop("put")


@operation_changes_its_method.harmless
def operations_change_their_order(contract: Editor) -> None:
    contract.document["paths"] = dict(reversed(contract.document["paths"].items()))


@mutation("operation-renamed", "fetch_status", "python", PANELS)
def operation_is_renamed(contract: Editor) -> None:
    contract.operation("get_status")["operationId"] = "fetch_status"


@operation_is_renamed.harmless
def operation_id_is_spelled_in_camel_case(contract: Editor) -> None:
    contract.operation("get_status")["operationId"] = "getStatus"


@mutation("tag-renamed", "list_users", "python", PANELS)
def operation_gets_another_tag(contract: Editor) -> None:
    contract.operation("list_users")["tags"] = ["accounts"]


@operation_gets_another_tag.harmless
def tag_is_capitalised_and_a_second_one_added(contract: Editor) -> None:
    contract.operation("list_users")["tags"] = ["Users", "accounts"]


@mutation("operation-renamed", "beat", "python", AGENTS)
def operation_of_agents_is_renamed(contract: Editor) -> None:
    contract.operation("send_heartbeat")["operationId"] = "beat"


@operation_of_agents_is_renamed.harmless
def stream_is_renamed(contract: Editor) -> None:
    contract.operation("stream_status")["operationId"] = "follow_status"


# --- parameters ---


@mutation("parameter-removed", "get_traffic > query protocol", "request", PANELS)
def parameter_is_removed(contract: Editor) -> None:
    removed = contract.parameters("get_traffic")["protocol"]
    contract.operation("get_traffic")["parameters"].remove(removed)


@parameter_is_removed.harmless
def parameter_is_added(contract: Editor) -> None:
    contract.operation("get_traffic")["parameters"].append(
        {"name": "since_ms", "in": "query", "schema": {"type": "integer"}}
    )


@mutation("parameter-added-required", "list_audit_records > query channel", "request", PANELS)
def required_parameter_is_added(contract: Editor) -> None:
    contract.operation("list_audit_records")["parameters"].append(
        {"name": "channel", "in": "query", "required": True, "schema": {"type": "string"}}
    )


@required_parameter_is_added.harmless
def parameters_change_their_order(contract: Editor) -> None:
    contract.operation("list_audit_records")["parameters"].reverse()


@mutation("parameter-required", "list_users > query redact", "request", PANELS)
def parameter_becomes_required(contract: Editor) -> None:
    contract.parameters("list_users")["redact"]["required"] = True


@parameter_becomes_required.harmless
def parameter_becomes_optional(contract: Editor) -> None:
    contract.parameters("delete_rate_limit")["key"]["required"] = False


@mutation("type-changed", "list_audit_records > query since_ms", "request", PANELS)
def parameter_changes_its_type(contract: Editor) -> None:
    contract.parameters("list_audit_records")["since_ms"]["schema"] = {"type": "string"}


@parameter_changes_its_type.harmless
def parameter_takes_any_number(contract: Editor) -> None:
    contract.parameters("list_audit_records")["since_ms"]["schema"]["type"] = "number"


@mutation("parameter-style", "get_traffic > query node", "request", PANELS)
def list_in_the_query_is_joined_by_commas(contract: Editor) -> None:
    contract.parameters("get_traffic")["node"]["explode"] = False


@list_in_the_query_is_joined_by_commas.harmless
def default_style_is_spelled_out(contract: Editor) -> None:
    contract.parameters("get_traffic")["node"] |= {"style": "form", "explode": True, "description": "Node ids."}


@mutation("argument-renamed", "delete_user > path user_id", "python", PANELS)
def parameter_of_the_path_is_renamed(contract: Editor) -> None:
    paths = contract.document["paths"]
    contract.parameters("delete_user")["id"]["name"] = "user_id"
    paths["/v1/users/{user_id}"] = {"delete": paths["/v1/users/{id}"].pop("delete")}


@parameter_of_the_path_is_renamed.harmless
def parameters_are_moved_to_the_path(contract: Editor) -> None:
    parameters = contract.parameters("delete_user")
    item = contract.document["paths"]["/v1/users/{id}"]
    item["parameters"] = [parameters["id"]]
    contract.operation("delete_user")["parameters"] = []


@mutation("limit-narrowed", "stream_status > query interval", "request", PANELS)
def bounds_of_a_parameter_are_narrowed(contract: Editor) -> None:
    contract.parameters("stream_status")["interval"]["schema"] |= {"minimum": 5}


@bounds_of_a_parameter_are_narrowed.harmless
def bounds_of_a_parameter_are_widened(contract: Editor) -> None:
    contract.parameters("stream_status")["interval"]["schema"] |= {"minimum": 0, "maximum": 3600}


# --- bodies and answers ---


@mutation("body-required", "delete_user > body", "request", PANELS)
def body_becomes_required(contract: Editor) -> None:
    contract.operation("delete_user")["requestBody"]["required"] = True


@body_becomes_required.harmless
def body_becomes_optional(contract: Editor) -> None:
    contract.operation("export_config")["requestBody"]["required"] = False


@mutation("media-type-removed", "import_users > body", "request", PANELS)
def body_changes_its_media_type(contract: Editor) -> None:
    content = contract.operation("import_users")["requestBody"]["content"]
    content["application/x-ndjson"] = content.pop("application/json")


@body_changes_its_media_type.harmless
def media_type_names_its_charset(contract: Editor) -> None:
    content = contract.operation("import_users")["requestBody"]["content"]
    content["application/json; charset=utf-8"] = content.pop("application/json")


@mutation("media-type-removed", "get_health > response 200", "response", PANELS)
def answer_changes_its_media_type(contract: Editor) -> None:
    content = contract.operation("get_health")["responses"]["200"]["content"]
    content["application/json"] = content.pop("text/plain")


@answer_changes_its_media_type.harmless
def answer_gets_one_more_media_type(contract: Editor) -> None:
    content = contract.operation("get_health")["responses"]["200"]["content"]
    content["application/json"] = {"schema": {"type": "object"}}


@mutation("success-removed", "register_protocol > response 200", "response", AGENTS)
def success_changes_its_status(contract: Editor) -> None:
    responses = contract.operation("register_protocol")["responses"]
    responses["201"] = responses.pop("200")


@success_changes_its_status.harmless
def error_status_is_documented(contract: Editor) -> None:
    contract.operation("register_protocol")["responses"]["418"] = {"$ref": "#/components/responses/ApiError"}


@mutation("success-added", "export_config > response 202", "response", PANELS)
def success_may_be_answered_with_another_status(contract: Editor) -> None:
    contract.operation("export_config")["responses"]["202"] = {"description": "later"}


@success_may_be_answered_with_another_status.harmless
def answer_is_described_otherwise(contract: Editor) -> None:
    contract.operation("export_config")["responses"]["200"]["description"] = "Written."


@mutation("error-removed", "get_user > response default", "response", PANELS, RISKY)
def default_error_is_removed(contract: Editor) -> None:
    del contract.operation("get_user")["responses"]["default"]


@default_error_is_removed.harmless
def default_error_is_written_out(contract: Editor) -> None:
    error = contract.document["components"]["responses"]["ApiError"]
    contract.operation("get_user")["responses"]["default"] = error


# --- security ---


@mutation("security-removed", "get_health > security", "request", PANELS)
def open_operation_asks_for_credentials(contract: Editor) -> None:
    del contract.operation("get_health")["security"]
    contract.document["security"] = [{"basicAuth": []}, {"bearerAuth": []}]
    for path in contract.document["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and operation["operationId"] != "get_health":
                operation["security"] = [{"basicAuth": []}, {"bearerAuth": []}, {}]


@open_operation_asks_for_credentials.harmless
def open_operation_accepts_credentials(contract: Editor) -> None:
    contract.operation("get_health")["security"] = [{}, {"basicAuth": []}]


@mutation("security-removed", "get_status, get_traffic, stream_status and 35 more > security", "request", BOTH)
def one_way_of_access_is_closed(contract: Editor) -> None:
    contract.document["security"] = [each for each in contract.document["security"] if "basicAuth" not in each]


@one_way_of_access_is_closed.harmless
def security_scheme_is_called_otherwise(contract: Editor) -> None:
    schemes = contract.document["components"]["securitySchemes"]
    schemes["accessKey"] = schemes.pop("basicAuth")
    alternatives = [{"accessKey": []} if "basicAuth" in each else each for each in contract.document["security"]]
    contract.document["security"] = list(reversed(alternatives))


# --- classes ---


@mutation("class-renamed", "UserView", "python", PANELS)
def schema_is_renamed(contract: Editor) -> None:
    contract.rename_schema("UserView", "UserRecord")


@schema_is_renamed.harmless
def schema_is_spelled_otherwise(contract: Editor) -> None:
    contract.rename_schema("UserView", "user_view")


@mutation("class-renamed", "HealthFailureCount", "python", BOTH)
def schema_of_both_is_renamed(contract: Editor) -> None:
    contract.rename_schema("HealthFailureCount", "FailureCount")


@schema_of_both_is_renamed.harmless
def union_without_a_class_is_renamed(contract: Editor) -> None:
    contract.rename_schema("HealthStatus", "Health")


@mutation("class-removed", "RateLimitOverrideScopeAgain", "python", PANELS)
def schema_that_nobody_uses_is_removed(contract: Editor) -> None:
    contract.schemas.pop("RateLimitOverrideScopeAgain", None)


@schema_that_nobody_uses_is_removed.harmless
def schema_that_nobody_uses_is_added(contract: Editor) -> None:
    contract.schemas["Unused"] = {"type": "object", "properties": {"a": {"type": "string"}}}


@mutation("class-changed", "create_event_registration > response 200", "python", PANELS, RISKY)
def answer_becomes_an_equal_class(contract: Editor) -> None:
    content = contract.operation("create_event_registration")["responses"]["200"]["content"]
    content["application/json"]["schema"] = {"$ref": "#/components/schemas/EventSubscriptionRecord"}


@answer_becomes_an_equal_class.harmless
def component_is_an_alias(contract: Editor) -> None:
    contract.schemas["Registration"] = {"$ref": "#/components/schemas/EventRegistrationRecord"}
    content = contract.operation("create_event_registration")["responses"]["200"]["content"]
    content["application/json"]["schema"] = {"$ref": "#/components/schemas/Registration"}


@mutation("class-renamed", "NodeProfileProtocol", "python", PANELS)
def inline_enum_gets_a_title(contract: Editor) -> None:
    contract.fields("NodeProfile")["protocol"]["title"] = "Kind"


@inline_enum_gets_a_title.harmless
def inline_enum_gets_the_title_it_is_called_by(contract: Editor) -> None:
    contract.fields("NodeProfile")["protocol"]["title"] = "protocol"


def prepared(contract: Editor) -> None:
    """What some mutations need and the contract does not have."""
    contract.schemas["RateLimitOverrideScopeAgain"] = {"type": "string", "enum": ["endpoint"]}
    contract.fields("ExportRequest")["allow_overwrite"]["default"] = False
    contract.operation("delete_user")["requestBody"] = {"content": {"application/json": {"schema": {}}}}
