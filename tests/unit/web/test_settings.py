from typing import Any

import pytest

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.web import ServiceSettings

KERNEL = "http://10.0.0.7:23860/v1"


def test_everything_has_a_default() -> None:
    settings = ServiceSettings.from_mapping({})
    assert settings == ServiceSettings()
    assert settings.panel.kernel.status_poll_interval == 30
    assert (settings.database, settings.public_url, settings.page_token, settings.nodes) == (None, None, None, ())


def test_all_blocks_are_read() -> None:
    settings = ServiceSettings.from_mapping(
        {
            "Kernel": {"StatusPollInterval": "5s"},
            "Webhook": {"SharedToken": "from kernels"},
            "Serve": {
                "Database": " sqlite:// ",
                "PublicURL": "https://panel",
                "PageToken": "canary-page-token",
                "Streams": True,
            },
            "nodes": [
                {"control_endpoint": KERNEL},
                {"id": "tokyo", "control_endpoint": KERNEL},
                {"id": 9, "name": "paris", "control_endpoint": KERNEL, "ak": "key", "sk": "canary-secret"},
            ],
        }
    )
    assert settings.panel.kernel.status_poll_interval == 5
    assert settings.panel.webhook.shared_token == "from kernels"
    assert (settings.database, settings.public_url, settings.streams) == ("sqlite://", "https://panel", True)
    assert [node.id for node in settings.nodes] == [1, "tokyo", 9]
    assert settings.names == {1: "10.0.0.7:23860", 9: "paris"}
    assert "canary" not in repr(settings)


@pytest.mark.parametrize(
    ("document", "field", "problem"),
    [
        ({"Nodes": []}, "Nodes", "is not a known setting"),
        ({"Serve": []}, "Serve", None),
        ({"Serve": "x"}, "Serve", "must be a block"),
        ({"Serve": {"Port": 1}}, "Serve.Port", "is not a known setting"),
        ({"Serve": {"PageToken": 7}}, "Serve.PageToken", "must be a text"),
        ({"Serve": {"Streams": "yes"}}, "Serve.Streams", "must be true or false"),
        ({"Serve": {"Database": " "}}, "Serve.Database", "must be a text"),
        ({"Kernel": {"X": 1}}, "Kernel.X", "is not a known setting"),
        ({"nodes": "x"}, "nodes", "must be a list"),
        ({"nodes": {"a": 1}}, "nodes", "must be a list"),
        ({"nodes": ["x"]}, "nodes[0]", "must have names"),
        ({"nodes": [{}]}, "nodes[0]", "control_endpoint"),
        ({"nodes": [{"id": True, "control_endpoint": KERNEL}]}, "nodes[0].id", "must be a text or a whole"),
        ({"nodes": [{"name": 3, "control_endpoint": KERNEL}]}, "nodes[0].name", "must be a text"),
        ({"nodes": [{"control_endpoint": KERNEL}, {"id": 1, "control_endpoint": KERNEL}]}, "nodes[1].id", "another"),
    ],
)
def test_what_is_wrong_is_named(document: dict[str, Any], field: str, problem: str | None) -> None:
    if problem is None:
        assert ServiceSettings.from_mapping(document) == ServiceSettings()
        return
    with pytest.raises(ConfigurationError, match=problem) as caught:
        ServiceSettings.from_mapping(document)
    assert caught.value.field == field
