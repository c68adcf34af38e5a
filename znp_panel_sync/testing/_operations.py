"""Every operation of the contract but the streams, as one table."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import field, frozen

from znp_panel_sync.testing._kernel import bodies, checks, tls
from znp_panel_sync.testing._kernel.checks import Check, Convert, flag, plain, whole_number, word
from znp_panel_sync.testing._kernel.export import export
from znp_panel_sync.testing._kernel.refusal import bad_request
from znp_panel_sync.testing._kernel.state import KernelState
from znp_panel_sync.testing._kernel.status import chosen_parts, snapshot


@frozen
class Call:
    """A checked request: path parameters decoded, query parameters converted, the body parsed."""

    path: Mapping[str, str] = field(factory=dict)
    query: Mapping[str, Any] = field(factory=dict)
    body: Any = None

    def flag(self, name: str) -> bool:
        """Return a boolean query parameter, which is false where it is not given."""
        return bool(self.query.get(name, False))

    @property
    def target(self) -> str | None:
        """What the call is about: the id in its path, else that in its body; None where there is none."""
        if self.path:
            return next(iter(self.path.values()))
        document = self.body if isinstance(self.body, dict) else {}
        named = document.get("profile", document) if "id" not in document else document
        target = named.get("id", named.get("key"))
        return target if isinstance(target, str) else None


@frozen
class Many:
    """A query parameter that may be given repeatedly."""

    convert: Convert


Handler = Callable[[KernelState, Call], Any]


@frozen
class Operation:
    """One operation: what it takes, and what it does to the kernel; its result is the body of the answer."""

    name: str
    method: str
    path: str
    handle: Handler
    query: Mapping[str, Convert | Many] = field(factory=dict)
    required_query: frozenset[str] = frozenset()
    body: Check | None = None
    is_public: bool = False

    @property
    def changes(self) -> bool:
        """Tell whether the operation is one that the audit log records."""
        return self.method != "GET"


def _health(kernel: KernelState, call: Call) -> str:
    del kernel, call
    return "ok"


def _status(kernel: KernelState, call: Call) -> dict[str, Any]:
    parts = chosen_parts(call.query.get("include"), call.query.get("fields"))
    document = {"snapshot": snapshot(kernel, parts, redact_users=call.flag("redact_users"))}
    if call.flag("rate_limit_summary"):
        document["rate_limit_summary"] = kernel.users.rate_limit_summary()
    return document


def _traffic(kernel: KernelState, call: Call) -> dict[str, Any]:
    return kernel.traffic.summary(call.query.get("node", ()), call.query.get("protocol", ()))


def _protocols(kernel: KernelState, call: Call) -> list[dict[str, Any]]:
    del call
    return [node.summary() for node in kernel.nodes if node.is_configured]


def _protocol_users(kernel: KernelState, call: Call) -> list[dict[str, Any]]:
    return kernel.protocol_users(call.path["id"], everybody=call.flag("all"), redact=call.flag("redact"))


def _list_users(kernel: KernelState, call: Call) -> list[dict[str, Any]]:
    return [user.view(redact=call.flag("redact")) for user in kernel.users.all()]


def _change_user(kernel: KernelState, call: Call, *, replace: bool) -> dict[str, Any]:
    return {"id": kernel.users.change(call.path["id"], call.body, replace=replace).id}


def _subscribe(kernel: KernelState, call: Call, *, service: bool) -> dict[str, Any]:
    registrations = kernel.service_callbacks if service else kernel.node_callbacks
    return registrations.add(call.body["event"], call.body["callback"], call.body.get("secret")).view()


def _set_limit(kernel: KernelState, call: Call) -> dict[str, Any]:
    body = call.body
    return kernel.limits.set(body["scope"], body["key"], body["max_requests_per_minute"])


_SCOPE: Final = word("endpoint", "identity")

OPERATIONS: Final = (
    Operation("get_health", "GET", "/healthz", _health, is_public=True),
    Operation(
        "get_status",
        "GET",
        "/v1/status",
        _status,
        query={"redact_users": flag, "rate_limit_summary": flag, "include": plain, "fields": plain},
    ),
    Operation("get_traffic", "GET", "/v1/traffic", _traffic, query={"node": Many(plain), "protocol": Many(plain)}),
    Operation("list_interfaces", "GET", "/v1/interfaces", lambda kernel, call: {"interfaces": kernel.interfaces}),
    Operation("list_rule_providers", "GET", "/v1/rules/providers", lambda kernel, call: kernel.providers.views()),
    Operation(
        "refresh_rule_provider",
        "POST",
        "/v1/rules/providers/{name}/refresh",
        lambda kernel, call: kernel.providers.refresh(call.path["name"]),
    ),
    Operation("list_tls_nodes", "GET", "/v1/tls/nodes", lambda kernel, call: tls.summaries(kernel.nodes)),
    Operation(
        "get_tls_node", "GET", "/v1/tls/nodes/{id}", lambda kernel, call: tls.detail(kernel.nodes, call.path["id"])
    ),
    Operation(
        "patch_tls_node",
        "PATCH",
        "/v1/tls/nodes/{id}",
        lambda kernel, call: tls.patch(kernel.nodes, call.path["id"], call.body),
        body=bodies.TLS_PATCH,
    ),
    Operation(
        "list_audit_records",
        "GET",
        "/v1/audit",
        lambda kernel, call: kernel.audit.find(call.query),
        query={
            "limit": whole_number,
            "since_ms": whole_number,
            "success": flag,
            "action": plain,
            "actor": plain,
            "target": plain,
        },
    ),
    Operation("get_audit_health", "GET", "/v1/audit/health", lambda kernel, call: kernel.audit.health()),
    Operation("get_rate_limits", "GET", "/v1/security/rate-limits", lambda kernel, call: kernel.limits.snapshot()),
    Operation("set_rate_limit", "POST", "/v1/security/rate-limits", _set_limit, body=bodies.RATE_LIMIT),
    Operation(
        "delete_rate_limit",
        "DELETE",
        "/v1/security/rate-limits",
        lambda kernel, call: kernel.limits.remove(call.query["scope"], call.query["key"]),
        query={"scope": _SCOPE, "key": plain},
        required_query=frozenset({"scope", "key"}),
    ),
    Operation(
        "list_event_registrations",
        "GET",
        "/v1/events/registrations",
        lambda kernel, call: kernel.node_callbacks.views(),
    ),
    Operation(
        "create_event_registration",
        "POST",
        "/v1/events/registrations",
        lambda kernel, call: _subscribe(kernel, call, service=False),
        body=bodies.EVENT_REGISTRATION,
    ),
    Operation(
        "delete_event_registration",
        "DELETE",
        "/v1/events/registrations/{id}",
        lambda kernel, call: kernel.node_callbacks.remove(call.path["id"]),
    ),
    Operation(
        "list_service_event_registrations",
        "GET",
        "/v1/service-events/registrations",
        lambda kernel, call: kernel.service_callbacks.views(),
    ),
    Operation(
        "create_service_event_registration",
        "POST",
        "/v1/service-events/registrations",
        lambda kernel, call: _subscribe(kernel, call, service=True),
        body=bodies.SERVICE_EVENT_REGISTRATION,
    ),
    Operation(
        "delete_service_event_registration",
        "DELETE",
        "/v1/service-events/registrations/{id}",
        lambda kernel, call: kernel.service_callbacks.remove(call.path["id"]),
    ),
    Operation("list_protocols", "GET", "/v1/protocols", _protocols),
    Operation(
        "upsert_protocol",
        "POST",
        "/v1/protocols",
        lambda kernel, call: kernel.upsert_protocol(call.body),
        body=bodies.PROTOCOL,
    ),
    Operation(
        "register_protocol",
        "POST",
        "/v1/protocols/registrations",
        lambda kernel, call: kernel.nodes.register(call.body),
        body=bodies.REGISTRATION,
    ),
    Operation(
        "deregister_protocol",
        "DELETE",
        "/v1/protocols/registrations/{id}",
        lambda kernel, call: kernel.nodes.deregister(call.path["id"]),
    ),
    Operation(
        "send_heartbeat",
        "POST",
        "/v1/protocols/registrations/{id}/heartbeat",
        lambda kernel, call: kernel.nodes.beat(call.path["id"], call.body),
        body=bodies.HEARTBEAT,
    ),
    Operation(
        "delete_protocol",
        "DELETE",
        "/v1/protocols/{id}",
        lambda kernel, call: kernel.nodes.unconfigure(call.path["id"]),
    ),
    Operation(
        "list_protocol_users",
        "GET",
        "/v1/protocols/{id}/users",
        _protocol_users,
        query={"all": flag, "redact": flag},
    ),
    Operation("list_users", "GET", "/v1/users", _list_users, query={"redact": flag}),
    Operation(
        "create_user",
        "POST",
        "/v1/users",
        lambda kernel, call: {"id": kernel.users.create(call.body).id},
        body=bodies.USER,
    ),
    Operation(
        "import_users",
        "POST",
        "/v1/users/import",
        lambda kernel, call: {"imported": len(kernel.users.load(call.body))},
        body=bodies.USERS,
    ),
    Operation(
        "get_user",
        "GET",
        "/v1/users/{id}",
        lambda kernel, call: kernel.users.get(call.path["id"]).view(redact=call.flag("redact")),
        query={"redact": flag},
    ),
    Operation(
        "put_user",
        "PUT",
        "/v1/users/{id}",
        lambda kernel, call: _change_user(kernel, call, replace=True),
        body=bodies.USER_PATCH,
    ),
    Operation(
        "patch_user",
        "PATCH",
        "/v1/users/{id}",
        lambda kernel, call: _change_user(kernel, call, replace=False),
        body=bodies.USER_PATCH,
    ),
    Operation("delete_user", "DELETE", "/v1/users/{id}", lambda kernel, call: kernel.users.remove(call.path["id"])),
    Operation(
        "export_config", "POST", "/v1/export", lambda kernel, call: export(kernel, call.body), body=bodies.EXPORT
    ),
)


def read_call(operation: Operation, path: Mapping[str, str], query: list[tuple[str, str]], content: bytes) -> Call:
    """Check everything that a request for an operation brings along."""
    found = _read_query(operation, query)
    for name in operation.required_query - found.keys():
        raise bad_request(f"query.{name}: is missing")
    if operation.body is None:
        return Call(path, found)
    document = checks.read_json(content)
    operation.body(document, "body")
    return Call(path, found, document)


def _read_query(operation: Operation, query: list[tuple[str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in query:
        reader = operation.query.get(name)
        if isinstance(reader, Many):
            found.setdefault(name, []).append(reader.convert(value, f"query.{name}"))
        elif reader is not None:
            found[name] = reader(value, f"query.{name}")
    return found
