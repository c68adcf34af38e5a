"""Replicas over real engines: joining, agreeing, leaving, and coming back from whatever happens to the engine."""

import asyncio
import gc
import logging
import multiprocessing
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import trustme
from tooz.coordination import ToozConnectionError

from tests.functional.cluster.servers import EngineServer, until
from tests.functional.servers import free_port
from znp_panel_sync import Cluster, ConfigurationError
from znp_panel_sync.cluster import ClusterStateError
from znp_panel_sync.cluster._address import EngineAddress
from znp_panel_sync.cluster._engine import Engine
from znp_panel_sync.cluster.parts import LoopPart

HANG = 60.0
TTL = 2.0
TICK = 0.05
KEYS = [f"node:{number}" for number in range(300)]

NewCluster = Callable[..., Cluster]


@pytest.fixture
def new(engine: EngineServer) -> Iterator[NewCluster]:
    """Makes replicas of one cluster, and stops them at the end."""
    name, made = uuid.uuid4().hex, []

    def make(**options: Any) -> Cluster:
        made.append(Cluster(engine.url, name, **{"ttl": TTL, "tick": TICK, "partitions": 64, **options}))
        return made[-1]

    yield make
    for cluster in made:
        cluster.stop(HANG)
    gc.collect()  # what has been left open is a warning now


def agree(*clusters: Cluster) -> None:
    """Wait until all know of all, and of nobody else."""

    def agreed() -> bool:
        return {len(cluster.members) for cluster in clusters} == {len(clusters)}

    until(agreed, HANG, "the agreement of the replicas")
    assert len({cluster.members for cluster in clusters}) == 1


def share(cluster: Cluster) -> set[str]:
    return {key for key in KEYS if cluster.owns(key)}


def test_replicas_share_everything_and_nothing_twice(new: NewCluster) -> None:
    one, two, three = (new(member=name) for name in ("one", "two", "three"))
    assert (one.version, one.members, share(one)) == (0, (), set())
    for cluster in (one, two, three):
        cluster.start()
    agree(one, two, three)
    assert [member.split(".")[0] for member in one.members] == ["one", "three", "two"]
    shares = [share(cluster) for cluster in (one, two, three)]
    assert set.union(*shares) == set(KEYS)
    assert sum(map(len, shares)) == len(KEYS)
    assert (one.counters.members, one.counters.engine_failures) == (3, 0)


def test_a_replica_that_leaves_is_missed_at_once(new: NewCluster) -> None:
    with new(ttl=30.0) as one:
        with new(ttl=30.0) as two:
            agree(one, two)
            member = two.member
        left_at = time.monotonic()
        assert (two.version, two.members, share(two), two.counters.members) == (0, (), set(), 0)
        agree(one)
        assert time.monotonic() - left_at < 20.0  # generous, and less than the TTL
        two.start()
        agree(one, two)
        assert two.member != member


def test_a_replica_that_dies_is_missed_after_the_ttl(engine: EngineServer, new: NewCluster) -> None:
    with new() as one:
        name = one._options.name
        program = (
            "import os, sys; from znp_panel_sync import Cluster\n"
            f"cluster = Cluster({engine.url!r}, {name!r}, member='mortal', ttl={TTL}, tick={TICK}, partitions=64)\n"
            f"cluster.start(); assert cluster.wait({HANG}); os.write(1, b'.'); sys.stdin.read()"
        )
        child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            assert child.stdout is not None
            assert child.stdout.read(1) == b"."
            until(lambda: len(one.members) == 2, HANG, "the second replica")
        finally:
            child.kill()
            child.communicate(timeout=HANG)
        until(lambda: share(one) == set(KEYS), HANG, "the takeover")


def test_replicas_forgotten_by_the_engine_join_again_and_keep_their_shares(
    engine: EngineServer, new: NewCluster
) -> None:
    with new() as one, new() as two:
        agree(one, two)
        version, owned = one.version, share(one)
        engine.restart_empty()
        answers = one.answers
        until(lambda: min(one.answers - answers, two.answers) > 5, HANG, "the engine's return")
        agree(one, two)
        assert (one.version, share(one)) == (version, owned)
        with new() as three:
            agree(one, two, three)


def test_a_frozen_engine_changes_nothing_and_is_told_of_once(
    engine: EngineServer, new: NewCluster, caplog: pytest.LogCaptureFixture
) -> None:
    with new() as one, new() as two:
        agree(one, two)
        version, owned = two.version, share(two)
        engine.freeze()
        try:
            failures = two.counters.engine_failures
            until(lambda: two.counters.engine_failures >= failures + 3, HANG, "three failures")
            assert (two.version, share(two)) == (version, owned)
        finally:
            engine.thaw()
        answers = two.counters.answers
        until(lambda: two.counters.answers > answers + 3, HANG, "the engine's return")
        agree(one, two)
        assert share(two) == owned
    warned = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warned) == 2  # one for each replica
    assert all("the last assignment is kept for at most 300 s" in record.getMessage() for record in warned)


def test_with_the_limit_over_nothing_is_owned_until_the_engine_is_back(engine: EngineServer, new: NewCluster) -> None:
    with new(keep_assignment=TTL) as one:
        agree(one)
        engine.stop()
        try:
            until(lambda: one.version == 0, HANG, "the end of the limit")
            assert share(one) == set()
        finally:
            engine.start()
        agree(one)
        assert share(one) == set(KEYS)


@pytest.mark.parametrize("scheme", ["redis", "etcd3+http"])
def test_a_replica_may_be_started_while_the_engine_is_away_and_stopped_too(scheme: str) -> None:
    cluster = Cluster(f"{scheme}://127.0.0.1:{free_port()}", "panel", ttl=TTL, tick=TICK)
    cluster.start()
    until(lambda: cluster.counters.engine_failures, HANG, "a failure")
    assert not cluster.wait(0.0)
    assert not cluster.owns("node:1")
    began = time.monotonic()
    cluster.stop(HANG)
    assert time.monotonic() - began < HANG / 2


def test_zookeeper_may_be_away_too() -> None:
    """There is no server to test with; its driver is made, asked, and ended without a trace."""
    cluster = Cluster(f"zookeeper://127.0.0.1:{free_port()}", "panel", ttl=1.0, tick=TICK)
    cluster.start()
    until(lambda: cluster.counters.engine_failures, HANG, "a failure")
    cluster.stop(HANG)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("znp-cluster")]


def test_a_member_that_has_asked_nothing_yet_has_nothing_to_leave() -> None:
    engine = Engine(EngineAddress.parse("redis://127.0.0.1:1"), group="panel", member="a", ttl=TTL)
    engine.close()
    with pytest.raises(ToozConnectionError):
        engine.exchange()
    engine.close()
    engine.close()


def test_an_engine_whose_driver_cannot_begin_is_a_failure_and_leaves_nothing(caplog: pytest.LogCaptureFixture) -> None:
    cluster = Cluster("redis://127.0.0.1:1?db=none", "panel", ttl=TTL, tick=TICK)
    cluster.start()
    until(lambda: cluster.counters.engine_failures, HANG, "a failure")
    cluster.stop(HANG)
    assert "does not answer" in caplog.text
    assert "cannot be told" not in caplog.text


def test_starting_and_stopping_twice_and_in_any_order_is_harmless(new: NewCluster) -> None:
    cluster = new()
    cluster.stop()
    cluster.start()
    cluster.start()
    cluster.stop(HANG)
    cluster.stop()
    threads = [threading.Thread(target=call) for call in [cluster.start, cluster.stop] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG)
    cluster.stop(HANG)
    assert cluster.version == 0
    cluster.start()
    assert cluster.wait(HANG)


def test_users_are_told_of_each_change_and_the_last_one_turns_out_the_light(
    new: NewCluster, caplog: pytest.LogCaptureFixture
) -> None:
    cluster, told = new(), threading.Event()

    def fail() -> None:
        raise RuntimeError("a user's own fault")

    cluster.enter(fail)
    cluster.enter(told.set)
    assert told.wait(HANG)
    assert cluster.wait(HANG)
    assert "failed to take a change" in caplog.text
    assert cluster.leave(fail).result(HANG) is None
    assert cluster.version > 0
    cluster.start()
    assert cluster.leave(told.set).result(HANG) is None
    assert cluster.version > 0  # it was told to start, and not to stop
    cluster.stop(HANG)
    cluster.enter(told.set)
    assert cluster.wait(HANG)
    left = cluster.leave(told.set)
    assert cluster.version == 0
    assert left.result(HANG) is None
    assert cluster.leave(told.set).result(HANG) is None  # again
    until(lambda: threading.active_count() == threads_before(), HANG, "the end of the threads")


def threads_before() -> int:
    return sum(not thread.name.startswith("znp-cluster") for thread in threading.enumerate())


def test_a_replica_whose_event_loop_hangs_is_replaced_until_it_runs_again(new: NewCluster) -> None:
    other, replica, hanging, going_on = new(), new(), threading.Event(), threading.Event()

    async def hang_in_the_middle() -> None:
        part = LoopPart(replica, lambda: None)
        await asyncio.to_thread(agree, other, replica)
        hanging.set()
        going_on.wait(HANG)
        await asyncio.to_thread(agree, other, replica)
        await part.leave(HANG)

    with other, ThreadPoolExecutor(1) as threads:
        running = threads.submit(asyncio.run, hang_in_the_middle())
        try:
            assert hanging.wait(HANG)
            until(lambda: share(other) == set(KEYS), HANG, "the takeover")
            assert (replica.version, share(replica)) == (0, set())
        finally:
            going_on.set()
        assert running.result(HANG) is None


def test_what_users_have_placed_is_counted(new: NewCluster) -> None:
    cluster = new()
    cluster.placed(10, 0)
    cluster.placed(7, 3)
    assert (cluster.counters.owned, cluster.counters.moves) == (7, 3)


def _use_in_child(cluster: Cluster) -> None:
    cluster.stop()
    cluster.leave(print).result(0)
    if cluster.owns("node:1") or cluster.version:
        sys.exit(1)
    for start in (cluster.start, lambda: cluster.enter(print)):
        try:
            start()
        except ClusterStateError:
            continue
        sys.exit(2)
    sys.exit(0)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # what is warned of is what is tested
def test_a_child_has_no_part_in_its_parents_cluster(new: NewCluster) -> None:
    with new() as cluster:
        agree(cluster)
        child = multiprocessing.get_context("fork").Process(target=_use_in_child, args=(cluster,))
        child.start()
        child.join(HANG)
        assert child.exitcode == 0
        assert share(cluster) == set(KEYS)


def test_an_engine_that_wants_a_password_gets_it_and_nobody_else_does(
    tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "canary p@ss/word"
    port = free_port()
    folder = tmp_path_factory.mktemp("redis")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--requirepass", secret, "--dir", str(folder)]
    try:
        server = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        pytest.skip("redis is not installed")
    try:
        right = Cluster(f"redis://:canary%20p%40ss%2Fword@127.0.0.1:{port}", "panel", ttl=TTL, tick=TICK)
        wrong = Cluster(f"redis://:canary-wrong@127.0.0.1:{port}", "panel", ttl=TTL, tick=TICK)
        with right, wrong:
            assert right.wait(HANG)
            until(lambda: wrong.counters.engine_failures, HANG, "a refusal")
            assert not wrong.wait(0.0)
        assert repr(right).startswith(f"Cluster('redis://127.0.0.1:{port}', 'panel', member=")
        assert "canary" not in repr(right) + repr(wrong) + caplog.text
    finally:
        server.kill()
        server.wait(HANG)


def test_redis_is_reached_over_tls_by_its_verified_name_alone(tmp_path: Path) -> None:
    authority, port = trustme.CA(), free_port()
    issued = authority.issue_cert("127.0.0.1")
    ca, certificate, key = (str(tmp_path / name) for name in ("ca.pem", "server.pem", "server.key"))
    authority.cert_pem.write_to_path(ca)
    issued.cert_chain_pems[0].write_to_path(certificate)
    issued.private_key_pem.write_to_path(key)
    tls = ["--tls-port", str(port), "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-auth-clients", "no"]
    options = ["--port", "0", *tls, "--tls-ca-cert-file", ca, "--bind", "127.0.0.1", "--save", "", "--dir", "."]
    try:
        server = subprocess.Popen(["redis-server", *options], cwd=tmp_path, stdout=subprocess.DEVNULL)
    except FileNotFoundError:
        pytest.skip("redis is not installed")
    try:
        right = Cluster(f"rediss://127.0.0.1:{port}?ssl_ca_certs={ca}", "panel", ttl=TTL, tick=TICK)
        stranger = Cluster(f"rediss://127.0.0.1:{port}", "panel", ttl=TTL, tick=TICK)
        misnamed = Cluster(f"rediss://localhost:{port}?ssl_ca_certs={ca}", "panel", ttl=TTL, tick=TICK)
        with right:
            assert right.wait(HANG)
            with stranger, misnamed:
                until(lambda: stranger.counters.engine_failures, HANG, "a refusal of an unknown authority")
                until(lambda: misnamed.counters.engine_failures, HANG, "a refusal of another name")
                assert (stranger.members, misnamed.members, right.counters.members) == ((), (), 1)
    finally:
        server.kill()
        server.wait(HANG)


@pytest.mark.parametrize(
    ("url", "module", "hint"),
    [
        ("redis://127.0.0.1:1", "tooz.hashring", "znp-panel-sync[cluster]"),
        ("redis://127.0.0.1:1", "tooz.drivers.redis", "znp-panel-sync[cluster]"),
        ("etcd3+http://127.0.0.1:1", "tooz.drivers.etcd3gw", "znp-panel-sync[cluster]"),
        ("zookeeper://127.0.0.1:1", "kazoo", "kazoo"),
    ],
)
def test_a_library_that_is_missing_is_named(url: str, module: str, hint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for loaded in list(sys.modules):
        if loaded.startswith(("znp_panel_sync.cluster._", "znp_panel_sync.cluster.ring", "tooz.drivers.")):
            monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setitem(sys.modules, module, None)
    cluster = Cluster(url, "panel")
    with pytest.raises(ConfigurationError, match=f"needs what is not installed .*{hint.split('[', maxsplit=1)[0]}"):
        cluster.start()
    cluster.stop()


def test_nothing_of_it_is_imported_before_it_is_used() -> None:
    program = (
        "import sys, znp_panel_sync\n"
        "znp_panel_sync.StatusPoller, znp_panel_sync.PanelActions, znp_panel_sync.SqlNodeStore\n"
        "from znp_panel_sync.events import EventDispatcher\n"
        "assert not [name for name in sys.modules if name.startswith(('tooz', 'znp_panel_sync.cluster'))]\n"
        "znp_panel_sync.Cluster('redis://127.0.0.1:1', 'panel')\n"
        "assert not [name for name in sys.modules if name.startswith(('tooz', 'redis', 'requests'))]\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=HANG)
