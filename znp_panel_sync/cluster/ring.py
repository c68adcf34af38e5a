"""Which member owns what: a hash ring of `tooz`, which is imported with this module. Pure.

Each member has many places on the ring, and owns what hashes to the stretch before each of them. So a member that
comes takes a little from everybody, and what one leaves goes to all the others; nothing else moves.
"""

from collections.abc import Iterable

from tooz.hashring import HashRing


class Ring:
    """The places of `members` on the ring, `partitions` for each. Equal members make an equal ring everywhere."""

    def __init__(self, members: Iterable[str], partitions: int) -> None:
        self.members = tuple(sorted(members))
        self._places = HashRing(self.members, partitions=partitions)

    def owner(self, key: str) -> str | None:
        """Return whose `key` is; None when there is no member."""
        owner: str | None = next(iter(self._places.get_nodes(key.encode())), None) if self.members else None
        return owner
