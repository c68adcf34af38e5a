"""`znp-sync completion`."""

from typing import Final

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

VARIABLE: Final = "_ZNP_SYNC_COMPLETE"
"""The environment variable by which the scripts ask for completions, named as click does."""

_SHELLS: Final = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
_WHERE_TO: Final = """\b
bash: znp-sync completion bash > ~/.local/share/bash-completion/completions/znp-sync
zsh:  znp-sync completion zsh > FOLDER/_znp-sync, with FOLDER in $fpath
fish: znp-sync completion fish > ~/.config/fish/completions/znp-sync.fish
"""


@click.command(epilog=_WHERE_TO)
@click.argument("shell", type=click.Choice(tuple(_SHELLS)))
@click.pass_context
def command(ctx: click.Context, *, shell: str) -> None:
    """Print the script that completes znp-sync in a shell.

    Write it to where the shell looks for such scripts, and open a new shell.
    """
    click.echo(_SHELLS[shell](ctx.find_root().command, {}, "znp-sync", VARIABLE).source())
