"""What admins can do, behind this panel's own check: the header `X-Admin-Token`."""

import hmac
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from znp_panel_sync.errors import ConfigurationError, ZnpError
from znp_panel_sync.panel.results import to_document

from . import panel
from .models import NodeRecord

Document = dict[str, Any]


def list_nodes(_: HttpRequest) -> JsonResponse:
    """Show the status of each node; credentials are not shown."""
    return JsonResponse({"nodes": list(NodeRecord.objects.values("id", "control_endpoint", "status"))})


def admin_action(action: Callable[..., Any]) -> Callable[..., JsonResponse]:
    """Make a view of an action: only for admins, with a JSON body or none; errors become answers."""

    @csrf_exempt  # what admits a request is a header, which no other site's page can send
    @require_POST
    @wraps(action)
    def view(request: HttpRequest, **ids: int) -> JsonResponse:
        given = request.headers.get("X-Admin-Token", "")
        if not settings.ADMIN_TOKEN or not hmac.compare_digest(given.encode(), settings.ADMIN_TOKEN.encode()):
            return JsonResponse({"message": "forbidden"}, status=403)
        try:
            results = action(_document(request), **ids)
        except (ConfigurationError, ValueError) as error:
            return JsonResponse({"message": str(error)}, status=400)
        except ZnpError as error:
            return JsonResponse({"message": str(error)}, status=502)
        return JsonResponse({"results": [to_document(one) for one in results]})

    return view


@admin_action
def sync_node_statuses(body: Document) -> Any:
    return panel.actions().sync_node_statuses(body.get("node_ids", []))


@admin_action
def sync_node_configuration(_: Document, node_id: int) -> Any:
    return [panel.actions().sync_node_configuration(node_id)]


@admin_action
def sync_binding_health(body: Document) -> Any:
    return panel.actions().sync_binding_health(body.get("node_ids", []))


@admin_action
def push_bindings(body: Document) -> Any:
    return panel.actions().push_bindings(binding_ids=body.get("binding_ids", []), node_ids=body.get("node_ids", []))


@admin_action
def push_binding(_: Document, binding_id: int) -> Any:
    return [panel.actions().push_binding(binding_id)]


def _document(request: HttpRequest) -> Document:
    document = json.loads(request.body or b"{}")
    if not isinstance(document, dict):
        raise ConfigurationError("body", "must be a JSON object")
    return document
