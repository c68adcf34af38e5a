import multiprocessing
import sqlite3
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError

from tests.functional.events.support import ALICE, SECOND, node_event, record, traffic, usage
from tests.functional.servers import PostgresServer
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.events._fields import MAX_INTEGER
from znp_panel_sync.events.envelopes import Answer, Envelope
from znp_panel_sync.events.ledger import EventState, LedgerUnavailableError, NodeTraffic, TrafficTotal, Usage
from znp_panel_sync.events.payloads import NodeEvent, Subject
from znp_panel_sync.stores.ledger import SqlEventLedger

DAY_MS = 86_400_000


# Recording


def test_increments_are_summed_by_subject_node_and_protocol(ledger: SqlEventLedger) -> None:
    ledger.record(traffic(record(1, 2), record(3, 4), record(5, 6, node_id=None, protocol=None)))
    ledger.record(traffic(record(10, 20), record(7, 8, subscription_id=None, user_id="alice", node_id=11)))
    assert ledger.traffic_totals(SECOND) == [
        TrafficTotal(SECOND, "", "", 5, 6),
        TrafficTotal(SECOND, "10", "vless", 14, 26),
    ]
    assert ledger.traffic_totals()[-1] == TrafficTotal(ALICE, "11", "vless", 7, 8)
    assert ledger.node_traffic() == [
        NodeTraffic("", "", 5, 6),
        NodeTraffic("10", "vless", 14, 26),
        NodeTraffic("11", "vless", 7, 8),
    ]


def test_a_redelivery_is_answered_as_the_first_time_and_changes_nothing(ledger: SqlEventLedger) -> None:
    envelope = traffic(record(1, 2), {})
    first = ledger.record(envelope)
    assert first == ledger.record(envelope) == Answer(200, {"accepted": 1, "failed": 1})
    assert ledger.traffic_totals() == [TrafficTotal(SECOND, "10", "vless", 1, 2)]
    assert len(ledger.rejected_records()) == len(ledger.events()) == 1


def test_the_stored_answer_wins_over_a_later_reading_of_the_same_event(ledger: SqlEventLedger) -> None:
    envelope = node_event(handled=False)
    assert ledger.record(envelope).content == {"status": "ignored"}
    read_again = evolve(envelope, answer=Answer(200, {"status": "accepted"}))
    assert ledger.record(read_again).content == {"status": "ignored"}


def test_subjects_differ_by_case_and_script(ledger: SqlEventLedger) -> None:
    for name in ("alice", "Alice", "ALICE", "ålice", "爱丽丝"):
        ledger.record(traffic(record(1, 1, subscription_id=None, user_id=name)))
    assert [total.bytes_up for total in ledger.traffic_totals()] == [1] * 5


def test_sums_end_at_64_bits_and_not_in_an_overflow(ledger: SqlEventLedger) -> None:
    for up in (MAX_INTEGER - 1, 1, 5):
        ledger.record(traffic(record(up, 1)))
    assert ledger.traffic_totals() == [TrafficTotal(SECOND, "10", "vless", MAX_INTEGER, 3)]
    ledger.record(traffic(record(MAX_INTEGER, 0, subscription_id=3)))
    assert ledger.node_traffic() == [NodeTraffic("10", "vless", 2 * MAX_INTEGER, 3)]


def test_bad_records_are_kept_newest_first_with_their_reasons(ledger: SqlEventLedger) -> None:
    ledger.record(traffic({"bytes_up": 1}, record(), 5, at_ms=7, source="192.0.2.9"))
    kept = ledger.rejected_records(limit=2)
    (event,) = ledger.events()
    assert {(one.event_number, one.source, one.received_at_ms) for one in kept} == {(event.number, "192.0.2.9", 7)}
    assert [(one.position, one.reason, one.record) for one in kept] == [
        (2, "record: must be an object", "5"),
        (0, "subscription_id: is missing, and so is user_id", '{"bytes_up":1}'),
    ]


def test_an_older_total_never_overwrites_a_newer_one(ledger: SqlEventLedger) -> None:
    for used, occurred in ((100, 50), (90, 40), (110, 50), (80, 49)):
        ledger.record(usage(used, occurred=occurred))
    assert ledger.usage(ALICE) == Usage(ALICE, 110, 50)
    ledger.record(usage(5, occurred=60))
    assert ledger.usage(ALICE) == Usage(ALICE, 5, 60)


def test_a_total_without_its_time_is_the_newest_whatever_the_clocks_of_receivers_say(ledger: SqlEventLedger) -> None:
    for used, occurred, at_ms in ((1, None, 2000), (2, None, 1000), (3, 50, 3000), (4, None, 10), (5, 49, 4000)):
        ledger.record(usage(used, occurred=occurred, at_ms=at_ms))
    assert ledger.usage(ALICE) == Usage(ALICE, 4, 50)
    ledger.record(usage(6, occurred=51, at_ms=20))
    assert ledger.usage(ALICE) == Usage(ALICE, 6, 51)
    assert ledger.usage(SECOND) is None


def test_a_total_from_the_future_does_not_hold_back_those_that_follow(ledger: SqlEventLedger) -> None:
    ledger.record(usage(1, occurred=MAX_INTEGER))
    assert ledger.usage(ALICE) == Usage(ALICE, 1, None)
    ledger.record(usage(2, occurred=50))
    assert ledger.usage(ALICE) == Usage(ALICE, 2, 50)


def test_what_the_panel_writes_in_the_transaction_shares_its_fate(database_url: str) -> None:
    failures = [RuntimeError("the panel's own"), None]

    def credit(connection: Connection, envelope: Envelope) -> None:
        connection.execute(text("INSERT INTO credits VALUES (:up)"), {"up": envelope.effects.increments[0].bytes_up})
        if failure := failures.pop(0):
            raise failure

    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE credits (up BIGINT)"))
    ledger = SqlEventLedger(engine, in_transaction=credit)
    envelope = traffic(record(7, 0))
    with pytest.raises(RuntimeError, match="the panel's own"):
        ledger.record(envelope)
    assert ledger.traffic_totals() == []
    assert ledger.record(envelope).status == 200
    with engine.connect() as connection:
        assert connection.execute(text("SELECT up FROM credits")).scalars().all() == [7]
    assert ledger.traffic_totals() == [TrafficTotal(SECOND, "10", "vless", 7, 0)]
    engine.dispose()


def test_two_workers_that_receive_one_event_at_once_record_it_once(database_url: str) -> None:
    workers = [SqlEventLedger(database_url) for _ in range(2)]
    envelopes = [traffic(record(1, 1), record(1, 1, subscription_id=3)) for _ in range(30)]
    gate = threading.Barrier(2)

    def deliver(ledger: SqlEventLedger) -> list[Answer]:
        gate.wait(30)
        return [ledger.record(envelope) for envelope in envelopes]

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(deliver, workers)
    assert first == second == [Answer(200, {"accepted": 2, "failed": 0})] * 30
    assert [total.bytes_up for total in workers[0].traffic_totals()] == [30, 30]
    assert len(workers[0].events()) == 30
    for worker in workers:
        worker.close()


def test_many_threads_share_one_ledger(ledger: SqlEventLedger) -> None:
    envelopes = [traffic(record(1, 1)) for _ in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ledger.record, envelopes * 2))
    assert [total.bytes_up for total in ledger.traffic_totals()] == [40]


# Trouble


def test_a_locked_database_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("znp_panel_sync.stores._database.BUSY_SECONDS", 0.05)
    ledger = SqlEventLedger(f"sqlite:///{tmp_path}/ledger.db")
    ledger.record(traffic(record(1, 0)))
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerUnavailableError, match="OperationalError: database is locked"):
        ledger.record(traffic(record(1, 0)))
    other.execute("ROLLBACK")
    other.close()
    ledger.record(traffic(record(1, 0)))
    assert [total.bytes_up for total in ledger.traffic_totals()] == [2]


def test_a_thread_that_writes_for_too_long_makes_the_others_give_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("znp_panel_sync.stores._database.BUSY_SECONDS", 0.05)
    writing, released = threading.Event(), threading.Event()

    def wait(connection: Connection, envelope: Envelope) -> None:
        writing.set()
        assert released.wait(30)

    ledger = SqlEventLedger(f"sqlite:///{tmp_path}/ledger.db", in_transaction=wait)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(ledger.record, traffic(record()))
        assert writing.wait(30)
        with pytest.raises(LedgerUnavailableError, match="busy"):
            ledger.record(traffic(record()))
        released.set()
        assert slow.result(30).status == 200


def test_no_statement_waits_long_for_a_lock(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("znp_panel_sync.stores._database.BUSY_SECONDS", 0.05)
    ledger, other = SqlEventLedger(database_url), create_engine(database_url)
    ledger.record(traffic(record(1, 0)))
    with other.connect() as connection:
        if other.dialect.name != "sqlite":
            write = "WRITE" if other.dialect.name == "mysql" else "IN ACCESS EXCLUSIVE MODE"
            connection.execute(text(f"LOCK TABLE znp_event_keys {write}"))
        connection.execute(text("UPDATE znp_event_keys SET status = 200"))
        with pytest.raises(LedgerUnavailableError, match=r"(?i)lock"):
            ledger.record(traffic(record(1, 0)))
        connection.rollback()
        connection.invalidate()
    ledger.record(traffic(record(1, 0)))
    assert [total.bytes_up for total in ledger.traffic_totals()] == [2]
    ledger.close()
    other.dispose()


def test_threads_do_not_queue_for_tables_that_are_long_in_the_making(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("znp_panel_sync.stores._database.BUSY_SECONDS", 0.05)
    make, making, released = Table.create, threading.Event(), threading.Event()

    def wait(table: Table, engine: Engine, checkfirst: bool) -> None:
        making.set()
        assert released.wait(30)
        make(table, engine, checkfirst=checkfirst)

    monkeypatch.setattr(Table, "create", wait)
    ledger = SqlEventLedger(f"sqlite:///{tmp_path}/ledger.db")
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(ledger.events)
        assert making.wait(30)
        with pytest.raises(LedgerUnavailableError, match="busy"):
            ledger.events()
        released.set()
        assert slow.result(30) == []


def test_an_engine_that_commits_each_statement_is_refused(database_url: str) -> None:
    engine = create_engine(database_url, isolation_level="AUTOCOMMIT")
    with pytest.raises(ConfigurationError, match="url: is an engine in autocommit"):
        SqlEventLedger(engine).record(traffic(record()))
    engine.dispose()
    ledger = SqlEventLedger(database_url)
    assert ledger.events() == []
    ledger.close()


def test_an_engine_on_sqlite_may_begin_transactions_by_itself(tmp_path: Path) -> None:
    def fail(connection: Connection, envelope: Envelope) -> None:
        raise RuntimeError("the panel's own")

    engine = create_engine(f"sqlite:///{tmp_path}/ledger.db", isolation_level="AUTOCOMMIT")
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    ledger = SqlEventLedger(engine, in_transaction=fail)
    with pytest.raises(RuntimeError, match="the panel's own"):
        ledger.record(traffic(record()))
    assert ledger.events() == []
    engine.dispose()


def test_a_server_that_is_away_is_unavailable_until_it_is_back(postgres_server: PostgresServer) -> None:
    ledger = SqlEventLedger(postgres_server.new_database())
    envelope = traffic(record(1, 0))
    ledger.record(envelope)
    postgres_server.stop()
    try:
        with pytest.raises(LedgerUnavailableError, match="OperationalError"):
            ledger.record(traffic(record(1, 0)))
    finally:
        postgres_server.start()
    ledger.record(envelope)
    ledger.record(traffic(record(1, 0)))
    assert [total.bytes_up for total in ledger.traffic_totals()] == [2]
    ledger.close()


def test_a_ledger_is_made_while_its_database_is_away(tmp_path: Path) -> None:
    folder = tmp_path / "mounted later"
    ledger = SqlEventLedger(f"sqlite:///{folder}/ledger.db")
    with pytest.raises(LedgerUnavailableError):
        ledger.record(traffic(record()))
    folder.mkdir()
    assert ledger.record(traffic(record())).status == 200


def test_a_database_that_does_not_take_the_tables_is_unavailable(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "ledger.db") as other:
        other.execute("CREATE TABLE taken (name TEXT)")
        other.execute("CREATE INDEX znp_usage ON taken (name)")
    other.close()
    with pytest.raises(LedgerUnavailableError, match="already an index named znp_usage"):
        SqlEventLedger(f"sqlite:///{tmp_path}/ledger.db").record(traffic(record()))


def test_errors_show_neither_rows_nor_passwords(tmp_path: Path) -> None:
    ledger = SqlEventLedger(f"sqlite:///{tmp_path}/ledger.db")
    ledger.record(traffic(record()))
    with sqlite3.connect(tmp_path / "ledger.db") as other:
        other.execute("DROP TABLE znp_events")
    other.close()
    with pytest.raises(LedgerUnavailableError) as caught:
        ledger.record(traffic(record(subscription_id="canary-subscription")))
    assert "canary" not in str(caught.value)
    away = SqlEventLedger("postgresql+psycopg://panel:canary-password@127.0.0.1:1/nothing")
    with pytest.raises(LedgerUnavailableError) as refused:
        away.record(traffic(record()))
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "no url",
        "nosuchdatabase://x",
        "postgresql+nosuchdriver://x",
        "sqlite:///x?timeout=a",
        "postgresql+asyncpg://x",
    ],
)
def test_a_url_that_no_database_can_have_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        SqlEventLedger(url)
    assert caught.value.field == "url"


@pytest.mark.parametrize(
    ("ages", "field"),
    [
        ({"keep_events_seconds": 0.0}, "keep_events_seconds"),
        ({"keep_keys_seconds": -1.0}, "keep_keys_seconds"),
        ({"keep_events_seconds": 10.0, "keep_keys_seconds": 9.0}, "keep_keys_seconds"),
        ({"keep_events_seconds": None, "keep_keys_seconds": 9.0}, "keep_keys_seconds"),
    ],
)
def test_keys_that_would_go_before_their_events_are_refused(ages: dict[str, float | None], field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        SqlEventLedger("sqlite://", **ages)  # type: ignore[arg-type]
    assert caught.value.field == field


# Durability and processes


def test_sqlite_is_opened_with_full_durability(tmp_path: Path) -> None:
    seen: list[object] = []

    def look(connection: Connection, envelope: Envelope) -> None:
        seen.extend(connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous"))

    SqlEventLedger(f"sqlite:///{tmp_path}/ledger.db", in_transaction=look).record(traffic(record()))
    assert seen == ["wal", 2]


def test_a_ledger_in_memory_is_one_for_all_threads() -> None:
    ledger = SqlEventLedger("sqlite://")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ledger.record, [traffic(record(1, 0)) for _ in range(20)]))
    assert [total.bytes_up for total in ledger.traffic_totals()] == [20]


def _record_in_child(ledger: SqlEventLedger, envelope: Envelope) -> None:
    sys.exit(ledger.record(envelope).status != 200)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # what is warned of is what is tested
@pytest.mark.parametrize("given", ["url", "engine"])
def test_a_ledger_goes_on_in_both_processes_after_a_fork(database_url: str, given: str) -> None:
    engine = create_engine(database_url)
    ledger = SqlEventLedger(engine if given == "engine" else database_url)
    ledger.record(traffic(record(1, 0)))
    child = multiprocessing.get_context("fork").Process(target=_record_in_child, args=(ledger, traffic(record(10, 0))))
    child.start()
    child.join(30)
    assert child.exitcode == 0
    ledger.record(traffic(record(100, 0)))
    assert [total.bytes_up for total in ledger.traffic_totals()] == [111]
    ledger.close()
    engine.dispose()


def test_two_processes_may_make_the_tables_at_once(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make, lost = Table.create, []

    def lose_the_race(table: Table, engine: Engine, checkfirst: bool) -> None:
        make(table, engine, checkfirst=checkfirst)
        lost.append(table.name)
        raise SQLAlchemyError("table already exists")

    monkeypatch.setattr(Table, "create", lose_the_race)
    ledger = SqlEventLedger(database_url)
    assert ledger.record(traffic(record())).status == 200
    assert len(lost) == 5
    ledger.close()


# Retention


def test_bodies_go_by_age_and_their_keys_stay(database_url: str) -> None:
    ledger = SqlEventLedger(database_url, keep_events_seconds=30 * 86_400)
    old, new = traffic(record(1, 0), {}, at_ms=0), traffic(record(1, 0), at_ms=2 * DAY_MS)
    waiting = node_event(at_ms=0)
    for envelope in (old, new, waiting):
        ledger.record(envelope)
    assert ledger.purge(30 * DAY_MS) == 0
    assert ledger.purge(31 * DAY_MS) == 2
    assert ledger.rejected_records() == []
    assert [event.received_at_ms for event in ledger.events()] == [2 * DAY_MS, 0]
    assert ledger.record(old) == old.answer
    assert [total.bytes_up for total in ledger.traffic_totals()] == [2]
    ledger.close()


def test_keys_go_only_when_told_so(database_url: str) -> None:
    ledger = SqlEventLedger(database_url, keep_events_seconds=86_400, keep_keys_seconds=2 * 86_400)
    envelope = traffic(record(1, 0))
    ledger.record(envelope)
    assert ledger.purge(DAY_MS + 1) == 1
    assert ledger.purge(2 * DAY_MS + 1) == 1
    ledger.close()


def test_without_ages_nothing_is_ever_forgotten() -> None:
    ledger = SqlEventLedger("sqlite://", keep_events_seconds=None)
    ledger.record(traffic(record()))
    assert ledger.purge(10**15) == 0


def test_a_large_purge_is_done_in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("znp_panel_sync.stores.ledger._ROWS_OF_ONE_PURGE", 3)
    ledger = SqlEventLedger("sqlite://", keep_events_seconds=1)
    for _ in range(7):
        ledger.record(traffic(record()))
    assert ledger.purge(DAY_MS) == 7
    assert ledger.events() == []


# The queue


def test_events_are_claimed_in_order_one_of_each_lane(ledger: SqlEventLedger) -> None:
    for node in ("a", "a", "b"):
        ledger.record(node_event(node))
    ledger.record(node_event("c", handled=False))
    first = ledger.claim(0, lease_ms=100, limit=10)
    assert [event.lane for event in first] == ["node:a", "node:b"]
    assert ledger.claim(99, lease_ms=100, limit=10) == []
    second = ledger.settle(first[0], 99, lease_ms=100)
    assert second
    assert (second.lane, second.attempts) == ("node:a", 0)
    assert second.number > first[0].number


def test_a_claim_ends_with_its_lease(ledger: SqlEventLedger) -> None:
    ledger.record(node_event())
    (lost,) = ledger.claim(0, lease_ms=100, limit=10)
    (again,) = ledger.claim(100, lease_ms=100, limit=10)
    assert again.number == lost.number


def test_what_is_said_after_a_claim_ran_out_changes_nothing_of_the_next_one(ledger: SqlEventLedger) -> None:
    ledger.record(node_event())
    ledger.record(node_event())
    (lost,) = ledger.claim(0, lease_ms=100, limit=1)
    (held,) = ledger.claim(100, lease_ms=100, limit=1)
    ledger.postpone(lost, error="late", until_ms=101)
    ledger.bury(lost, error="late")
    ledger.release([lost])
    assert ledger.settle(lost, 101, lease_ms=100) is None
    assert ledger.claim(199, lease_ms=100, limit=1) == []
    following = ledger.settle(held, 199, lease_ms=100)
    assert following
    assert (following.attempts, following.due_at_ms) == (0, 299)


def test_after_the_last_event_of_a_lane_and_before_one_that_waits_there_is_nothing_to_take(
    ledger: SqlEventLedger,
) -> None:
    for _ in range(2):
        ledger.record(node_event())
    (first,) = ledger.claim(0, lease_ms=100, limit=1)
    ledger.bury(first, error="boom")
    (second,) = ledger.claim(0, lease_ms=100, limit=1)
    ledger.replay([first.number])
    (replayed,) = ledger.claim(0, lease_ms=100, limit=1)
    ledger.postpone(replayed, error="again", until_ms=50)
    assert ledger.settle(second, 49, lease_ms=100) is None
    (again,) = ledger.claim(50, lease_ms=100, limit=1)
    assert ledger.settle(again, 50, lease_ms=100) is None


def test_what_is_given_back_is_due_at_once(ledger: SqlEventLedger) -> None:
    for node in "ab":
        ledger.record(node_event(node))
    claimed = ledger.claim(0, lease_ms=100, limit=10)
    ledger.release(claimed)
    assert [event.number for event in ledger.claim(1, lease_ms=100, limit=10)] == [event.number for event in claimed]


def test_the_queue_is_read_by_indexes_that_hold_only_what_is_in_it(tmp_path: Path) -> None:
    engine, steps = create_engine(f"sqlite:///{tmp_path}/ledger.db"), list[str]()

    def explain(connection: Connection, cursor: sqlite3.Cursor, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith("SELECT"):
            plan = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            steps.extend(step[3] for step in plan if "znp_events" in step[3])

    ledger = SqlEventLedger(engine)
    ledger.record(node_event())
    event.listen(engine, "before_cursor_execute", explain)
    (claimed,) = ledger.claim(0, lease_ms=100, limit=1)
    ledger.settle(claimed, 0, lease_ms=100)
    ledger.dead_letters()
    ways = ("INDEX znp_events_pending", "INDEX znp_events_dead", "PRIMARY KEY")
    assert {way for step in steps for way in ways if way in step} == set(ways)
    assert [step for step in steps if not any(way in step for way in ways)] == []
    engine.dispose()


def test_a_claim_takes_no_more_than_its_limit(ledger: SqlEventLedger) -> None:
    for node in "abc":
        ledger.record(node_event(node))
    assert [event.lane for event in ledger.claim(0, lease_ms=100, limit=2)] == ["node:a", "node:b"]


def test_a_postponed_event_holds_back_its_lane(ledger: SqlEventLedger) -> None:
    for _ in range(2):
        ledger.record(node_event())
    (event,) = ledger.claim(0, lease_ms=100, limit=10)
    ledger.postpone(event, error="x" * 5000, until_ms=500)
    assert ledger.claim(499, lease_ms=100, limit=10) == []
    (again,) = ledger.claim(500, lease_ms=100, limit=10)
    assert (again.number, again.attempts, again.last_error) == (event.number, 1, "x" * 2000)


def test_a_dead_letter_frees_its_lane_and_can_be_replayed(ledger: SqlEventLedger) -> None:
    for _ in range(2):
        ledger.record(node_event())
    (event,) = ledger.claim(0, lease_ms=100, limit=10)
    ledger.bury(event, error="boom")
    (dead,) = ledger.dead_letters()
    assert (dead.number, dead.state, dead.last_error, dead.attempts) == (event.number, EventState.DEAD, "boom", 1)
    (following,) = ledger.claim(0, lease_ms=100, limit=10)
    assert following.number > event.number
    assert ledger.replay([event.number, following.number, 999]) == 1
    (replayed,) = ledger.claim(1, lease_ms=100, limit=10)
    assert (replayed.number, replayed.attempts) == (event.number, 0)
    assert ledger.settle(replayed, 1, lease_ms=100) is None
    assert ledger.dead_letters() == []


def test_any_text_of_an_error_can_be_stored(ledger: SqlEventLedger) -> None:
    ledger.record(node_event())
    (event,) = ledger.claim(0, lease_ms=100, limit=1)
    ledger.bury(event, error="nul \0 surrogate \ud800 emoji 💥")
    assert [dead.last_error for dead in ledger.dead_letters()] == ["nul ? surrogate ? emoji 💥"]


def test_a_stored_event_reads_its_payload_again(ledger: SqlEventLedger) -> None:
    ledger.record(node_event("edge-1", "node.degraded"))
    (event,) = ledger.claim(0, lease_ms=100, limit=1)
    payload = event.payload()
    assert isinstance(payload, NodeEvent)
    assert (payload.name, payload.node_id) == ("node_degraded", "edge-1")


def test_two_workers_never_claim_one_event(database_url: str) -> None:
    workers = [SqlEventLedger(database_url) for _ in range(2)]
    for number in range(40):
        workers[0].record(node_event(f"node-{number}"))
    with ThreadPoolExecutor(2) as pool:
        claims = pool.map(lambda worker: worker.claim(0, lease_ms=10**9, limit=100), workers)
        numbers = [event.number for claim in claims for event in claim]
    assert len(numbers) == len(set(numbers))
    assert len(numbers) + len(workers[0].claim(0, lease_ms=1, limit=100)) == 40
    for worker in workers:
        worker.close()


def test_subjects_are_kept_apart_by_kind(ledger: SqlEventLedger) -> None:
    ledger.record(traffic(record(1, 0, subscription_id=7), record(2, 0, subscription_id=None, user_id=7)))
    assert [total.bytes_up for total in ledger.traffic_totals(Subject("user", "7"))] == [2]
