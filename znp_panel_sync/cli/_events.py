"""`znp-sync events`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from znp_panel_sync.cli._interruption import until_interrupted
from znp_panel_sync.cli._options import json_option, kernel_options, secret_options
from znp_panel_sync.cli._output import printable, show_table, write_json, write_json_line
from znp_panel_sync.control import NodeControl
from znp_panel_sync.events import EventSubscriptions
from znp_panel_sync.events.names import NODE_EVENTS, SERVICE_EVENTS
from znp_panel_sync.events.subscriptions import SubscriptionReport
from znp_panel_sync.kernel import Kernel
from znp_panel_sync.streams import EventStream, Gap, RawItem, StreamedEvent

_node_events = click.option(
    "--node-event",
    "node_events",
    type=click.Choice(NODE_EVENTS),
    multiple=True,
    help="A node event that is wanted; may be given several times. All of them, if none is given.",
)
_service_events = click.option(
    "--service-event",
    "service_events",
    type=click.Choice(SERVICE_EVENTS),
    multiple=True,
    help="A service event that is wanted; may be given several times. All of them, if none is given.",
)
_former_bases = click.option(
    "--former-base",
    "former_bases",
    metavar="URL",
    multiple=True,
    help="A URL that the panel had before; what is registered there is carried over, or removed.",
)


@click.group()
def command() -> None:
    """Follow a kernel's events, and see to it that they are called back."""


@command.command("list")
@kernel_options
@json_option
def list_registrations(control: NodeControl, *, as_json: bool) -> None:
    """List the callbacks that are registered at a kernel."""
    with Kernel(control) as kernel:
        nodes = kernel.events.list_event_registrations()
        services = kernel.events.list_service_event_registrations()
    if as_json:
        write_json({"node": [one.to_dict() for one in nodes], "service": [one.to_dict() for one in services]})
        return
    kinds: tuple[tuple[str, Iterable[Any]], ...] = (("node", nodes), ("service", services))
    show_table(
        ("Kind", "Event", "Callback", "Id", "Created"),
        (
            (kind, one.event or None, one.callback or None, one.id or None, _local_time(one.created_at_ms or None))
            for kind, registered in kinds
            for one in registered
        ),
    )


@command.command()
@kernel_options
@click.argument("callback_base")
@secret_options("secret", "what the kernel sends as its token with each callback")
@_node_events
@_service_events
@_former_bases
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@json_option
def ensure(
    control: NodeControl,
    callback_base: str,
    *,
    secret: str | None,
    node_events: Sequence[str],
    service_events: Sequence[str],
    former_bases: Sequence[str],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Register what is missing of a panel's callbacks, and delete duplicates and strays.

    CALLBACK_BASE is the panel's URL as the kernel reaches it; callbacks go to CALLBACK_BASE/api/v1/kernel/events and
    …/service-events. Registrations at other URLs are left alone.
    """
    subscriptions = EventSubscriptions(
        callback_base,
        secret=secret,
        node_events=node_events or NODE_EVENTS,
        service_events=service_events or SERVICE_EVENTS,
        former_bases=former_bases,
    )
    with Kernel(control) as kernel:
        if dry_run:
            plan = subscriptions.plan(kernel)
            done: dict[str, Sequence[Any]] = {"to create": plan.create, "to delete": plan.delete, "kept": plan.keep}
        else:
            done = _done(subscriptions.apply(kernel))
    _report(done, as_json=as_json)


@command.command()
@kernel_options
@click.argument("callback_base")
@_former_bases
@json_option
def remove(control: NodeControl, callback_base: str, *, former_bases: Sequence[str], as_json: bool) -> None:
    """Delete a panel's callbacks from a kernel, for a panel that leaves."""
    with Kernel(control) as kernel:
        report = EventSubscriptions(callback_base, secret=None, former_bases=former_bases).remove(kernel)
    _report(_done(report), as_json=as_json)


@command.command()
@kernel_options
@click.option(
    "--transport",
    type=click.Choice(("sse", "websocket")),
    default="sse",
    show_default=True,
    help="How the events come.",
)
@click.option(
    "--only",
    "kinds",
    type=click.Choice(("runtime", "node", "service")),
    multiple=True,
    help="A kind of events that is wanted; may be given several times. The kernel's choice, if none is given.",
)
@json_option
def tail(control: NodeControl, *, transport: Any, kinds: Sequence[str], as_json: bool) -> None:
    """Follow a kernel's events until interrupted.

    A line says when the stream was interrupted, as events may have been missed then.
    """
    show = _show_json if as_json else _show_line
    with Kernel(control) as kernel, until_interrupted():
        kernel.status.get_health()  # a stream would wait for a kernel that is not there
        with EventStream(kernel, events=kinds or None, transport=transport) as stream:
            for item in stream:
                show(item)


def _show_line(item: StreamedEvent | Gap | RawItem) -> None:
    if isinstance(item, Gap):
        line = f"interrupted from {item.since.astimezone():%H:%M:%S} to {item.until.astimezone():%H:%M:%S}"
        line = f"{line}: {item.reason}"
    elif isinstance(item, RawItem):
        line = f"{item.name or 'message'}: not understood"
    else:
        at = f"{item.occurred_at.astimezone():%H:%M:%S}" if item.occurred_at else "--:--:--"
        details = ", ".join(f"{name}={value}" for name, value in item.payload.items())
        line = f"{at} {item.name} {details}"
    click.echo(printable(line))


def _show_json(item: StreamedEvent | Gap | RawItem) -> None:
    if isinstance(item, Gap):
        span = {"since": item.since.isoformat(), "until": item.until.isoformat()}
        write_json_line({"type": "gap", **span, "reason": item.reason})
    elif isinstance(item, RawItem):
        write_json_line({"type": "unknown", "name": item.name, "data": item.data})
    else:
        write_json_line({"type": "event", "event": item.raw})


def _done(report: SubscriptionReport) -> dict[str, Sequence[Any]]:
    kept = [one for one in report.kept if not any(one.serves(wanted) for wanted in report.created)]
    return {"created": report.created, "deleted": report.deleted, "kept": kept}


def _report(done: Mapping[str, Sequence[Any]], *, as_json: bool) -> None:
    if as_json:
        write_json(
            {name: [{"event": one.event, "callback": one.callback} for one in found] for name, found in done.items()}
        )
        return
    rows = [(name, one.kind.name.lower(), one.event, one.callback) for name, found in done.items() for one in found]
    if rows:
        show_table(("", "Kind", "Event", "Callback"), rows)
    click.echo(", ".join(f"{len(found)} {name}" for name, found in done.items()))


def _local_time(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    return f"{datetime.fromtimestamp(milliseconds / 1000).astimezone():%Y-%m-%d %H:%M:%S}"
