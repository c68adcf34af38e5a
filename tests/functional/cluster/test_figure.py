"""The figure of the documentation: what it is made of, and that it can be made."""

from pathlib import Path
from xml.etree import ElementTree

from benchmarks._replicas_figure import draw, largest_shares, simulate, table, takeover

ROOT = Path(__file__).resolve().parents[3]


def test_shares_are_multiples_of_the_fair_one() -> None:
    assert largest_shares(1, [100], 512, draws=2)[100].worst == 1.0
    many, few = (largest_shares(3, [5000], partitions, draws=3)[5000] for partitions in (512, 32))
    assert 1.0 < many.median <= many.worst < 1.15
    assert many.worst < few.worst


def test_a_takeover_takes_at_least_what_is_left_of_the_lease_and_at_most_two_ticks_and_an_interval_more() -> None:
    found = takeover(3, 2000, draws=3)
    assert 15.0 - 2.0 < found.median < found.longest <= 15.0 + 2 * 2.0 + 30.0


def test_the_figure_is_drawn_with_its_words_as_text_and_in_colours_for_light_and_dark(tmp_path: Path) -> None:
    simulated = simulate((200, 400), draws=1)
    assert len(table(simulated).splitlines()) == 11
    draw(simulated, tmp_path / "figure.svg")
    svg = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    words = "".join(ElementTree.fromstring(svg).itertext())
    assert "400 nodes" in words
    assert "prefers-color-scheme:dark" in words
    assert "#0" not in svg.replace("#0550ae", "")  # no stand-in is left


def test_the_figure_of_the_documentation_is_one_of_these() -> None:
    words = "".join(ElementTree.parse(ROOT / "docs" / "figures" / "replicas.svg").getroot().itertext())
    for title in ("The largest share, as a multiple of the fair one", "100,000 nodes", "TTL + two ticks + interval"):
        assert title in words
