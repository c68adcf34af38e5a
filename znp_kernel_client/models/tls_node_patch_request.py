"""Changes to a node's TLS settings. What is missing stays as it is."""

from __future__ import annotations

from typing import Any

from attrs import define
from attrs import field as _field

from .._model import Field, Model, map_of
from ..types import UNSET, Unset


@define(kw_only=True)
class TlsNodePatchRequest(Model):
    """Changes to a node's TLS settings. What is missing stays as it is."""

    tls: dict[str, Any] | Unset = _field(default=UNSET, repr=False)
    """Changed settings of TLS itself, free in form."""
    inner: dict[str, Any] | Unset = _field(default=UNSET, repr=False)
    """Changed settings of the protocol inside TLS, free in form."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        return {"tls": Field("tls", map_of()), "inner": Field("inner", map_of())}
