"""Runtime state of the whole kernel. Every part may be missing: the request can clip the snapshot with `include`, and a
kernel leaves out what it does not run. Counters grow while the kernel runs; expect them to begin again at 0 after a
restart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from .._model import Field, Model, list_of
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .http_proxy_metrics_snapshot import HttpProxyMetricsSnapshot
    from .http_status import HttpStatus
    from .node_status import NodeStatus
    from .pipeline_status import PipelineStatus
    from .provider_status import ProviderStatus
    from .quic_status import QuicStatus
    from .socks_status import SocksStatus
    from .ss_metrics_snapshot import SsMetricsSnapshot
    from .ssr_metrics_snapshot import SsrMetricsSnapshot
    from .system_status import SystemStatus
    from .tls_status import TlsStatus
    from .user_registry_status import UserRegistryStatus
    from .vless_metrics_snapshot import VlessMetricsSnapshot


@define(kw_only=True)
class RuntimeStatusSnapshot(Model):
    """Runtime state of the whole kernel. Every part may be missing: the request can clip the snapshot with `include`,
    and a kernel leaves out what it does not run. Counters grow while the kernel runs; expect them to begin again at 0
    after a restart.
    """

    generated_at: str | Unset = UNSET
    """Time at which the snapshot was taken, as text, normally RFC 3339 in UTC."""
    nodes: list[NodeStatus] | Unset = UNSET
    """All nodes of the kernel: configured protocols and live registrations alike."""
    pipeline: PipelineStatus | Unset = UNSET
    """Routing rules and strategies with their counters."""
    providers: list[ProviderStatus] | Unset = UNSET
    """State of each rule provider."""
    http: HttpStatus | Unset = UNSET
    """Number of HTTP proxy nodes by transport."""
    socks: SocksStatus | Unset = UNSET
    """Counters of chained SOCKS proxies."""
    vless: VlessMetricsSnapshot | Unset = UNSET
    """Counters of the VLESS protocol."""
    ss: SsMetricsSnapshot | Unset = UNSET
    """Counters of the Shadowsocks protocol."""
    ssr: SsrMetricsSnapshot | Unset = UNSET
    """Counters of the ShadowsocksR protocol."""
    tls: TlsStatus | Unset = UNSET
    """Counters of TLS handshakes."""
    quic: QuicStatus | Unset = UNSET
    """Counters of QUIC handshakes and connections."""
    http_metrics: HttpProxyMetricsSnapshot | Unset = UNSET
    """Counters of the HTTP proxy's requests."""
    users: UserRegistryStatus | Unset = UNSET
    """The users known to the kernel, with their traffic."""
    system: SystemStatus | Unset = UNSET
    """Memory and connections of the kernel process."""

    @classmethod
    def _fields(cls) -> dict[str, Field]:
        from .http_proxy_metrics_snapshot import HttpProxyMetricsSnapshot
        from .http_status import HttpStatus
        from .node_status import NodeStatus
        from .pipeline_status import PipelineStatus
        from .provider_status import ProviderStatus
        from .quic_status import QuicStatus
        from .socks_status import SocksStatus
        from .ss_metrics_snapshot import SsMetricsSnapshot
        from .ssr_metrics_snapshot import SsrMetricsSnapshot
        from .system_status import SystemStatus
        from .tls_status import TlsStatus
        from .user_registry_status import UserRegistryStatus
        from .vless_metrics_snapshot import VlessMetricsSnapshot

        return {
            "generated_at": Field("generated_at"),
            "nodes": Field("nodes", list_of(NodeStatus.from_dict)),
            "pipeline": Field("pipeline", PipelineStatus.from_dict),
            "providers": Field("providers", list_of(ProviderStatus.from_dict)),
            "http": Field("http", HttpStatus.from_dict),
            "socks": Field("socks", SocksStatus.from_dict),
            "vless": Field("vless", VlessMetricsSnapshot.from_dict),
            "ss": Field("ss", SsMetricsSnapshot.from_dict),
            "ssr": Field("ssr", SsrMetricsSnapshot.from_dict),
            "tls": Field("tls", TlsStatus.from_dict),
            "quic": Field("quic", QuicStatus.from_dict),
            "http_metrics": Field("http_metrics", HttpProxyMetricsSnapshot.from_dict),
            "users": Field("users", UserRegistryStatus.from_dict),
            "system": Field("system", SystemStatus.from_dict),
        }
