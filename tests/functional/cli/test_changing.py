"""Commands that change something at a kernel."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.functional.cli.support import CANARY_PASSWORD, document, done, invoke, refused
from znp_panel_sync.kernel import Kernel
from znp_panel_sync.testing import KernelSimulator

BASE = "http://panel.example:8000"
PASSWORD = {"NEW_PASSWORD": CANARY_PASSWORD}


def user(number: int, **others: Any) -> dict[str, Any]:
    return {"id": str(number), "username": f"user-{number}", "password": CANARY_PASSWORD, **others}


def protocol(name: str, **others: Any) -> dict[str, Any]:
    return {"profile": {"id": name, "role": "listener", "protocol": "vless", "profile": {}}, **others}


def file_of(folder: Path, document: object, name: str = "records.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    path.chmod(0o600)
    return path


def passwords(simulator: KernelSimulator) -> list[str]:
    """What was sent as passwords."""
    bodies = [request.json() for request in simulator.requests.find() if request.body]
    return [body["password"] for body in bodies if "password" in body]


def user_ids(simulator: KernelSimulator) -> list[str]:
    return [one["id"] for one in document("users", "list", simulator.url)]


class TestUsers:
    def test_one_is_created_with_what_was_given(self, kernel: KernelSimulator) -> None:
        options = ("--password-env", "NEW_PASSWORD", "--allocated", 1000, "--rate-up", 5, "--tag", "a", "--tag", "b")
        assert done("users", "create", kernel.url, "42", *options, env=PASSWORD) == "created 42\n"
        created = document("users", "show", kernel.url, "42")
        assert (created["username"], created["tags"]) == ("42", ["a", "b"])
        assert (created["traffic"]["allocated"], created["rate"]) == (1000, {"up": 5, "down": None})
        assert passwords(kernel) == [CANARY_PASSWORD]

    def test_what_is_named_is_changed_and_the_rest_stays(self, kernel: KernelSimulator, tmp_path: Path) -> None:
        secret = tmp_path / "password"
        secret.write_text(f"{CANARY_PASSWORD}\n", encoding="utf-8")
        secret.chmod(0o600)
        assert done("users", "update", kernel.url, "7", "--rate-down", 9) == "updated 7\n"
        assert done("users", "update", kernel.url, "7", "--password-file", secret) == "updated 7\n"
        changed = document("users", "show", kernel.url, "7")
        assert (changed["rate"], changed["traffic"]["allocated"]) == ({"up": None, "down": 9}, 5_000_000)
        assert passwords(kernel) == [CANARY_PASSWORD]

    def test_a_change_of_nothing_is_a_wrong_use(self, kernel: KernelSimulator) -> None:
        line = refused(2, "users", "update", kernel.url, "7")
        assert line == (
            "znp-sync users update: name something that is to be changed (try znp-sync users update --help)"
        )

    def test_one_that_exists_is_not_created_again(self, kernel: KernelSimulator) -> None:
        line = refused(1, "users", "create", kernel.url, "7", "--password-env", "NEW_PASSWORD", env=PASSWORD)
        assert "409 Conflict" in line
        assert line.endswith("look at what is there already")

    def test_many_are_imported_in_batches(self, kernel: KernelSimulator, tmp_path: Path) -> None:
        file = file_of(tmp_path, {"users": [user(number) for number in range(100, 125)]})
        assert done("users", "import", kernel.url, file, "--batch", 10) == "imported 25 users\n"
        sent = [len(request.json()) for request in kernel.requests.find(path="/v1/users/import")]
        assert sent == [10, 10, 5]
        assert len(user_ids(kernel)) == 26

    def test_a_dry_run_sends_nothing(self, kernel: KernelSimulator, tmp_path: Path) -> None:
        file = file_of(tmp_path, [user(1), user(2)])
        assert done("users", "import", kernel.url, file, "--dry-run") == "2 users, nothing sent\n"
        assert kernel.requests.total == 0

    @pytest.mark.parametrize(
        ("record", "problem"),
        [
            ({**user(1), "id": 1}, "users[1].id: must be a text: put it in quotes"),
            ({"id": "1", "username": "a"}, "users[1].password: is missing"),
            ({**user(1), "traffic": []}, "users[1]: traffic: expected an object for Traffic, got a list"),
            (CANARY_PASSWORD, "users[1]: must have names with values"),
        ],
    )
    def test_all_are_checked_before_the_first_is_sent(
        self, kernel: KernelSimulator, tmp_path: Path, record: object, problem: str
    ) -> None:
        file = file_of(tmp_path, [user(0), record])
        assert refused(2, "users", "import", kernel.url, file) == f"znp-sync: {file}: {problem}"
        assert kernel.requests.total == 0

    def test_a_failure_says_how_far_it_came(self, kernel: KernelSimulator, tmp_path: Path) -> None:
        file = file_of(tmp_path, [user(number) for number in range(4)])
        kernel.faults.answer(500, path="/v1/users/import", times=1)
        assert "500" in refused(1, "users", "import", kernel.url, file, "--batch", 2)
        kernel.faults.slow(0, times=1)
        first = file_of(tmp_path, [user(1), user(2), {**user(3), "traffic": {"allocated": "much"}}], "second.json")
        result = invoke("users", "import", kernel.url, first, "--batch", 2)
        said, line = result.stderr.splitlines()
        assert (result.exit_code, said) == (1, "2 of 3 users were imported before this failed")
        assert "400 Bad Request" in line

    def test_they_are_deleted_when_it_is_meant(self, kernel: KernelSimulator) -> None:
        line = refused(2, "users", "delete", kernel.url, "7")
        assert line == "znp-sync: there is no terminal to ask at whether it is meant: say --yes"
        assert user_ids(kernel) == ["7"]
        assert done("users", "delete", kernel.url, "7", "--yes") == "deleted 1 user\n"
        assert user_ids(kernel) == []
        line = refused(1, "users", "delete", kernel.url, "7", "--yes")
        assert line.endswith("check the id, and whether this kernel offers the operation")


class TestProtocols:
    def test_they_are_pushed_and_deleted(self, kernel: KernelSimulator, tmp_path: Path) -> None:
        file = file_of(tmp_path, {"protocols": [protocol("a", users=[user(1)]), protocol("b")]})
        assert done("protocols", "push", kernel.url, file, "--dry-run") == "2 protocols, nothing sent\n"
        assert done("protocols", "push", kernel.url, file) == "pushed 2 of 2 protocols\n"
        assert kernel.node_ids == ["edge-1", "edge-2", "a", "b"]
        assert done("protocols", "delete", kernel.url, "a", "b", "-y") == "deleted 2 protocols\n"
        assert kernel.node_ids == ["edge-1", "edge-2"]
        assert done("protocols", "delete", kernel.url, "edge-1", "-y") == "deleted 1 protocol\n"

    def test_one_that_is_refused_does_not_keep_the_others_back(self, kernel: KernelSimulator, tmp_path: Path) -> None:
        file = file_of(tmp_path, [protocol("a", listen=1), protocol("b")])
        result = invoke("protocols", "push", kernel.url, file)
        said, line = result.stderr.splitlines()
        assert (result.exit_code, result.stdout) == (1, "pushed 1 of 2 protocols\n")
        assert said.startswith("a: kernel control: 400 Bad Request")
        assert line == "znp-sync: the kernel refused 1 of 2 protocols: see above"
        assert kernel.node_ids[-1] == "b"

    def test_a_document_that_is_none_is_refused_before(self, kernel: KernelSimulator, tmp_path: Path) -> None:
        file = file_of(tmp_path, [{"listen": "0.0.0.0:1"}])
        line = refused(2, "protocols", "push", kernel.url, file)
        assert (
            line == f"znp-sync: {file}: protocols[0]: ProtocolUpsertRequest needs 'profile', which is missing or null"
        )


class TestEvents:
    def test_callbacks_are_planned_registered_and_removed(self, kernel: KernelSimulator) -> None:
        wanted = ("--node-event", "node_degraded", "--service-event", "user.quota.changed")
        options = ("events", "ensure", kernel.url, BASE, *wanted, "--secret-env", "SECRET")
        secret = {"SECRET": CANARY_PASSWORD}
        assert done(*options, "--dry-run", env=secret).splitlines()[-1] == "2 to create, 0 to delete, 0 kept"
        assert not kernel.registrations
        assert done(*options, env=secret).splitlines()[-1] == "2 created, 0 deleted, 0 kept"
        assert [one.secret for one in kernel.registrations] == [CANARY_PASSWORD] * 2
        again = document(*options, env=secret)
        assert (again["created"], [one["event"] for one in again["kept"]]) == (
            [],
            ["node_degraded", "user.quota.changed"],
        )
        assert len(done("events", "list", kernel.url).splitlines()) == 3
        assert [len(listed) for listed in document("events", "list", kernel.url).values()] == [1, 1]
        assert len(document("events", "remove", kernel.url, BASE)["deleted"]) == 2
        assert not kernel.registrations

    def test_all_events_are_wanted_where_none_is_named(self, kernel: KernelSimulator) -> None:
        assert done("events", "ensure", kernel.url, BASE).splitlines()[-1] == "7 created, 0 deleted, 0 kept"
        moved = done("events", "ensure", kernel.url, f"{BASE}/new", "--former-base", BASE)
        assert moved.splitlines()[-1] == "7 created, 7 deleted, 0 kept"
        removed = done("events", "remove", kernel.url, BASE, "--former-base", f"{BASE}/new")
        assert removed.splitlines()[-1] == "0 created, 7 deleted, 0 kept"


def test_what_a_program_imports_is_what_the_kernel_has(kernel: KernelSimulator, tmp_path: Path) -> None:
    records = [user(1, metadata={"subscription_id": "9"}, rate={"up": 10})]
    done("users", "import", kernel.url, file_of(tmp_path, records))
    with Kernel(kernel.control()) as client:
        imported = client.users.get_user("1")
    assert imported.to_dict()["metadata"] == {"subscription_id": "9"}
