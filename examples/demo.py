"""Three kernels, three node agents and a panel on real sockets: what each of them sees, in under half a minute.

The same as `znp-sync demo`; what is played is in `znp_panel_sync/cli/demonstration.py`.
"""

import asyncio
import logging
import sys

from znp_panel_sync.cli.demonstration import main

if __name__ == "__main__":
    logging.getLogger("znp_panel_sync").addHandler(logging.NullHandler())  # the story tells it all
    sys.exit(asyncio.run(main()))
