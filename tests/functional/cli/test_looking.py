"""Commands that look: tables for people, JSON for programs."""

import pytest

from tests.functional.cli.support import document, done, invoke
from znp_panel_sync.health import Health
from znp_panel_sync.testing import KernelSimulator


def rows(output: str) -> list[list[str]]:
    """The lines of a table, as words."""
    return [line.split() for line in output.splitlines()]


def test_a_kernel_that_is_alive_says_so(kernel: KernelSimulator) -> None:
    assert done("health", kernel.url).startswith(f"{kernel.url} is alive (")
    answer = document("health", kernel.url)
    assert (answer["kernel"], answer["alive"]) == (kernel.url, True)
    assert answer["milliseconds"] > 0


def test_a_kernel_that_says_something_else_is_not_alive(kernel: KernelSimulator) -> None:
    kernel.faults.answer(200, b"starting\x1b[31m", path="/healthz")
    result = invoke("health", kernel.url)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"znp-sync: {kernel.url} says 'starting�[31m' instead of 'ok'\n"
    shown = invoke("health", kernel.url, "--json")
    assert (shown.exit_code, '"alive": false' in shown.stdout) == (1, True)


def test_the_status_is_a_table_with_a_summary(kernel: KernelSimulator) -> None:
    kernel.set_health("edge-2", Health.DEGRADED, consecutive_failures=2)
    assert rows(done("status", kernel.url)) == [
        ["Node", "Role", "Protocol", "Health", "Failures", "Up", "Down", "Description"],
        ["edge-1", "listener", "vless", "healthy", "-", "1.5", "MB", "2.0", "kB", "-"],
        ["edge-2", "connector", "ss", "degraded", "2", "-", "-", "-"],
        ["2", "nodes:", "1", "healthy,", "1", "degraded"],
    ]


def test_the_status_as_json_has_exact_numbers(kernel: KernelSimulator) -> None:
    status = document("status", kernel.url)
    assert status["generated_at"]
    assert status["nodes"][0] == {
        "id": "edge-1",
        "role": "listener",
        "protocol": "vless",
        "health": "healthy",
        "failures": None,
        "bytes_up": 1_500_000,
        "bytes_down": 2_000,
        "description": "",
    }


def test_check_fails_while_a_node_is_not_well(kernel: KernelSimulator) -> None:
    assert invoke("status", kernel.url, "--check").exit_code == 0
    kernel.set_health("edge-1", Health.UNHEALTHY)
    result = invoke("status", kernel.url, "--check")
    assert (result.exit_code, result.stderr) == (1, "znp-sync: not healthy: edge-1\n")
    assert "1 unhealthy" in result.stdout


def test_a_kernel_without_nodes_or_traffic_has_a_status(kernel: KernelSimulator) -> None:
    kernel.faults.answer(404, path="/v1/traffic")
    for node in ("edge-1", "edge-2"):
        kernel.evict(node)
    assert done("status", kernel.url).splitlines()[-1] == "no nodes"
    kernel.add_node("edge-3")
    assert done("status", kernel.url).splitlines()[-1] == "1 node: 1 healthy"


def test_traffic_by_node_and_of_all(kernel: KernelSimulator) -> None:
    assert rows(done("traffic", kernel.url)) == [
        ["Node", "Protocol", "Up", "Down"],
        ["edge-1", "vless", "1.5", "MB", "2.0", "kB"],
        ["all", "-", "1.5", "MB", "2.0", "kB"],
    ]
    assert document("traffic", kernel.url)["by_node_protocol"][0]["bytes_up"] == 1_500_000
    kernel.add_traffic("edge-2", bytes_down=7, protocol="ss")
    assert document("traffic", kernel.url, "--node", "edge-2")["bytes_down"] == 7
    assert document("traffic", kernel.url, "--protocol", "vless")["bytes_down"] == 2_000
    assert document("traffic", kernel.url, "--protocol", "vless", "--protocol", "ss")["bytes_down"] == 2_007


def test_users_and_one_user(kernel: KernelSimulator) -> None:
    expected = [
        ["Id", "Username", "Used", "Allocated", "Up", "Down", "Tags"],
        ["7", "小明", "0", "bytes", "5.0", "MB", "-", "-", "-"],
    ]
    assert rows(done("users", "list", kernel.url)) == expected
    assert rows(done("users", "show", kernel.url, "7")) == expected
    assert document("users", "show", kernel.url, "7")["username"] == "小明"
    assert document("users", "list", kernel.url, "--redact")[0]["username"] == "***"


def test_what_a_kernel_leaves_out_is_a_hyphen(kernel: KernelSimulator) -> None:
    with kernel.faults.answer(200, b'[{"rate": {"up": 2000}, "tags": ["a", "b"]}]', path="/v1/users"):
        assert rows(done("users", "list", kernel.url))[1] == ["-", "-", "-", "-", "2.0", "kB/s", "-", "a,", "b"]
    with kernel.faults.answer(200, b"[{}]", path="/v1/protocols"):
        assert rows(done("protocols", "list", kernel.url))[1] == ["-", "-", "-", "-", "-", "0", "-", "-"]
    with kernel.faults.answer(200, b'[{"callback": "http://panel"}]', path="/v1/events/registrations"):
        assert rows(done("events", "list", kernel.url))[1] == ["node", "-", "http://panel", "-", "-"]


def test_protocols_and_their_users(kernel: KernelSimulator) -> None:
    assert rows(done("protocols", "list", kernel.url))[2] == ["edge-2", "connector", "ss", "-", "-", "1", "-", "-"]
    assert [one["id"] for one in document("protocols", "list", kernel.url)] == ["edge-1", "edge-2"]
    assert rows(done("protocols", "users", kernel.url, "edge-2")) == [["Id", "Username"], ["7", "小明"]]
    assert document("protocols", "users", kernel.url, "edge-2")[0]["id"] == "7"


def test_wide_characters_keep_columns_in_line(kernel: KernelSimulator) -> None:
    kernel.add_user("8", username="a")
    _, first, second = done("users", "list", kernel.url).splitlines()
    assert first.index("0 bytes") + len("小明") == second.index("0 bytes")  # each of them is two columns wide


@pytest.mark.parametrize("text", ["[red]x[/red]", "a\x1b[2Jb", "a\nb", "a\x9b2Jb", "a\u202eb"])
def test_foreign_text_is_shown_and_does_nothing(kernel: KernelSimulator, text: str) -> None:
    kernel.add_user("9", username=text)
    line = done("users", "list", kernel.url).splitlines()[2]
    assert "".join(character if character.isprintable() else "" for character in line) == line
    assert "\x1b" not in line
    assert ("[red]x[/red]" in line) == (text == "[red]x[/red]")
    assert document("users", "show", kernel.url, "9")["username"] == text
    assert not any(steering in done("users", "show", kernel.url, "9", "--json") for steering in "\x1b\x9b\u202e")


def test_a_terminal_gets_a_frame_and_colours(kernel: KernelSimulator) -> None:
    shown = done("status", kernel.url, env={"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "120"})
    assert "╭" in shown
    assert "\x1b[32mhealthy" in shown
    assert "\x1b" not in done("status", kernel.url, env={"TERM": "xterm"})


def test_a_list_may_be_longer_than_other_answers(kernel: KernelSimulator) -> None:
    kernel.faults.answer(200, b"[" + b" " * 5_000_000 + b"]")
    assert rows(done("users", "list", kernel.url))[1:] == []
    assert rows(done("protocols", "list", kernel.url))[1:] == []
