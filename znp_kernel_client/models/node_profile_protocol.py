"""Protocol that the node speaks."""

from .._model import OpenStrEnum


class NodeProfileProtocol(OpenStrEnum):
    """Protocol that the node speaks."""

    HTTP = "http"
    SOCKS = "socks"
    SS = "ss"
    SSR = "ssr"
    VLESS = "vless"
    DIRECT = "direct"
    MIXED = "mixed"
    ANY_TLS = "any_tls"
