"""Protocol that the upstream speaks."""

from .._model import OpenStrEnum


class UpstreamProfileProtocol(OpenStrEnum):
    """Protocol that the upstream speaks."""

    HTTP = "http"
    SOCKS = "socks"
    SS = "ss"
    SSR = "ssr"
    VLESS = "vless"
    DIRECT = "direct"
    MIXED = "mixed"
    ANY_TLS = "any_tls"
