"""Who may use a kernel object, and until when."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.unit.kernel.support import CONTROL, Call, Script, answer, both_forms
from znp_panel_sync.errors import ConfigurationError, KernelUsageError
from znp_panel_sync.kernel import AsyncKernel, Kernel

STATUS: dict[str, object] = {"snapshot": {}}


class OwnedTransport(httpx.MockTransport):
    """A transport of the user's, which counts how often it is closed."""

    def __init__(self) -> None:
        super().__init__(answer(200, json=STATUS))
        self.closed = 0

    def close(self) -> None:
        self.closed += 1

    async def aclose(self) -> None:
        self.closed += 1


@both_forms
def test_a_transport_that_was_passed_in_stays_its_owners(call: Call) -> None:
    transport = OwnedTransport()
    call(lambda kernel: kernel.status.get_status(), transport=transport)
    assert transport.closed == 0


def test_closing_twice_is_fine_and_calls_afterwards_say_so() -> None:
    kernel = Kernel(CONTROL)
    view = kernel.with_options(retries=0)
    kernel.close()
    kernel.close()
    for closed in (kernel, view):
        with pytest.raises(KernelUsageError, match="the kernel object is closed"):
            closed.status.get_status()
    with pytest.raises(KernelUsageError):
        kernel.healthy()


async def test_closing_twice_is_fine_and_awaited_calls_afterwards_say_so() -> None:
    kernel = AsyncKernel(CONTROL)
    view = kernel.with_options(retries=0)
    await kernel.aclose()
    await kernel.aclose()
    for closed in (kernel, view):
        with pytest.raises(KernelUsageError, match="the kernel object is closed"):
            await closed.status.get_status()
    with pytest.raises(KernelUsageError):
        await kernel.healthy()


def test_an_async_kernel_belongs_to_the_loop_that_first_uses_it() -> None:
    kernel = AsyncKernel(CONTROL, transport=Script(answer(200, json=STATUS)).transport)

    async def use() -> None:
        await kernel.status.get_status()

    asyncio.run(use())
    with pytest.raises(KernelUsageError, match="belongs to another event loop"):
        asyncio.run(use())
    asyncio.run(kernel.aclose())


class Form:
    """A transport of one form in a kernel of the other."""

    class Blocking(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            class Stream(httpx.AsyncByteStream):
                async def __aiter__(self) -> Any:
                    yield b""

            return httpx.Response(200, stream=Stream())

    class Async(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            class Stream(httpx.SyncByteStream):
                def __iter__(self) -> Any:
                    yield b""

            return httpx.Response(200, stream=Stream())


def test_a_transport_of_the_wrong_form_is_named() -> None:
    with pytest.raises(ConfigurationError, match="transport: gives answers that only an AsyncKernel can read"):
        Kernel(CONTROL, transport=Form.Blocking()).healthy()


async def test_an_async_transport_of_the_wrong_form_is_named() -> None:
    with pytest.raises(ConfigurationError, match="transport: gives answers that only a blocking Kernel can read"):
        await AsyncKernel(CONTROL, transport=Form.Async()).healthy()
