"""Commands that go on until they are interrupted, run as a user runs them."""

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.functional.cli.support import (
    CANARY_KEY,
    CANARY_SECRET,
    CANARY_TOKEN,
    COMMAND,
    PATIENCE_SECONDS,
    document,
    done,
    environment,
    invoke,
    piped,
    refused,
    terminal,
)
from znp_panel_sync.control import NodeControl
from znp_panel_sync.health import Health
from znp_panel_sync.kernel import Kernel
from znp_panel_sync.lease import NodeAgent
from znp_panel_sync.testing import KernelSimulator

CTRL_C = "\x03"
RED = "\x1b[31m"
ENDED_WELL = (0, "")

Until = Callable[[Callable[[], bool]], None]


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


@contextmanager
def pipe_of(*arguments: object) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes], IO[bytes]]]:
    """Run the command as a program whose output and errors are read by the test itself, for as long as it likes."""
    command = [*COMMAND, *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, env=environment(None)) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        try:
            yield program, program.stdout, program.stderr
        finally:
            program.kill()


class TestStatus:
    def test_a_pipe_gets_a_line_for_each_transition(self, kernel: KernelSimulator, until: Until) -> None:
        with piped("status", kernel.url, "--watch", "--source", "websocket", "--interval", "1s") as program:
            assert program.line().endswith("edge-1: absent -> healthy")
            assert program.line().endswith("edge-2: absent -> healthy")
            until(lambda: kernel.streams.open_count == 1)
            kernel.set_health("edge-1", Health.DEGRADED)
            kernel.streams.push_status()
            program.wait_for("edge-1: healthy -> degraded")
            kernel.streams.send(b"{}")
            kernel.evict("edge-2")
            kernel.streams.push_status()
            assert program.line().endswith("edge-2: healthy -> absent")
            assert program.end() == ENDED_WELL

    def test_a_kernel_that_dies_is_missed_and_welcomed_back(self, kernel: KernelSimulator, until: Until) -> None:
        with piped("status", kernel.url, "--watch", "--interval", "1s") as program:
            until(lambda: kernel.streams.open_count == 1)
            kernel.die()
            program.wait_for("the kernel refuses connections")
            kernel.come_back()
            program.wait_for("interrupted for [0-9]+ s: ")
            kernel.set_health("edge-1", Health.UNHEALTHY)
            program.wait_for("edge-1: healthy -> unhealthy")
            assert program.end(signal.SIGTERM) == ENDED_WELL

    def test_a_kernel_in_trouble_is_asked_on_and_that_is_told_once(self, kernel: KernelSimulator) -> None:
        with piped("status", kernel.url, "--watch", "--source", "poll", "--interval", "50ms", "--json") as program:
            assert json.loads(program.line())["type"] == "status"
            with kernel.faults.answer(503, path="/v1/status"):
                note = json.loads(program.wait_for('"note"'))
                asked = len(kernel.requests.find(path="/v1/status"))
                kernel.requests.wait_for(path="/v1/status", count=asked + 6, timeout=PATIENCE_SECONDS)
            assert "503 Service Unavailable" in note["text"]
            following = json.loads(program.wait_for('"(status|note)"'))
            assert following["type"] == "status"
            kernel.evict("edge-1")
            gone = json.loads(program.wait_for('"state":"absent"'))
            assert (gone["type"], gone["subject"], gone["previous"]) == ("transition", "edge-1", "healthy")
            assert program.end() == ENDED_WELL

    def test_without_a_stream_it_is_asked_again_and_again(self, kernel: KernelSimulator) -> None:
        kernel.faults.answer(404, path="/v1/status/*")
        kernel.faults.answer(403, path="/v1/traffic")
        with piped("status", kernel.url, "--watch", "--interval", "0.1") as program:
            assert "the kernel does not offer this stream" in program.wait_for("asking every 0.1 s instead")
            kernel.set_health("edge-1", Health.DEGRADED)
            program.wait_for("edge-1: healthy -> degraded")
            kernel.faults.answer(401, path="/v1/status")
            status, errors = program.wait()
        assert (status, "401 Unauthorized" in errors) == (4, True)

    def test_a_stream_that_is_wanted_must_be_there(self, kernel: KernelSimulator) -> None:
        kernel.faults.answer(404, path="/v1/status/*")
        result = invoke("status", kernel.url, "--watch", "--source", "sse")
        assert (result.exit_code, "does not offer this stream" in result.stderr) == (1, True)

    def test_a_terminal_shows_a_table_that_changes(self, kernel: KernelSimulator) -> None:
        with terminal("status", kernel.url, "--watch", "--interval", "1s") as program:
            screen = program.wait_for(r"2 nodes: 2 healthy; updated \d s ago; Ctrl-C ends")
            assert "╭" in screen
            kernel.set_health("edge-2", Health.UNHEALTHY)
            kernel.streams.push_status()
            program.wait_for("1 healthy, 1 unhealthy")
            program.wait_for("edge-2: healthy -> unhealthy")
            program.type(CTRL_C)
            status, screen = program.wait()
        assert (status, "Traceback" in screen) == (0, False)
        assert RED in program.written

    def test_a_kernel_that_is_not_there_ends_it(self, kernel: KernelSimulator) -> None:
        kernel.die()
        assert "refuses connections" in refused(3, "status", kernel.url, "--watch")
        assert "refuses connections" in refused(3, "events", "tail", kernel.url)


class TestEvents:
    def test_they_are_told_as_they_happen(self, kernel: KernelSimulator, until: Until) -> None:
        with piped("events", "tail", kernel.url, "--transport", "websocket", "--only", "node") as program:
            until(lambda: kernel.streams.open_count == 1)
            kernel.set_health("edge-1", Health.DEGRADED)
            assert "id=edge-1" in program.wait_for(r"^\d\d:\d\d:\d\d node.degraded ")
            kernel.streams.send(b"nothing")
            assert program.line() == "message: not understood"
            kernel.streams.send(b'{"event": "timeless"}')
            assert program.line() == "--:--:-- timeless"
            kernel.streams.cut()
            program.wait_for("interrupted from .* to ")
            assert program.end() == ENDED_WELL

    def test_as_json_they_come_whole(self, kernel: KernelSimulator, until: Until) -> None:
        with piped("events", "tail", kernel.url, "--json") as program:
            until(lambda: kernel.streams.open_count == 1)
            kernel.emit_event("user.quota.changed", {"user_id": "7"})
            event = json.loads(program.line())
            assert (event["type"], event["event"]["payload"]["user_id"]) == ("event", "7")
            kernel.streams.send(b"event: news\ndata: nothing\n\n")
            assert json.loads(program.line()) == {"type": "unknown", "name": "news", "data": "nothing"}
            kernel.streams.cut()
            assert json.loads(program.line())["type"] == "gap"
            assert program.end(signal.SIGTERM) == ENDED_WELL


class TestAgent:
    def test_nodes_beat_until_a_signal_comes(self, locked: KernelSimulator, tmp_path: Path) -> None:
        text = f"""
            [kernel]
            control_endpoint = "{locked.url}"
            ak = "{CANARY_KEY}"
            sk = "{CANARY_SECRET}"
            [[nodes]]
            id = "new-1"
            role = "listener"
            protocol = "vless"
            ttl_seconds = 2
            check = ["sh", "-c", "echo first; echo 'upstream is slow' >&2; exit 3"]
            [[nodes]]
            id = "new-2"
            role = "connector"
            protocol = "ss"
        """
        with piped("agent", written(tmp_path, "agent.toml", text)) as program:
            told = sorted(program.wait_for("registering -> registered").split()[1] for _ in range(2))
            assert told == ["new-1:", "new-2:"]
            heartbeat = locked.requests.wait_for("POST", "*/new-1/heartbeat", timeout=PATIENCE_SECONDS)[0].json()
            assert (heartbeat["message"], list(heartbeat["status"])) == ("upstream is slow", ["Degraded"])
            status, errors = program.end(signal.SIGTERM)
            assert {program.wait_for("signed off$").split()[1] for _ in range(2)} == {"new-1:", "new-2:"}
        assert (status, errors) == ENDED_WELL
        assert locked.node_ids == ["edge-1", "edge-2"]

    def test_a_signal_that_comes_before_the_nodes_are_started_ends_the_command_too(
        self, kernel: KernelSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begin = NodeAgent.start

        def interrupted(agent: NodeAgent, wait: float | None = None) -> bool:
            signal.raise_signal(signal.SIGTERM)
            return begin(agent, wait)

        monkeypatch.setattr(NodeAgent, "start", interrupted)
        text = f"""
            kernel: {{control_endpoint: "{kernel.url}"}}
            nodes: [{{id: new-1, role: listener, protocol: vless}}]
        """
        assert "new-1: signed off" in done("agent", written(tmp_path, "agent.yaml", text))
        assert "new-1" not in kernel.node_ids

    def test_credentials_of_the_options_go_first_and_a_sign_off_may_fail(
        self, locked: KernelSimulator, tmp_path: Path, credentials: Path
    ) -> None:
        text = f"""
            kernel: {{control_endpoint: "{locked.url}", control_token: {CANARY_TOKEN}}}
            nodes: [{{id: new-1, role: listener, protocol: vless, check: ["true"]}}]
        """
        file = written(tmp_path, "agent.yaml", text)
        file.chmod(0o644)
        with piped("agent", file, "--credentials", credentials, "--json") as program:
            program.wait_for('"state":"registered"')
            locked.die()
            status, errors = program.end()
            assert "the kernel did not confirm it" in program.wait_for('"note"')
        assert (status, errors) == (0, f"warning: {file} can be read by others: chmod 600 {file}\n")

    def test_it_ends_when_nobody_reads_any_more(self, kernel: KernelSimulator, tmp_path: Path) -> None:
        text = f"""
            kernel: {{control_endpoint: "{kernel.url}"}}
            nodes: [{{id: new-1, role: listener, protocol: vless, ttl_seconds: 2}}]
        """
        with pipe_of("agent", written(tmp_path, "agent.yaml", text)) as (program, output, errors):
            while b"-> registered" not in output.readline():
                pass
            output.close()
            kernel.die()
            assert program.wait(PATIENCE_SECONDS) == 141
            assert errors.read() == b""

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("nodes: []", ": kernel: must be there, with a control_endpoint"),
            ("kernel: {control_endpoint: mail}", ": kernel.control_endpoint: must begin with http:// or https://"),
            ("kernel: {control_endpoint: http://h}", ": must hold a list of nodes"),
            ("kernels: {control_endpoint: http://h}", ": kernels: is not a known setting: known are kernel, nodes"),
            ("kernel: {control_endpoint: http://h}\nnodes: [{id: a, chek: [ls]}]", ": nodes[0].chek: is not a known"),
            ("kernel: {control_endpoint: http://h}\nnodes: [{id: 5}]", ": nodes[0].id: must be a text: put it in "),
            (
                "kernel: {control_endpoint: http://h}\nnodes: [{id: a, role: listener, protocol: ss, check: ls}]",
                ": nodes[0].check: must be a list of words",
            ),
        ],
    )
    def test_what_is_wrong_with_its_file_is_told(self, tmp_path: Path, text: str, problem: str) -> None:
        file = written(tmp_path, "agent.yaml", text)
        assert refused(2, "agent", file).startswith(f"znp-sync: {file}{problem}")


class TestPoll:
    def nodes(self, folder: Path, *kernels: KernelSimulator, crowd: int = 0) -> Path:
        names = ("香港", "tokyo")
        away = {"control_endpoint": "http://127.0.0.1:9", "status": "disabled"}
        records: list[dict[str, object]] = [{"id": number, **away} for number in range(crowd)]
        records += ({"id": name, "control_endpoint": kernel.url} for name, kernel in zip(names, kernels, strict=True))
        records.append({"id": "paris", **away})
        return written(folder, "nodes.json", json.dumps({"nodes": records, "Kernel": {"StatusPollInterval": "200ms"}}))

    def test_a_pipe_gets_a_line_for_each_transition(self, kernel: KernelSimulator, tmp_path: Path) -> None:
        with KernelSimulator() as other, piped("poll", self.nodes(tmp_path, kernel, other)) as program:
            first = sorted(program.line().split(maxsplit=1)[1] for _ in range(2))
            assert first == ["tokyo: unknown -> online (reached)", "香港: unknown -> online (reached)"]
            other.die()
            program.wait_for("tokyo: online -> offline")
            other.come_back()
            program.wait_for(r"tokyo: offline -> online \(reached\)")
            assert program.end(signal.SIGTERM) == ENDED_WELL

    def test_a_terminal_shows_a_table_that_changes(self, kernel: KernelSimulator, tmp_path: Path) -> None:
        kernel.set_health("edge-2", Health.DEGRADED)
        with KernelSimulator() as other:
            file = self.nodes(tmp_path, kernel, other, crowd=30)
            with terminal("poll", file, env={"NO_COLOR": "1"}, size=(24, 80)) as program:
                screen = program.wait_for("and [0-9]+ more; 2 of 33 nodes online at [0-9:]+; Ctrl-C ends")
                assert "1/2 healthy, edge-2 degraded" in screen
                assert "disabled" in screen
                other.die()
                program.wait_for("Reason[^╰]*├[^╰]*┤\\s+│ tokyo +│ offline +│ refused +│[^╰]*│ 香港 [^╰]*│ 0 ")
                program.wait_for("and [0-9]+ more; 1 of 33 nodes online")
                program.wait_for("tokyo: online -> offline")
                program.type(CTRL_C)
                assert program.wait()[0] == 0
        assert RED not in program.written

    def test_once_tells_who_is_not_online(self, kernel: KernelSimulator, tmp_path: Path) -> None:
        with KernelSimulator() as other:
            file = self.nodes(tmp_path, kernel, other)
            assert done("poll", file, "--once").splitlines()[1].split() == ["香港", "online", "ok"]
            other.die()
            result = invoke("poll", file, "--once", "--json")
        assert (result.exit_code, result.stderr) == (1, "znp-sync: not online: tokyo\n")
        assert [one["status"] for one in json.loads(result.stdout)] == ["online", "offline", "skipped"]

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("- {id: 1, control_endpoint: mail}", ": nodes[0]: control_endpoint: must begin with http:// or https://"),
            ("- {control_endpoint: http://h}", ": nodes[0].id: must be a text or a whole number"),
            ("- {id: true, control_endpoint: http://h}", ": nodes[0].id: must be a text or a whole number"),
            ("- &a {id: 1, control_endpoint: http://h}\n- *a", ": the node '1' stands there 2 times"),
            ("nodes: [{id: 1, control_endpoint: http://h}]\nKernels: {}", ": Kernels: is not a known"),
            ("nodes: [{id: 1, control_endpoint: http://h}]\nKernel: {Often: 1}", ": Kernel.Often: is not a known"),
        ],
    )
    def test_what_is_wrong_with_its_file_is_told(self, tmp_path: Path, text: str, problem: str) -> None:
        file = written(tmp_path, "nodes.yaml", text)
        assert refused(2, "poll", file, "--once").startswith(f"znp-sync: {file}{problem}")

    def test_its_file_is_warned_of_where_others_may_read_secrets(self, kernel: KernelSimulator, tmp_path: Path) -> None:
        text = f"[{{id: 1, control_endpoint: {kernel.url}, control_token: {CANARY_TOKEN}}}]"
        file = written(tmp_path, "nodes.yaml", text)
        file.chmod(0o604)
        result = invoke("poll", file, "--once", "--interval", "1m")
        assert (result.exit_code, result.stderr) == (0, f"warning: {file} can be read by others: chmod 600 {file}\n")


class TestSimulate:
    def test_it_serves_until_it_is_interrupted(self, until: Until) -> None:
        with piped("simulate", "--nodes", 2, "--users", 1, "--lively", "50ms", "--seed", 1) as program:
            url = program.line()
            assert [user["id"] for user in document("users", "list", url)] == ["1"]
            until(lambda: document("traffic", url)["bytes_up"] > 0)
            status, errors = program.end()
        assert (status, errors) == (0, f"Ctrl-C ends it. Look at it with: znp-sync status {url}\n")

    def test_it_wants_the_credentials_that_it_is_given(self, credentials: Path) -> None:
        with piped("simulate", "--json", "--credentials", credentials, "--nodes", 0, "--lively", "1s") as program:
            simulated = json.loads(program.line())
            assert simulated["nodes"] == []
            refused(4, "users", "list", simulated["url"])
            assert done("users", "list", simulated["url"], "--credentials", credentials)
            assert program.end(signal.SIGTERM)[0] == 0

    def test_a_port_that_is_taken_is_told(self, kernel: KernelSimulator) -> None:
        line = refused(1, "simulate", "--port", kernel.port)
        assert line == (
            f"znp-sync: cannot listen on port {kernel.port}: Address already in use: choose another with --port"
        )


class TestInterruption:
    @pytest.mark.parametrize(("how", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_a_command_that_would_have_ended_by_itself(
        self, kernel: KernelSimulator, how: signal.Signals, expected: int
    ) -> None:
        kernel.faults.hang(path="/healthz")
        with piped("health", kernel.url, "--timeout", "1m") as program:
            kernel.requests.wait_for(path="/healthz", timeout=PATIENCE_SECONDS)
            status, errors = program.end(how)
        assert (status, errors.strip()) == (expected, "")

    def test_a_reader_who_has_seen_enough(self, kernel: KernelSimulator) -> None:
        with pipe_of("status", kernel.url, "--watch", "--json", "--interval", "1s") as (program, output, errors):
            assert output.readline()
            output.close()
            assert program.wait(PATIENCE_SECONDS) == 141
            assert errors.read() == b""


def test_long_work_shows_its_progress_at_a_terminal(kernel: KernelSimulator, tmp_path: Path) -> None:
    users = [{"id": str(number), "username": "a", "password": "b"} for number in range(40)]
    file = written(tmp_path, "users.json", json.dumps(users))
    with terminal("users", "import", kernel.url, file, "--batch", 1) as program:
        program.wait_for(r"Importing users .* \d+/40 ")
        program.wait_for("imported 40 users")
        assert program.wait()[0] == 0
    with Kernel(NodeControl(kernel.url)) as client:
        assert len(client.users.list_users()) == 40
