"""What stands between the reading task and the consumer."""

import asyncio
from datetime import UTC, datetime

import pytest

from znp_kernel_client.models.runtime_status_snapshot import RuntimeStatusSnapshot
from znp_panel_sync.streams import Gap, RawItem, StatusUpdate
from znp_panel_sync.streams._mailbox import Mailbox, NewestMailbox


async def test_who_puts_waits_until_the_item_before_is_taken() -> None:
    mailbox: Mailbox[int] = Mailbox()
    await mailbox.put(1)
    second = asyncio.create_task(mailbox.put(2))
    await asyncio.sleep(0)
    assert not second.done()
    assert await mailbox.take() == 1
    await second
    assert await mailbox.take() == 2


async def test_the_newest_snapshot_takes_the_place_of_older_ones() -> None:
    mailbox = NewestMailbox()
    await mailbox.put(update(1))
    await mailbox.put(update(2))
    await mailbox.put(HINT)
    assert await mailbox.take() == update(2)
    await mailbox.put(HINT)
    assert await mailbox.take() == HINT
    await mailbox.put(HINT)
    await mailbox.put(update(3))
    assert await mailbox.take() == update(3)


async def test_gaps_become_one_that_comes_before_the_newest_snapshot() -> None:
    mailbox = NewestMailbox()
    await mailbox.put(update(1))
    await mailbox.put(Gap(moment(1), moment(2), "the first"))
    await mailbox.put(update(2))
    await mailbox.put(Gap(moment(3), moment(4), "the second"))
    await mailbox.put(update(3))
    assert await mailbox.take() == Gap(moment(1), moment(4), "the second")
    assert await mailbox.take() == update(3)


async def test_who_only_puts_lets_others_run() -> None:
    mailbox = NewestMailbox()
    taking = asyncio.create_task(mailbox.take())
    await mailbox.put(update(1))
    await mailbox.put(update(2))
    assert await taking == update(1)


HINT = RawItem("hint", "?")


def update(number: int) -> StatusUpdate:
    return StatusUpdate(RuntimeStatusSnapshot(), frozenset(), True, {"number": number})


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


async def test_what_was_put_can_be_taken_after_the_end_and_the_error_comes_once() -> None:
    mailbox: Mailbox[int] = Mailbox()
    await mailbox.put(1)
    mailbox.close(ValueError("the end"))
    assert await mailbox.take() == 1
    with pytest.raises(ValueError, match="the end"):
        await mailbox.take()
    with pytest.raises(StopAsyncIteration):
        await mailbox.take()


async def test_who_waits_sees_the_end() -> None:
    mailbox: Mailbox[int] = Mailbox()
    waiting = asyncio.create_task(_taken(mailbox))
    await asyncio.sleep(0)
    mailbox.discard()
    mailbox.close()
    assert await waiting == "end"


async def _taken(mailbox: Mailbox[int]) -> object:
    try:
        return await mailbox.take()
    except StopAsyncIteration:
        return "end"
