"""The check of an agent's node."""

import pytest

from znp_kernel_client.models import NodeRole, ProtocolRegistrationRequest
from znp_panel_sync.cli._agent import NodePlan
from znp_panel_sync.health import Health

NODE = ProtocolRegistrationRequest(id="edge-1", role=NodeRole.LISTENER, protocol="vless")


@pytest.mark.parametrize(
    ("check", "condition"),
    [
        (None, Health.HEALTHY),
        (["true"], Health.HEALTHY),
        (["false"], (Health.DEGRADED, "exit status 1")),
        (["sh", "-c", "echo one; echo two; exit 2"], (Health.DEGRADED, "two")),
        (["sh", "-c", "echo one; echo two >&2; exit 2"], (Health.DEGRADED, "two")),
        (["/no/such/check"], (Health.DEGRADED, "[Errno 2] No such file or directory: '/no/such/check'")),
    ],
)
def test_its_end_is_the_health(check: list[str] | None, condition: object) -> None:
    assert NodePlan(NODE, check).condition() == condition
