"""Options that many commands share: which kernel, as whom, and in which form the answer is wanted."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from znp_panel_sync.cli._asking import asked_secret
from znp_panel_sync.cli._credentials import (
    Credentials,
    asked_credentials,
    credentials_from_file,
    secret_from_environment,
    secret_from_file,
)
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.settings import parse_duration

Function = Callable[..., Any]
Decorator = Callable[[Function], Function]


def duration_option(name: str, *, default: str | None, help: str) -> Decorator:  # noqa: A002 - as click calls it
    """Return an option for seconds above 0, given as `500ms`, `5s`, `1h30m`, or a plain number."""
    return click.option(
        name, metavar="DURATION", default=default, show_default=default is not None, help=help, callback=_seconds
    )


def _seconds(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    try:
        seconds = parse_duration(f"{value}s" if value.replace(".", "", 1).isdigit() else value)
    except ConfigurationError as error:
        raise click.BadParameter(error.problem, ctx, param) from None
    if seconds <= 0:
        raise click.BadParameter(f"must be more than 0, not {value}", ctx, param)
    return seconds


FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)

MAX_LIST_BYTES: Final = 64 * 1024 * 1024
"""For answers that list everything of a kind: some 300,000 users."""

json_option: Final = click.option(
    "--json", "as_json", is_flag=True, help="Write JSON; what goes on writes a line for each item."
)
yes_option: Final = click.option("-y", "--yes", is_flag=True, help="Do not ask whether it is meant.")

_CREDENTIALS: Final = (
    click.option(
        "--credentials",
        "credentials_file",
        type=FILE,
        metavar="FILE",
        help="File with access_key and secret_key, or a token, as YAML, TOML or JSON.",
    ),
    click.option("--ask", is_flag=True, help="Ask for the credentials at the terminal."),
    click.option("--access-key-env", metavar="NAME", help="Environment variable that holds the access key."),
    click.option("--secret-key-env", metavar="NAME", help="Environment variable that holds the secret key."),
    click.option("--token-env", metavar="NAME", help="Environment variable that holds a token."),
)

_CONNECTION: Final = (
    duration_option("--timeout", default="5s", help="What one request may take, retries included."),
    click.option("--ca", type=FILE, metavar="FILE", help="PEM file of the CAs that certificates are checked against."),
    click.option("--insecure", is_flag=True, help="Do not check certificates. For tests only."),
    click.option("--client-cert", type=FILE, metavar="FILE", help="PEM file of a client certificate."),
    click.option("--client-key", type=FILE, metavar="FILE", help="PEM file of its key, where it is not in the same."),
)


def credential_options(function: Function) -> Function:
    """Add the options for credentials; the function gets `credentials`."""

    @functools.wraps(function)
    def command(
        *arguments: Any,
        credentials_file: Path | None,
        ask: bool,
        access_key_env: str | None,
        secret_key_env: str | None,
        token_env: str | None,
        **options: Any,
    ) -> Any:
        named = {"access_key": access_key_env, "secret_key": secret_key_env, "token": token_env}
        credentials = _credentials(credentials_file, ask, {key: name for key, name in named.items() if name})
        return function(*arguments, credentials=credentials, **options)

    return _with_options(command, _CREDENTIALS)


def kernel_options(function: Function) -> Function:
    """Add the kernel's URL, and how and as whom it is asked; the function gets a `NodeControl` first."""

    @credential_options
    @functools.wraps(function)
    def command(
        *arguments: Any,
        url: str,
        credentials: Credentials,
        timeout: float,
        ca: Path | None,
        insecure: bool,
        client_cert: Path | None,
        client_key: Path | None,
        **options: Any,
    ) -> Any:
        if ca and insecure:
            raise click.UsageError("--ca and --insecure contradict each other")
        control = NodeControl(
            url,
            access_key=credentials.access_key,
            secret_key=credentials.secret_key,
            token=credentials.token,
            timeout=timeout,
            verify=str(ca) if ca else not insecure,
            client_cert=str(client_cert) if client_cert else None,
            client_key=str(client_key) if client_key else None,
        )
        return function(control, *arguments, **options)

    return _with_options(command, (click.argument("url"), *_CONNECTION))


def secret_options(name: str, what: str, *, ask_twice: bool = False) -> Decorator:
    """Add three options that say where a secret comes from; the function gets it under `name` (None: none given)."""
    sources = (
        click.option(f"--{name}-file", type=FILE, metavar="FILE", help=f"File that holds {what}, and nothing else."),
        click.option(f"--{name}-env", metavar="NAME", help=f"Environment variable that holds {what}."),
        click.option(f"--ask-{name}", is_flag=True, help=f"Ask for {what} at the terminal."),
    )

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def command(*arguments: Any, **options: Any) -> Any:
            file, variable = options.pop(f"{name}_file"), options.pop(f"{name}_env")
            ask = options.pop(f"ask_{name}")
            _refuse_two((f"--{name}-file", file), (f"--{name}-env", variable), (f"--ask-{name}", ask))
            options[name] = _secret(name, file, variable, ask_twice if ask else None)
            return function(*arguments, **options)

        return _with_options(command, sources)

    return decorate


def _secret(name: str, file: Path | None, variable: str | None, ask_twice: bool | None) -> str | None:
    if file is not None:
        return secret_from_file(file)
    if variable is not None:
        return secret_from_environment(f"--{name}-env", variable)
    return None if ask_twice is None else asked_secret(name.capitalize(), twice=ask_twice)


def _credentials(file: Path | None, ask: bool, variables: dict[str, str]) -> Credentials:
    _refuse_two(("--credentials", file), ("--ask", ask), ("an environment variable", variables))
    if file is not None:
        return credentials_from_file(file)
    if ask:
        return asked_credentials()
    options = {key: f"--{key.replace('_', '-')}-env" for key in variables}
    return Credentials(**{key: secret_from_environment(options[key], name) for key, name in variables.items()})


def _refuse_two(*sources: tuple[str, object]) -> None:
    given = [name for name, value in sources if value]
    if len(given) > 1:
        raise click.UsageError(f"choose between {' and '.join(given)}")


def _with_options(function: Function, options: tuple[Decorator, ...]) -> Function:
    """Add options, which stand in the help in this order."""
    return functools.reduce(lambda decorated, option: option(decorated), reversed(options), function)
