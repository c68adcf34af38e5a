"""`znp-sync users`."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from rich.filesize import decimal

from znp_kernel_client.models import RatePatch, TrafficPatch, User, UserCreateRequest, UserPatchRequest, UserView
from znp_kernel_client.types import UNSET
from znp_panel_sync.cli._asking import asked_secret, make_sure
from znp_panel_sync.cli._credentials import warn_if_others_may_read
from znp_panel_sync.cli._files import read_records
from znp_panel_sync.cli._options import FILE, MAX_LIST_BYTES, json_option, kernel_options, secret_options, yes_option
from znp_panel_sync.cli._output import printable, show_table, write_json
from znp_panel_sync.cli._progress import progress
from znp_panel_sync.cli._records import documents, require_texts
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import KernelError
from znp_panel_sync.kernel import Kernel

_LARGEST_BATCH = 10_000

_BYTES = click.IntRange(0)
_quota_option = click.option("--allocated", type=_BYTES, metavar="BYTES", help="Bytes that the user may use.")
_up_option = click.option("--rate-up", type=_BYTES, metavar="BYTES", help="Most bytes a second that the user may send.")
_down_option = click.option(
    "--rate-down", type=_BYTES, metavar="BYTES", help="Most bytes a second that the user may receive."
)
_tag_option = click.option("--tag", "tags", multiple=True, help="A label; may be given several times.")
_redact_option = click.option("--redact", is_flag=True, help="Let the kernel mask personal data.")


@click.group()
def command() -> None:
    """Look at a kernel's users, and change them.

    Passwords are sent, and never shown.
    """


@command.command("list")
@kernel_options
@_redact_option
@json_option
def list_users(control: NodeControl, *, redact: bool, as_json: bool) -> None:
    """List all users of a kernel."""
    with Kernel(control, max_body_bytes=MAX_LIST_BYTES) as kernel:
        users = kernel.users.list_users(redact=redact or UNSET)
    _show(users, [user.to_dict() for user in users], as_json=as_json)


@command.command()
@kernel_options
@click.argument("user_id", metavar="ID")
@_redact_option
@json_option
def show(control: NodeControl, user_id: str, *, redact: bool, as_json: bool) -> None:
    """Show one user."""
    with Kernel(control) as kernel:
        user = kernel.users.get_user(user_id, redact=redact or UNSET)
    _show([user], user.to_dict(), as_json=as_json)


@command.command()
@kernel_options
@click.argument("user_id", metavar="ID")
@click.option("--username", help="Name that the user logs in with; the id, if not given.")
@secret_options("password", "the user's password", ask_twice=True)
@_quota_option
@_up_option
@_down_option
@_tag_option
def create(
    control: NodeControl,
    user_id: str,
    *,
    username: str | None,
    password: str | None,
    allocated: int | None,
    rate_up: int | None,
    rate_down: int | None,
    tags: Sequence[str],
) -> None:
    """Create a user. The password is asked for, unless an option says where it is."""
    body = UserCreateRequest(
        id=user_id,
        username=username or user_id,
        password=password or asked_secret("Password", twice=True),
        **_settings(allocated, rate_up, rate_down, tags),
    )
    with Kernel(control) as kernel:
        kernel.users.create_user(body)
    click.echo(f"created {printable(user_id)}")


@command.command()
@kernel_options
@click.argument("user_id", metavar="ID")
@secret_options("password", "the user's new password", ask_twice=True)
@_quota_option
@_up_option
@_down_option
@_tag_option
def update(
    control: NodeControl,
    user_id: str,
    *,
    password: str | None,
    allocated: int | None,
    rate_up: int | None,
    rate_down: int | None,
    tags: Sequence[str],
) -> None:
    """Change what the options name of a user, and leave the rest. Tags take the place of those before."""
    settings = _settings(allocated, rate_up, rate_down, tags)
    if not settings and password is None:
        raise click.UsageError("name something that is to be changed")
    body = UserPatchRequest(password=password or UNSET, **settings)
    with Kernel(control) as kernel:
        kernel.users.patch_user(user_id, body)
    click.echo(f"updated {printable(user_id)}")


@command.command("import")
@kernel_options
@click.argument("file", type=FILE)
@click.option(
    "--batch",
    type=click.IntRange(1, _LARGEST_BATCH),
    metavar="NUMBER",
    default=500,
    show_default=True,
    help="Users in one request.",
)
@click.option("--dry-run", is_flag=True, help="Check the file, and send nothing.")
def import_users(control: NodeControl, file: Path, *, batch: int, dry_run: bool) -> None:
    """Import users from FILE: a list of users, or one under the name "users", as YAML, TOML or JSON.

    Each has id, username and password, and may have traffic, rate, metadata and tags. All of them are checked before
    the first is sent. A kernel replaces users that it has, so that an import may be repeated.
    """
    records = read_records(file, "users")
    for position, record in enumerate(records):
        require_texts(record, ("id", "username", "password"), f"{file}: users[{position}]")
    users = documents(User, records, file, "users")
    warn_if_others_may_read(file)
    if dry_run:
        click.echo(f"{len(users)} users, nothing sent")
        return
    with Kernel(control) as kernel:
        imported = _import(kernel, users, batch)
    click.echo(f"imported {imported} users")


@command.command()
@kernel_options
@click.argument("user_ids", metavar="ID...", nargs=-1, required=True)
@yes_option
def delete(control: NodeControl, user_ids: Sequence[str], *, yes: bool) -> None:
    """Delete users."""
    make_sure(f"Delete {', '.join(map(printable, user_ids))}?", yes=yes)
    with Kernel(control) as kernel, progress("Deleting", len(user_ids)) as advance:
        for user_id in user_ids:
            kernel.users.delete_user(user_id)
            advance(1)
    click.echo(f"deleted {len(user_ids)} {'user' if len(user_ids) == 1 else 'users'}")


def _import(kernel: Kernel, users: Sequence[User], batch: int) -> int:
    imported = 0
    with progress("Importing users", len(users)) as advance:
        for part in _batches(users, batch):
            try:
                answer = kernel.users.import_users(part)
            except KernelError:
                if imported:
                    click.echo(f"{imported} of {len(users)} users were imported before this failed", err=True)
                raise
            imported += answer.imported or 0
            advance(len(part))
    return imported


def _batches(users: Sequence[User], size: int) -> Iterator[list[User]]:
    for start in range(0, len(users), size):
        yield list(users[start : start + size])


def _settings(allocated: int | None, rate_up: int | None, rate_down: int | None, tags: Sequence[str]) -> dict[str, Any]:
    """Return the arguments for what was given."""
    settings: dict[str, Any] = {}
    if allocated is not None:
        settings["traffic"] = TrafficPatch(allocated=allocated)
    rates = {name: rate for name, rate in (("up", rate_up), ("down", rate_down)) if rate is not None}
    if rates:
        settings["rate"] = RatePatch.from_dict(rates)
    if tags:
        settings["tags"] = list(tags)
    return settings


def _show(users: Sequence[UserView], document: object, *, as_json: bool) -> None:
    if as_json:
        write_json(document)
        return
    show_table(
        ("Id", "Username", "Used", "Allocated", "Up", "Down", "Tags"),
        (_cells(user) for user in users),
        right=("Used", "Allocated", "Up", "Down"),
    )


def _cells(user: UserView) -> tuple[object, ...]:
    traffic, rate = user.traffic, user.rate
    up, down = (rate.up, rate.down) if rate else (None, None)
    return (
        user.id or None,
        user.username or None,
        decimal(traffic.used or 0) if traffic else None,
        decimal(traffic.allocated or 0) if traffic else None,
        *(f"{decimal(speed)}/s" if speed else None for speed in (up, down)),
        ", ".join(user.tags or ()),
    )
