"""Documents to measure with, as a kernel gives them."""

import json
from typing import Any

_HEALTHY = {"status": "Healthy", "consecutive_failures": 0, "last_failure_elapsed_ms": None}
_DEGRADED = {"status": {"Degraded": {"consecutive_failures": 2}}, "consecutive_failures": 2}
_INTERFACES = (
    *(("wan", "eth0"), ("lan", "eth1"), ("management", "eth2"), ("backup", "eth3")),
    *(("guests", "eth4"), ("voice", "eth5"), ("tunnel", "tun0")),
)


def status_document(nodes: int = 8, interfaces: int = 1) -> bytes:
    """Return a status answer: 8 nodes of one interface make 2 KB, 300 nodes of seven make 200 KB."""
    bindings = [{"label": label, "device": device, "mtu": 1500} for label, device in _INTERFACES[:interfaces]]
    listed = [
        {
            "id": f"edge-{number}",
            "role": "listener",
            "protocol": "vless",
            "tags": ["hk", "premium"],
            "description": f"entry node number {number}",
            "health": _DEGRADED if number % 4 == 3 else _HEALTHY,
            "interfaces": {"default_label": "wan", "bindings": bindings},
        }
        for number in range(nodes)
    ]
    return _status(nodes=listed)


def users_document(count: int) -> bytes:
    """Return a status answer that lists so many users: 62,500 make 20 MB."""
    users = [
        {
            "id": str(number),
            "username": f"user-{number}@example.com",
            "tags": ["hk", "premium"],
            "metadata": {"subscription_id": f"sub-{number:08d}", "plan": "gold-yearly", "note": "from the old panel"},
            "traffic_allocated": 100 * 2**30,
            "traffic_used": 2**31 + number,
            "traffic_remaining": 98 * 2**30 - number,
            "rate_up": 2**20,
            "rate_down": None if number % 3 else 2**22,
        }
        for number in range(count)
    ]
    return _status(nodes=[], users={"total": count, "users": users})


def _status(**parts: Any) -> bytes:
    return json.dumps({"snapshot": {"generated_at": "2024-01-01T00:00:00Z", **parts}}).encode()


def users_to_import(count: int, *, nested: bool) -> list[dict[str, Any]]:
    """Return the users of an import; `nested` gives each quota and limit, which are objects of their own."""
    limits = {"traffic": {"allocated": 100 * 2**30, "used": 2**31}, "rate": {"up": 2**20, "down": 2**22}}
    return [
        {
            "id": str(number),
            "username": f"user-{number}@example.com",
            "password": f"secret-{number:08x}",
            "metadata": {"subscription_id": f"sub-{number:08d}", "plan": "gold"},
            "tags": ["hk", "premium"],
            **(limits if nested else {}),
        }
        for number in range(count)
    ]
