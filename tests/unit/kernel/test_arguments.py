"""Arguments that cannot be sent are named in an error of this package, and nothing is sent."""

import inspect
from typing import Any

import pytest

from tests.unit.kernel.support import Call, Script, answer, both_forms
from znp_kernel_client.api.users import AsyncUsersApi, UsersApi
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.kernel import AsyncKernel, Kernel


@both_forms
@pytest.mark.parametrize(
    ("act", "field"),
    [
        (lambda kernel: kernel.users.get_user(""), "id"),
        (lambda kernel: kernel.users.get_user_detailed(None), "id"),
        (lambda kernel: kernel.protocols.deregister_protocol("\ud800"), "id"),
        (lambda kernel: kernel.status.get_status(include=object()), "include"),
        (lambda kernel: kernel.users.create_user(object()), "body"),
    ],
)
def test_a_bad_argument_is_a_configuration_error(call: Call, act: Any, field: str) -> None:
    script = Script(answer(200, json={}))
    with pytest.raises(ConfigurationError) as caught:
        call(act, transport=script.transport)
    assert caught.value.field == field
    assert script.requests == []


def test_tags_are_what_the_generated_client_calls_them() -> None:
    tags = {name for name, member in vars(Kernel).items() if isinstance(member, property)}
    assert tags == {name for name, member in vars(AsyncKernel).items() if isinstance(member, property)}
    assert {"status", "users", "protocols", "events", "traffic"} <= tags
    assert "control" not in tags
    assert inspect.getdoc(Kernel.users) == "The kernel's users."


async def test_methods_keep_their_signature_and_documentation() -> None:
    blocking, awaited = type(Kernel.users.fget(None)), type(AsyncKernel.users.fget(None))  # type: ignore[attr-defined]
    assert issubclass(blocking, UsersApi)
    assert issubclass(awaited, AsyncUsersApi)
    for ours, theirs in ((blocking, UsersApi), (awaited, AsyncUsersApi)):
        assert inspect.signature(ours.get_user_detailed) == inspect.signature(theirs.get_user_detailed)
        assert inspect.getdoc(ours.get_user) == inspect.getdoc(theirs.get_user)
