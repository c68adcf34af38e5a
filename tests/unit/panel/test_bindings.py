from typing import Any

import pytest

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.health import Health
from znp_panel_sync.panel.bindings import Binding, BindingUser, binding_health, listen_address
from znp_panel_sync.polling import ProtocolHealth


def binding(**changes: Any) -> Binding:
    return Binding(**{"id": 3, "node_id": 10, "kernel_id": "edge-1", "protocol": "vless", **changes})


def test_a_binding_is_pushed_in_the_kernels_form() -> None:
    users = (BindingUser(7, "alice", "canary", subscription_id=2), BindingUser("bob", "bob", "x"))
    pushed = binding(
        listen="443", connect="10.0.0.1:80", tags=("hk",), description="edge", profile={"flow": "xtls"}, users=users
    ).to_wire()
    assert pushed.to_dict() == {
        "listen": "0.0.0.0:443",
        "connect": "10.0.0.1:80",
        "users": [
            {"id": "7", "username": "alice", "password": "canary", "metadata": {"subscription_id": "2"}},
            {"id": "bob", "username": "bob", "password": "x"},
        ],
        "profile": {
            "id": "edge-1",
            "role": "listener",
            "protocol": "vless",
            "tags": ["hk"],
            "description": "edge",
            "profile": {"flow": "xtls"},
        },
    }
    assert "canary" not in repr(pushed) + repr(binding(users=users)) + repr(users)


def test_what_is_not_given_is_not_pushed() -> None:
    assert binding().to_wire().to_dict() == {
        "users": [],
        "profile": {"id": "edge-1", "role": "listener", "protocol": "vless", "tags": [], "profile": {}},
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"kernel_id": None}, "kernel_id"), ({"kernel_id": ""}, "kernel_id"), ({"active": False}, "active")],
)
def test_a_binding_that_cannot_be_pushed_says_why(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        binding(**changes).to_wire()
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("listen", "port", "address"),
    [
        ("127.0.0.1:443", None, "127.0.0.1:443"),
        ("[::]:443", 8443, "[::]:443"),
        ("443", 8443, "0.0.0.0:443"),
        (" 443 ", None, "0.0.0.0:443"),
        ("", 8443, "0.0.0.0:8443"),
        (None, 8443, "0.0.0.0:8443"),
        (None, None, None),
        ("", 0, None),
    ],
)
def test_a_port_listens_on_all_addresses(listen: str | None, port: int | None, address: str | None) -> None:
    assert listen_address(listen, port) == address


@pytest.mark.parametrize("listen", ["localhost", "0", "65536", "-1", "٤٤٣"])
def test_what_is_no_port_is_refused(listen: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        listen_address(listen, None)
    assert caught.value.field == "listen"


def test_health_is_that_of_the_kernels_node_with_the_bindings_id() -> None:
    listed = [
        ProtocolHealth("edge-2", "vless", Health.HEALTHY),
        ProtocolHealth("edge-1", "vless", Health.DEGRADED),
        ProtocolHealth("edge-3", "vless", Health.UNKNOWN),
    ]
    assert binding_health(binding(), listed) == "degraded"
    assert binding_health(binding(kernel_id="edge-3"), listed) == "unknown"
    assert binding_health(binding(kernel_id="edge-4"), listed) == "offline"
    assert binding_health(binding(kernel_id=None), listed) == "offline"
