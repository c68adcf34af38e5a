"""Counters of the HTTP proxy's requests."""

from __future__ import annotations

from attrs import define

from .._model import Field, Model
from ..types import UNSET, Unset


@define(kw_only=True)
class HttpProxyMetricsSnapshot(Model):
    """Counters of the HTTP proxy's requests."""

    requests_total: int | Unset = UNSET
    """All requests."""
    requests_connect: int | Unset = UNSET
    """Requests with the method CONNECT, which open a tunnel."""
    requests_plain: int | Unset = UNSET
    """Requests forwarded without a tunnel."""
    auth_required: int | Unset = UNSET
    """Requests answered with a demand for credentials."""
    auth_success: int | Unset = UNSET
    """Requests whose credentials were accepted."""
    auth_failed: int | Unset = UNSET
    """Requests whose credentials were refused."""
    bad_method: int | Unset = UNSET
    """Requests with a method the proxy does not serve."""
    bad_request: int | Unset = UNSET
    """Requests that could not be read."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {
            "requests_total": Field("requests_total"),
            "requests_connect": Field("requests_connect"),
            "requests_plain": Field("requests_plain"),
            "auth_required": Field("auth_required"),
            "auth_success": Field("auth_success"),
            "auth_failed": Field("auth_failed"),
            "bad_method": Field("bad_method"),
            "bad_request": Field("bad_request"),
        }
