"""A page on which people follow the nodes, and a small panel service with it.

All of it needs the `web` extra (`pip install '.[web]'` in a clone), so each is loaded when it is first used.
"""

from typing import TYPE_CHECKING, Final

from znp_panel_sync._lazy import loader

if TYPE_CHECKING:
    from znp_panel_sync.web._ledger import PageLedger as PageLedger
    from znp_panel_sync.web._settings import ServiceSettings as ServiceSettings
    from znp_panel_sync.web._tokens import KeptToken as KeptToken
    from znp_panel_sync.web._tokens import kept_token as kept_token
    from znp_panel_sync.web.page import LivePage as LivePage
    from znp_panel_sync.web.service import PanelService as PanelService

_HOME: Final = {
    "KeptToken": "_tokens",
    "LivePage": "page",
    "PageLedger": "_ledger",
    "PanelService": "service",
    "ServiceSettings": "_settings",
    "kept_token": "_tokens",
}

__all__ = sorted(_HOME)  # noqa: PLE0605 - a list, made from the table

__getattr__ = loader(__name__, _HOME, extra="web")
