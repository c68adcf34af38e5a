"""The database server that the replicas share."""

from tests.functional.servers import postgres_server

__all__ = ["postgres_server"]
