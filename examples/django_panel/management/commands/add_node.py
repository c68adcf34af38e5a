"""`python -m django add_node URL`: put a node in, with one binding where its id at the kernel is given."""

import asyncio
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from znp_panel_sync.panel import Binding

from ... import panel
from ...models import NodeRecord


class Command(BaseCommand):
    help = "Add a node."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("endpoint", help="URL of the kernel's control interface")
        parser.add_argument("--kernel-id", help="id of the node's protocol at the kernel")
        parser.add_argument("--protocol", default="vless")
        parser.add_argument("--listen", default="443", help="host:port or a port")

    def handle(self, *_: Any, **given: Any) -> None:
        node = NodeRecord.objects.create(control_endpoint=given["endpoint"])
        if given["kernel_id"]:
            binding = Binding(node.pk, node.pk, given["kernel_id"], given["protocol"], listen=given["listen"])
            asyncio.run(panel.bindings().put([binding]))
        self.stdout.write(f"node {node.pk}")
