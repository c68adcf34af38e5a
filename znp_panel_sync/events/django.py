"""Callbacks in Django.

Two lines of a panel's `urls.py`::

    receive = django_view(receiver)
    urlpatterns = [path("api/v1/kernel/<str:kind>", receive), ...]

Django's server bounds how long a body may take; the receiver bounds everything else.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from znp_panel_sync.events.receiver import CallbackReceiver


def django_view(receiver: CallbackReceiver) -> Callable[[HttpRequest, str], HttpResponse]:
    """Return a view for callbacks of one kind: `events`, `traffic` or `service-events`.

    It needs no CSRF token, since kernels have the webhook's. The peer is `REMOTE_ADDR`.
    """

    def receive(request: HttpRequest, kind: str) -> HttpResponse:
        answer = receiver.receive(
            request.headers, request.META.get("REMOTE_ADDR") or None, request.read, kind=kind, method=request.method
        )
        return HttpResponse(answer.body, status=answer.status, content_type="application/json")

    vars(receive)["csrf_exempt"] = True  # what Django's decorator does, which is not typed
    return receive
