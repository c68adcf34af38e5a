"""`znp-sync agent`."""

import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final

import click
from attrs import evolve, fields, frozen

from znp_kernel_client.models import ProtocolRegistrationRequest
from znp_panel_sync._keys import refuse_unknown
from znp_panel_sync.cli._credentials import Credentials, warn_of_secrets
from znp_panel_sync.cli._files import read_mapping, records_of
from znp_panel_sync.cli._live import Story, Transition, now
from znp_panel_sync.cli._options import FILE, credential_options, json_option
from znp_panel_sync.cli._records import documents, require_texts
from znp_panel_sync.control import NodeControl
from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.health import Health
from znp_panel_sync.kernel import Kernel
from znp_panel_sync.lease import LeaseTransition, NodeAgent, stop_on_signals

CHECK_SECONDS: Final = 1.5
"""What the check of a node may take: less than the agent waits for it before a heartbeat."""

_NODE_KEYS: Final = (
    *(one.name for one in fields(ProtocolRegistrationRequest) if one.name != "additional_properties"),
    "check",
)
"""What may stand in the record of a node."""

Condition = Health | tuple[Health, str]


@frozen
class NodePlan:
    """A node to register, and the command that tells its health (None: it is healthy while the agent runs)."""

    registration: ProtocolRegistrationRequest
    check: Sequence[str] | None

    def condition(self) -> Condition:
        """Run the check; status 0 is healthy, and anything else degraded, with the last line that was written."""
        return Health.HEALTHY if self.check is None else _checked(self.check)


_EXAMPLE: Final = """\b
kernel:
  control_endpoint: http://127.0.0.1:23860
nodes:
  - id: edge-1
    role: listener
    protocol: vless
    listen: 0.0.0.0:443
    check: [systemctl, is-active, --quiet, xray]
"""


@click.command(epilog=_EXAMPLE)
@click.argument("file", type=FILE)
@credential_options
@json_option
def command(file: Path, *, credentials: Credentials, as_json: bool) -> None:
    """Keep nodes registered at a kernel until a signal comes.

    FILE is YAML, TOML or JSON, with the kernel and the nodes as below.

    Nodes are registered, beat, and sign off at SIGINT or SIGTERM. The kernel may be down at any time, and at the
    beginning. A check is a command that is run before each heartbeat: the node is degraded where it fails. Credentials
    may stand in the file, as control_token, or as ak and sk; those of the options go first.
    """
    document = read_mapping(file)
    refuse_unknown(document, ("kernel", "nodes"), f"{file}: ")
    control = _control(document.get("kernel"), file, credentials)
    plans = _plans(document, file)
    story = Story(as_json=as_json)
    with Kernel(control) as kernel, ExitStack() as running:
        agents: list[NodeAgent] = []
        for plan in plans:
            agents.append(NodeAgent(kernel, plan.registration, health_check=plan.condition))
            agents[-1].add_listener(partial(_tell, story, agents, plan.registration.id))
        received = running.enter_context(stop_on_signals(*agents))
        for agent in agents:
            running.enter_context(agent)
        if received:  # before all of them were there
            for agent in agents:
                agent.request_stop()
        for agent in agents:
            agent.wait_stopped()
        for agent, plan in zip(agents, plans, strict=True):
            end = "signed off" if agent.stop() else "not signed off: the kernel did not confirm it"
            story.note(now(), f"{plan.registration.id}: {end}")


def _tell(story: Story, agents: Iterable[NodeAgent], node: str, step: LeaseTransition) -> None:
    """Tell of a transition; where nobody reads any more, let all agents end, after which the command finds out too."""
    try:
        story.tell(Transition(now(), node, step.previous.value, step.state.value, step.reason))
    except BrokenPipeError:
        for agent in agents:
            agent.request_stop()


def _control(block: object, file: Path, credentials: Credentials) -> NodeControl:
    if not isinstance(block, Mapping):
        raise ConfigurationError(f"{file}: kernel", "must be there, with a control_endpoint")
    warn_of_secrets([block], file)
    try:
        control = NodeControl.from_mapping(block)
    except ConfigurationError as error:
        raise ConfigurationError(f"{file}: kernel.{error.field}", error.problem) from None
    if credentials == Credentials():
        return control
    return evolve(
        control, access_key=credentials.access_key, secret_key=credentials.secret_key, token=credentials.token
    )


def _plans(document: object, file: Path) -> list[NodePlan]:
    records = records_of(document, file, "nodes")
    for position, record in enumerate(records):
        refuse_unknown(record, _NODE_KEYS, f"{file}: nodes[{position}].")
        require_texts(record, ("id", "role", "protocol"), f"{file}: nodes[{position}]")
    checks = [_check(record.get("check"), f"{file}: nodes[{number}].check") for number, record in enumerate(records)]
    bodies = [{name: value for name, value in record.items() if name != "check"} for record in records]
    registrations = documents(ProtocolRegistrationRequest, bodies, file, "nodes")
    return [NodePlan(registration, check) for registration, check in zip(registrations, checks, strict=True)]


def _check(words: object, where: str) -> Sequence[str] | None:
    if words is None:
        return None
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        raise ConfigurationError(where, "must be a list of words: a command with its arguments")
    return words


def _checked(words: Sequence[str]) -> Condition:
    try:
        done = subprocess.run(  # noqa: S603 - the command is the user's own
            words, capture_output=True, text=True, errors="replace", timeout=CHECK_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Health.DEGRADED, str(error)
    if done.returncode == 0:
        return Health.HEALTHY
    lines = (done.stderr.strip() or done.stdout.strip()).splitlines() or [f"exit status {done.returncode}"]
    return Health.DEGRADED, lines[-1]
