"""A kernel, a misbehaving network before it, and both forms of agents."""

from collections.abc import Iterator

import pytest

from tests.functional.lease.support import AsyncForm, BlockingForm, Form, NewAgent
from znp_panel_sync.testing import FaultProxy, KernelSimulator


@pytest.fixture
def simulator() -> Iterator[KernelSimulator]:
    with KernelSimulator() as simulator:
        yield simulator


@pytest.fixture
def proxy(simulator: KernelSimulator) -> Iterator[FaultProxy]:
    with FaultProxy(simulator.url) as proxy:
        yield proxy


@pytest.fixture(params=[BlockingForm, AsyncForm])
def form(request: pytest.FixtureRequest) -> Iterator[Form]:
    form: Form = request.param()
    yield form
    form.close()


@pytest.fixture
def new_agent(form: Form) -> NewAgent:
    return form.agent
