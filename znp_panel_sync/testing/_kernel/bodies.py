"""The shapes of request bodies, as the contract has them."""

from typing import Final

from znp_panel_sync.testing._kernel.checks import (
    Check,
    array,
    boolean,
    free_object,
    integer,
    mapping,
    nullable,
    one_of,
    record,
    text,
)
from znp_panel_sync.testing._kernel.events import NODE_EVENTS, SERVICE_EVENTS
from znp_panel_sync.testing._kernel.refusal import bad_request

NODE_ROLE: Final = one_of("listener", "connector")
PROFILE_PROTOCOL: Final = one_of("http", "socks", "ss", "ssr", "vless", "direct", "mixed", "any_tls")

_LABELS: Final[dict[str, Check]] = {"tags": array(text), "description": nullable(text)}
_TRAFFIC: Final = record(optional={"allocated": integer, "used": integer})
_RATE: Final = record(optional={"up": nullable(integer), "down": nullable(integer)})
_USER_SETTINGS: Final[dict[str, Check]] = {
    "traffic": _TRAFFIC,
    "rate": _RATE,
    "metadata": mapping(text),
    "tags": array(text),
}

USER: Final = record(required={"id": text, "username": text, "password": text}, optional=_USER_SETTINGS)
USERS: Final = array(USER)
USER_PATCH: Final = record(optional={"password": text, **_USER_SETTINGS})


def upstream(value: object, where: str) -> None:
    """Check an upstream profile, which may hold further ones."""
    _UPSTREAM(value, where)


_UPSTREAM: Final = record(
    optional={
        "id": nullable(text),
        "protocol": PROFILE_PROTOCOL,
        "profile": free_object,
        "upstream": array(upstream),
        **_LABELS,
    }
)
_PROFILE: Final = record(
    required={"id": text, "role": NODE_ROLE, "protocol": PROFILE_PROTOCOL, "profile": free_object},
    optional={
        "stack": nullable(free_object),
        "interface_policy": nullable(free_object),
        "upstream": array(upstream),
        **_LABELS,
    },
)
PROTOCOL: Final = record(
    required={"profile": _PROFILE},
    optional={"listen": nullable(text), "connect": nullable(text), "users": USERS},
)
REGISTRATION: Final = record(
    required={"id": text, "role": NODE_ROLE, "protocol": text},
    optional={
        "listen": nullable(text),
        "connect": nullable(text),
        "profile": free_object,
        "metadata": mapping(text),
        "ttl_seconds": nullable(integer),
        **_LABELS,
    },
)

_FAILURES: Final = record(required={"consecutive_failures": integer})


def health_status(value: object, where: str) -> None:
    """Check a health in one of its three forms."""
    if value == "Healthy":
        return
    if not isinstance(value, dict) or list(value) not in (["Degraded"], ["Unhealthy"]):
        raise bad_request(f'{where}: must be "Healthy", or an object with the one key Degraded or Unhealthy')
    for tag, failures in value.items():
        _FAILURES(failures, f"{where}.{tag}")


HEARTBEAT: Final = record(
    optional={"status": health_status, "observed_at_ms": integer, "message": nullable(text)},
)
RATE_LIMIT: Final = record(
    required={"scope": one_of("endpoint", "identity"), "key": text, "max_requests_per_minute": integer},
)
TLS_PATCH: Final = record(optional={"tls": free_object, "inner": free_object})
EVENT_REGISTRATION: Final = record(
    required={"event": one_of(*NODE_EVENTS), "callback": text}, optional={"secret": nullable(text)}
)
SERVICE_EVENT_REGISTRATION: Final = record(
    required={"event": one_of(*SERVICE_EVENTS), "callback": text}, optional={"secret": nullable(text)}
)
EXPORT: Final = record(
    required={"path": text},
    optional={
        "format": one_of("json", "yaml"),
        "redact_users": boolean,
        "include_users": boolean,
        "include_api": boolean,
        "include_pipeline": boolean,
        "resolve_providers": boolean,
        "protocol_ids": array(text),
        "allow_overwrite": boolean,
        "version_label": text,
    },
)
