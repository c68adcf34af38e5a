"""Errors of leases."""

from znp_panel_sync.errors import ZnpError


class LeaseError(ZnpError):
    """An agent cannot do what was asked of it now."""


class ForkedAgentError(LeaseError):
    """The agent was made before `fork()` and belongs to the parent process, which goes on beating for the node."""
