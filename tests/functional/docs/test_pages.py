"""Every code block of the documentation does what its page says."""

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.functional.docs.pages import DOCS, ROOT, Block, all_pages, blocks
from tests.functional.docs.terminals import Terminals
from znp_panel_sync.web import ServiceSettings

OTHERS = {"command.md"}
"""Pages with a test of their own."""

PAGES = [page for page in all_pages() if page not in OTHERS]


def with_dialogues() -> list[str]:
    return [page for page in PAGES if any(block.language == "console" for block in blocks(page))]


@pytest.mark.parametrize("page", with_dialogues())
def test_a_dialogue_goes_as_it_is_told(page: str, tmp_path: Path) -> None:
    with Terminals(tmp_path) as terminals:
        for block in blocks(page):
            if block.language == "console":
                terminals.hold(block)
            elif block.title and not block.included:
                terminals.write(block)


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_of_a_kind_that_is_run(page: str) -> None:
    for block in blocks(page):
        checked = CHECKS.get(block.language)
        assert block.included or checked, block
        if block.included:
            assert block.included.exists(), block.included
        elif checked:
            checked(block)


def run_elsewhere(block: Block) -> None:
    """Python without a title is run with the samples of the README, and all else by the dialogues."""


def check_settings(block: Block) -> None:
    ServiceSettings.from_mapping(yaml.safe_load(block.text))


def check_json(block: Block) -> None:
    json.loads(block.text)


def check_diagram(block: Block) -> None:
    assert block.text.startswith("stateDiagram-v2")


CHECKS = {
    "python": run_elsewhere,
    "console": run_elsewhere,
    "yaml": check_settings,
    "json": check_json,
    "mermaid": check_diagram,
}


def named_tests() -> list[str]:
    text = (DOCS / "explanation" / "faults.md").read_text(encoding="utf-8")
    return re.findall(r"`(tests/\S+)`", text)


@pytest.mark.parametrize("named", named_tests())
def test_a_test_that_holds_a_promise_exists(named: str) -> None:
    path, _, name = named.partition("::")
    assert re.search(rf"^(?:(?:async )?def )?{name}\b", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
