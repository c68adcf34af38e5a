"""What a cluster counts."""

from attrs import define


@define
class ClusterCounters:
    """Numbers since the cluster was made, to be read at any time.

    `members` is how many replicas share the work now, this one included (0: this one takes no part in it). `owned` is
    how many nodes are polled here now, and `moves` how many nodes this replica has taken over or handed over, its
    first share not counted. `answers` and `engine_failures` count the exchanges with the engine that succeeded, and
    those that failed or took too long.
    """

    members: int = 0
    owned: int = 0
    moves: int = 0
    answers: int = 0
    engine_failures: int = 0
