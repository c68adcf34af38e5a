"""Functions of the user's: which are to be awaited, and which run in a thread."""

import inspect

from znp_panel_sync.errors import ConfigurationError


def is_coroutine_function(function: object) -> bool:
    """Tell whether calling this, a function or an object with `__call__`, gives something to be awaited."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004 - a class has one too


def refuse_coroutine_function(field: str, function: object) -> None:
    """Raise `ConfigurationError` for what only `AsyncNodeAgent` can call."""
    if is_coroutine_function(function):
        raise ConfigurationError(field, "must not be a coroutine function: AsyncNodeAgent takes those")


def require_plain_answer(field: str, answer: object) -> None:
    """Raise `ConfigurationError` where a function in a thread, such as a lambda, returned something to be awaited."""
    if inspect.isawaitable(answer):
        if inspect.iscoroutine(answer):
            answer.close()
        raise ConfigurationError(field, "must be a coroutine function (async def) if it returns something to await")
