"""`znp-sync protocols`."""

from collections.abc import Sequence
from pathlib import Path

import click

from znp_kernel_client.models import ProtocolSummary, ProtocolUpsertRequest
from znp_panel_sync.cli._asking import make_sure
from znp_panel_sync.cli._credentials import warn_if_others_may_read
from znp_panel_sync.cli._failures import Failure
from znp_panel_sync.cli._files import read_records
from znp_panel_sync.cli._options import FILE, MAX_LIST_BYTES, json_option, kernel_options, yes_option
from znp_panel_sync.cli._output import printable, show_table, write_json
from znp_panel_sync.cli._progress import progress
from znp_panel_sync.cli._records import documents
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import BadRequestError, ConflictError, KernelFaultError
from znp_panel_sync.kernel import Kernel

_OF_ONE_PROTOCOL = (BadRequestError, ConflictError, KernelFaultError)
"""Refusals that say nothing about the protocols that come after."""


@click.group()
def command() -> None:
    """Look at a kernel's protocols, and push or delete them."""


@command.command("list")
@kernel_options
@json_option
def list_protocols(control: NodeControl, *, as_json: bool) -> None:
    """List the protocols of a kernel."""
    with Kernel(control, max_body_bytes=MAX_LIST_BYTES) as kernel:
        protocols = kernel.protocols.list_protocols()
    if as_json:
        write_json([protocol.to_dict() for protocol in protocols])
    else:
        columns = ("Id", "Role", "Protocol", "Listen", "Connect", "Users", "Tags", "Description")
        show_table(columns, (_cells(protocol) for protocol in protocols), right=("Users",))


@command.command()
@kernel_options
@click.argument("protocol_id", metavar="ID")
@json_option
def users(control: NodeControl, protocol_id: str, *, as_json: bool) -> None:
    """List the users of one protocol."""
    with Kernel(control, max_body_bytes=MAX_LIST_BYTES) as kernel:
        found = kernel.protocols.list_protocol_users(protocol_id)
    if as_json:
        write_json([user.to_dict() for user in found])
    else:
        show_table(("Id", "Username"), ((user.id or None, user.username or None) for user in found))


@command.command()
@kernel_options
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Check the file, and send nothing.")
def push(control: NodeControl, file: Path, *, dry_run: bool) -> None:
    """Push protocols from FILE: a list, or one under the name "protocols", as YAML, TOML or JSON.

    Each has a profile (id, role, protocol, profile), and may have listen, connect and users, as in the kernel's API.
    A kernel replaces protocols that it has. One that it refuses does not keep the others from being pushed.
    """
    protocols = documents(ProtocolUpsertRequest, read_records(file, "protocols"), file, "protocols")
    if any(protocol.users for protocol in protocols):
        warn_if_others_may_read(file)
    if dry_run:
        click.echo(f"{len(protocols)} protocols, nothing sent")
        return
    with Kernel(control) as kernel:
        refused = _push(kernel, protocols)
    click.echo(f"pushed {len(protocols) - refused} of {len(protocols)} protocols")
    if refused:
        raise Failure(f"the kernel refused {refused} of {len(protocols)} protocols: see above")


@command.command()
@kernel_options
@click.argument("protocol_ids", metavar="ID...", nargs=-1, required=True)
@yes_option
def delete(control: NodeControl, protocol_ids: Sequence[str], *, yes: bool) -> None:
    """Delete protocols."""
    make_sure(f"Delete {', '.join(map(printable, protocol_ids))}?", yes=yes)
    with Kernel(control) as kernel, progress("Deleting", len(protocol_ids)) as advance:
        for protocol_id in protocol_ids:
            kernel.protocols.delete_protocol(protocol_id)
            advance(1)
    click.echo(f"deleted {len(protocol_ids)} {'protocol' if len(protocol_ids) == 1 else 'protocols'}")


def _push(kernel: Kernel, protocols: Sequence[ProtocolUpsertRequest]) -> int:
    """Push all of them and return how many were refused."""
    refused = 0
    with progress("Pushing protocols", len(protocols)) as advance:
        for protocol in protocols:
            try:
                kernel.protocols.upsert_protocol(protocol)
            except _OF_ONE_PROTOCOL as error:
                refused += 1
                click.echo(f"{printable(protocol.profile.id)}: {error}", err=True)
            advance(1)
    return refused


def _cells(one: ProtocolSummary) -> tuple[object, ...]:
    given = (one.id, one.role, one.protocol, one.listen, one.connect)
    return (*(value or None for value in given), one.user_count or 0, ", ".join(one.tags or ()), one.description or "")
