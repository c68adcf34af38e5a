"""Where a node uses TLS: nowhere (`disabled`), towards its clients (`server`), towards its upstream (`client`), or both
(`dual`).
"""

from .._model import OpenStrEnum


class TlsMode(OpenStrEnum):
    """Where a node uses TLS: nowhere (`disabled`), towards its clients (`server`), towards its upstream (`client`), or
    both (`dual`).
    """

    DISABLED = "disabled"
    SERVER = "server"
    CLIENT = "client"
    DUAL = "dual"
