"""`znp-sync serve`."""

import asyncio
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from attrs import evolve

from znp_panel_sync.cli._credentials import warn_if_others_may_read
from znp_panel_sync.cli._failures import Failure
from znp_panel_sync.cli._files import read_mapping
from znp_panel_sync.cli._interruption import until_interrupted
from znp_panel_sync.cli._options import FILE, duration_option
from znp_panel_sync.errors import ConfigurationError, ZnpError

if TYPE_CHECKING:
    from znp_panel_sync.web import KeptToken, PanelService, ServiceSettings

DATABASE_FILE: Final = "panel.db"
PAGE_TOKEN_FILE: Final = "page-token"  # noqa: S105 - the name of a file
WEBHOOK_TOKEN_FILE: Final = "webhook-token"  # noqa: S105 - the name of a file


def _checked_url(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    from znp_panel_sync.events.registrations import CallbackAddress

    try:
        return None if value is None else CallbackAddress.of(value).base
    except ConfigurationError as error:
        raise click.BadParameter(error.problem, ctx, param) from None


@click.command()
@click.option("--config", type=FILE, metavar="FILE", help="Settings and nodes, as YAML, TOML or JSON.")
@click.option("--node", "kernels", multiple=True, metavar="URL", help="A kernel to watch, one more each time.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("znp-sync-data"),
    show_default=True,
    metavar="FOLDER",
    help="Where the database and the tokens are kept.",
)
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="NUMBER",
    default=8080,
    show_default=True,
    help="Port; 0: any free one.",
)
@click.option(
    "--public-url", metavar="URL", callback=_checked_url, help="Where kernels reach this service, to call back."
)
@duration_option("--interval", default=None, help="Time between two polls of a node; 30s, if the file says nothing.")
@click.option("--streams", is_flag=True, help="Follow the streams of kernels that have them, and poll the others.")
def command(
    *,
    config: Path | None,
    kernels: tuple[str, ...],
    data: Path,
    host: str,
    port: int,
    public_url: str | None,
    interval: float | None,
    streams: bool,
) -> None:
    """Run a small panel: poller, callback receiver, and a live page.

    The file may have the blocks Kernel and Webhook of a panel's settings, a block Serve with Database (any URL of
    SQLAlchemy), PublicURL, PageToken and Streams, and a list of nodes. Without nodes in it or in options, those in the
    table znp_nodes of the database are watched. What is not given is made at the first start and kept in the data
    folder: a SQLite database, the token of the page, which is shown then, and the one that kernels send.
    """
    from znp_panel_sync.web import PanelService, ServiceSettings

    settings = _with_interval(ServiceSettings.from_mapping(_document(config, kernels)), interval)
    settings = evolve(settings, streams=streams or settings.streams)
    settings, page_token = _with_kept(settings, data)
    with _listening(host, port) as listening:
        address = _url(host, listening.getsockname()[1])
        base_url = public_url or settings.public_url or (None if _is_wildcard(host) else address)
        service = PanelService(settings, base_url=base_url)
        with until_interrupted():
            _check(service)
            _tell(address, page_token, base_url)
            service.serve(listening)


def _document(config: Path | None, kernels: tuple[str, ...]) -> Mapping[str, Any]:
    """Return what stands in the file, with the nodes of the options."""
    document = {} if config is None else dict(read_mapping(config))
    if config is not None:
        warn_if_others_may_read(config)
    if kernels:
        document["nodes"] = [*(document.get("nodes") or ()), *({"control_endpoint": url} for url in kernels)]
    return document


def _with_interval(settings: "ServiceSettings", interval: float | None) -> "ServiceSettings":
    if interval is None:
        return settings
    kernel = evolve(settings.panel.kernel, status_poll_interval=interval)
    return evolve(settings, panel=evolve(settings.panel, kernel=kernel))


def _with_kept(settings: "ServiceSettings", data: Path) -> tuple["ServiceSettings", "KeptToken | None"]:
    """Add what was not given, and return the page's token if it is one that is kept."""
    from znp_panel_sync.web import kept_token

    _make_folder(data)
    page_token = None
    if settings.database is None:
        settings = evolve(settings, database=f"sqlite:///{data / DATABASE_FILE}")
    if settings.page_token is None:
        page_token = kept_token(data / PAGE_TOKEN_FILE)
        settings = evolve(settings, page_token=page_token.text)
    webhook = settings.panel.webhook
    if not (webhook.shared_token or webhook.allow_cidrs or webhook.allow_anonymous):
        kept = evolve(webhook, shared_token=kept_token(data / WEBHOOK_TOKEN_FILE).text)
        settings = evolve(settings, panel=evolve(settings.panel, webhook=kept))
    return settings, page_token


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"{path}: cannot be made: {error.strerror}: choose another with --data") from error


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = error.strerror  # which has the address in it, unless the address is what nobody knows
        if error.errno and not isinstance(error, socket.gaierror):
            reason = os.strerror(error.errno)
        raise Failure(f"cannot listen on {host} port {port}: {reason}: choose others with --host and --port") from error


def _check(service: "PanelService") -> None:
    try:
        asyncio.run(service.check())
    except ZnpError as error:
        raise Failure(f"the database cannot be used: {error}") from error


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _is_wildcard(host: str) -> bool:
    """Tell whether this is every address of the machine, which is none that kernels could call."""
    return host in ("", "0.0.0.0", "::")  # noqa: S104 - not listened on here


def _tell(address: str, page_token: "KeptToken | None", base_url: str | None) -> None:
    """Say where the page is and how to log in; a new token is shown to people only, and not to a log."""
    click.echo(address)
    if page_token is not None:
        shown = page_token.is_new and sys.stdout.isatty()
        click.echo(f"log in with this token: {page_token.text}" if shown else f"the token is in {page_token.path}")
    if base_url is None:
        click.echo("kernels are not asked to call back: name an address of this machine with --public-url", err=True)
    click.echo("Ctrl-C ends it.", err=True)
