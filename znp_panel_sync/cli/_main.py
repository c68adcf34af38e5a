"""The root of `znp-sync`, which knows its commands by name and loads one when it is used.

A command called `name` is the object `command` (a `click.Command` or `click.Group`) of the module `_name` beside this
one. Its line in `COMMANDS` must be what its own help begins with, since `znp-sync --help` imports none of them; a test
compares the two. Commands raise `ZnpError`s, or `Failure` with a line of their own: the root makes one line and an exit
status of both. A command that runs until it is interrupted puts that part into `until_interrupted()`.
"""

import contextlib
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from znp_panel_sync._version import __version__
from znp_panel_sync.cli import TerminatedError
from znp_panel_sync.cli._failures import MEANINGS, ExitStatus, Failure, failure_of
from znp_panel_sync.cli._logging import SHOWS_EVERYTHING, log_to_stderr
from znp_panel_sync.errors import ZnpError

COMMANDS: Final = {
    "health": "Tell whether a kernel is alive.",
    "status": "Show a kernel's nodes with their health and traffic.",
    "traffic": "Show how much traffic a kernel has counted.",
    "users": "Look at a kernel's users, and change them.",
    "protocols": "Look at a kernel's protocols, and push or delete them.",
    "events": "Follow a kernel's events, and see to it that they are called back.",
    "agent": "Keep nodes registered at a kernel until a signal comes.",
    "poll": "Follow the status of many nodes.",
    "serve": "Run a small panel: poller, callback receiver, and a live page.",
    "simulate": "Run a simulated kernel to try things on.",
    "demo": "Play the demo: kernels, agents and a panel on this machine.",
    "completion": "Print the script that completes znp-sync in a shell.",
}
"""Each command with the first line of its help."""


TELL_BY_LOG: Final = frozenset({"serve"})
"""Commands that have no other way to tell that something does not work for a while."""


class Root(click.Group):
    """Loads commands when they are used, and makes one line of every error."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which they are shown."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None for a name that is not known."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"znp_panel_sync.cli._{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, and what the exit statuses mean, without importing a command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        with formatter.section("Exit status"):
            formatter.write_dl([(str(status.value), meaning) for status, meaning in MEANINGS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the names of commands without importing any."""
        named = [CompletionItem(name, help=COMMANDS[name]) for name in COMMANDS if name.startswith(incomplete)]
        return named + click.Command.shell_complete(self, ctx, incomplete)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the chosen command."""
        with _translated(ctx):
            answer = super().invoke(ctx)
            sys.stdout.flush()
            return answer

    def main(self, args: Sequence[str] | None = None, **options: Any) -> Any:  # type: ignore[override]
        """Run with these arguments (None: the process's) and exit."""
        sys.exit(self.run(args, **options))

    def run(self, args: Sequence[str] | None = None, **options: Any) -> int:
        """Run with these arguments (None: the process's) and return the exit status."""
        try:
            status = super().main(args, **{**options, "prog_name": "znp-sync", "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            return error.exit_code
        except click.ClickException as error:
            click.echo(_line(error), err=True)
            return error.status if isinstance(error, Failure) else error.exit_code
        except click.Abort as error:
            was_terminated = isinstance(error.__cause__, TerminatedError)
            return ExitStatus.TERMINATED if was_terminated else ExitStatus.INTERRUPTED
        return status if isinstance(status, int) else ExitStatus.OK


@contextlib.contextmanager
def _translated(ctx: click.Context) -> Iterator[None]:
    try:
        yield
    except ZnpError as error:
        raise failure_of(error) from error
    except ModuleNotFoundError as error:
        raise Failure(f"{error}: run pip install '.[cli]' in a clone", ExitStatus.USAGE) from error
    except BrokenPipeError:
        _let_go_of_output()
        raise click.exceptions.Exit(ExitStatus.PIPE_CLOSED) from None
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Exception as error:
        if ctx.params["verbose"] >= SHOWS_EVERYTHING:
            raise
        raise Failure(f"unexpected {type(error).__name__}: {error}: run znp-sync -vv to see where") from error


def _let_go_of_output() -> None:
    """Send the rest of the output nowhere, or else the interpreter complains of the closed pipe when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _line(error: click.ClickException) -> str:
    """Make one line of an error; a wrong use names the help that tells the right one."""
    message = " ".join(error.format_message().split())
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return f"znp-sync: {message}"
    return f"{context.command_path}: {message} (try {context.command_path} --help)"


@click.group(cls=Root, name="znp-sync", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="znp-sync")
@click.option("-v", "--verbose", count=True, help="Tell more on stderr; twice tells everything.")
@click.pass_context
def cli(ctx: click.Context, *, verbose: int) -> None:
    """Look at network kernels and look after them: status, users, protocols, events, agents and panels.

    Output is on stdout, everything else on stderr. Colour is used in a terminal only, unless NO_COLOR is set.
    Credentials come from a file, a prompt, or an environment variable that is named; never from an argument.
    """
    least = logging.WARNING if ctx.invoked_subcommand in TELL_BY_LOG else logging.ERROR
    ctx.with_resource(log_to_stderr(verbose, least=least))
