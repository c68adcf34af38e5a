"""Format of the file; missing to leave it to the kernel."""

from .._model import OpenStrEnum


class ExportRequestFormat(OpenStrEnum):
    """Format of the file; missing to leave it to the kernel."""

    JSON = "json"
    YAML = "yaml"
