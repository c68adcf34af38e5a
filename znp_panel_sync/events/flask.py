"""Callbacks in Flask.

Two lines of a panel::

    receive = flask_view(receiver)
    app.add_url_rule("/api/v1/kernel/<kind>", view_func=receive, methods=["POST"])

The server bounds how long a body may take; the receiver bounds everything else.
"""

from collections.abc import Callable

from flask import request

from znp_panel_sync.events.receiver import CallbackReceiver

FlaskAnswer = tuple[bytes, int, dict[str, str]]


def flask_view(receiver: CallbackReceiver) -> Callable[[str], FlaskAnswer]:
    """Return a view for callbacks of one kind: `events`, `traffic` or `service-events`. The peer is `remote_addr`."""

    def receive_callback(kind: str) -> FlaskAnswer:
        answer = receiver.receive(
            request.headers, request.remote_addr, request.stream.read, kind=kind, method=request.method
        )
        return answer.body, answer.status, {"Content-Type": "application/json"}

    return receive_callback
