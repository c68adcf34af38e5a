"""What stands between the reading task and the consumer."""

import asyncio

import pytest

from znp_panel_sync.streams._mailbox import Mailbox


async def test_who_puts_waits_until_the_item_before_is_taken() -> None:
    mailbox: Mailbox[int] = Mailbox(lambda _: False)
    await mailbox.put(1)
    second = asyncio.create_task(mailbox.put(2))
    await asyncio.sleep(0)
    assert not second.done()
    assert await mailbox.take() == 1
    await second
    assert await mailbox.take() == 2


async def test_a_replaceable_item_takes_the_place_of_its_like_alone() -> None:
    mailbox: Mailbox[int] = Mailbox(lambda number: number > 0)
    for number in (1, 2, 3):
        await mailbox.put(number)
    gap = asyncio.create_task(mailbox.put(-1))
    await asyncio.sleep(0)
    assert not gap.done()
    assert await mailbox.take() == 3
    await gap
    after = asyncio.create_task(mailbox.put(4))
    await asyncio.sleep(0)
    assert not after.done()
    assert [await mailbox.take(), await mailbox.take()] == [-1, 4]
    await after


async def test_what_was_put_can_be_taken_after_the_end_and_the_error_comes_once() -> None:
    mailbox: Mailbox[int] = Mailbox(lambda _: False)
    await mailbox.put(1)
    mailbox.close(ValueError("the end"))
    assert await mailbox.take() == 1
    with pytest.raises(ValueError, match="the end"):
        await mailbox.take()
    with pytest.raises(StopAsyncIteration):
        await mailbox.take()


async def test_who_waits_sees_the_end() -> None:
    mailbox: Mailbox[int] = Mailbox(lambda _: False)
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
