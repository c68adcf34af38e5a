from znp_panel_sync.events.ledger import NodeTraffic
from znp_panel_sync.events.reconciliation import TrafficGap, compare_traffic


def test_what_agrees_is_no_gap() -> None:
    same = NodeTraffic("edge-1", "vless", 10, 20)
    assert compare_traffic([same], [same]) == (1, ())


def test_gaps_are_told_by_node_and_protocol_in_both_directions() -> None:
    counted = [NodeTraffic("edge-1", "vless", 10, 20), NodeTraffic("edge-1", "socks", 5, 5)]
    received = [NodeTraffic("edge-1", "vless", 7, 21)]
    compared, gaps = compare_traffic(counted, received)
    assert compared == 2
    assert [(gap.counted.protocol, gap.missing_up, gap.missing_down) for gap in gaps] == [
        ("vless", 3, -1),
        ("socks", 5, 5),
    ]


def test_nodes_of_other_kernels_are_left_out() -> None:
    assert compare_traffic([], [NodeTraffic("edge-9", "vless", 1, 1)]) == (0, ())


def test_names_of_nodes_are_translated_and_their_bytes_added_up() -> None:
    counted = NodeTraffic("edge-1", "vless", 10, 20)
    received = [NodeTraffic("10", "vless", 4, 20), NodeTraffic("11", "vless", 5, 0)]
    names = {"10": "edge-1", "11": "edge-1"}
    assert compare_traffic([counted], received, names)[1] == (
        TrafficGap(counted, NodeTraffic("edge-1", "vless", 9, 20)),
    )
