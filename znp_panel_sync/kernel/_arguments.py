"""Arguments that cannot be sent are `ConfigurationError`s, as all bad input of this package is.

The generated operations know nothing of our errors, and check their arguments before they hand us the request. So a
kernel class offers each tag through a subclass of the generated one, made once, that translates.
"""

from collections.abc import Callable
from functools import cache, wraps
from inspect import iscoroutinefunction
from typing import Any, TypeVar

from znp_kernel_client.errors import ArgumentError
from znp_panel_sync.errors import ConfigurationError

K = TypeVar("K", bound=type)


def translates_arguments(kernel_class: K) -> K:
    """Let all tags of a kernel class translate what is wrong with arguments; a class decorator."""
    for base in kernel_class.__mro__:
        for name, member in vars(base).items():
            if isinstance(member, property) and base.__module__.startswith("znp_kernel_client."):
                setattr(kernel_class, name, _translating_property(member))
    return kernel_class


def _translating_property(tag: property) -> property:
    generated: Any = tag.fget

    def get(kernel: Any) -> Any:
        kind: Any = type(generated(kernel))
        return _translating_class(kind)(kernel)

    return property(get, doc=tag.__doc__)


@cache
def _translating_class(tag_class: Any) -> Any:
    """Subclass the class of a tag; its shorter methods go through those whose names end in `_detailed`."""
    methods = {name: _translating(method) for name, method in vars(tag_class).items() if name.endswith("_detailed")}
    return type(tag_class.__name__, (tag_class,), {"__slots__": (), "__doc__": tag_class.__doc__, **methods})


def _translating(method: Callable[..., Any]) -> Callable[..., Any]:
    if iscoroutinefunction(method):

        @wraps(method)
        async def call_async(*arguments: Any, **options: Any) -> Any:
            try:
                return await method(*arguments, **options)
            except ArgumentError as error:
                raise ConfigurationError(error.argument, error.problem) from None

        return call_async

    @wraps(method)
    def call(*arguments: Any, **options: Any) -> Any:
        try:
            return method(*arguments, **options)
        except ArgumentError as error:
            raise ConfigurationError(error.argument, error.problem) from None

    return call
