"""Polls through `AsyncKernel`, for whoever brings a transport of httpx's interface."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from znp_kernel_client.api.status import get_status
from znp_kernel_client.types import RawResponse
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import ZnpError
from znp_panel_sync.kernel import AsyncKernel
from znp_panel_sync.polling._answer import KernelNode, read_nodes
from znp_panel_sync.polling._channel import Done, News
from znp_panel_sync.polling._result import INTERNAL_TROUBLE, PollResult, failed
from znp_panel_sync.polling._suspects import logger
from znp_panel_sync.polling.model import Reason

if TYPE_CHECKING:
    from znp_panel_sync.kernel._http import AsyncBaseTransport


class KernelChannels:
    """Makes channels that share one transport, which stays its giver's to close."""

    def __init__(self, transport: "AsyncBaseTransport", *, limit: int) -> None:
        self._transport = transport
        self._limit = limit

    def channel(self, control: NodeControl, _: News) -> "KernelChannel":
        """Return the channel to one kernel; nothing is sent yet."""
        return KernelChannel(AsyncKernel(control, transport=self._transport, retries=0, max_body_bytes=self._limit))

    async def close(self) -> None:
        """Do nothing: nothing is shared but the transport."""


class KernelChannel:
    """One kernel, and the task of the poll under way."""

    def __init__(self, kernel: AsyncKernel) -> None:
        self._kernel = kernel
        self._task: asyncio.Task[None] | None = None

    def poll(self, done: Done) -> None:
        """Send the request; `done` is called once with the result, unless `abort()` comes first."""
        self._task = asyncio.get_running_loop().create_task(self._run(done))

    def abort(self) -> None:
        """Give up the poll under way; `done` will not be called."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    def close(self) -> None:
        """Give up for good; there is nothing else to close, as the transport is not ours."""
        self.abort()

    async def _run(self, done: Done) -> None:
        result = await self._result()
        self._task = None
        done(result)

    async def _result(self) -> PollResult:
        try:
            response = await self._kernel.execute(get_status.build_request(include="nodes"), _nodes)
        except ZnpError as error:
            return failed(error)
        except Exception:
            logger.exception("The transport that was given failed in a way of its own")
            return INTERNAL_TROUBLE
        return PollResult(Reason.REACHED, None, response.parsed)


def _nodes(raw: RawResponse) -> Sequence[KernelNode]:
    return read_nodes(raw.content)
