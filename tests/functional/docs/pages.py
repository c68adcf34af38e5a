"""The code blocks of a page of the documentation, and what they promise."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
FENCE = re.compile(r'^```(?P<language>\w*)(?: title="(?P<title>[^"]*)")?\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL)
INCLUDE = re.compile(r'--8<-- "([^":]+)(?::\w+)?"\n')


class Block(NamedTuple):
    """One code block; `included` is the file that it shows, where it shows one of the repository's."""

    language: str
    title: str | None
    text: str

    @property
    def included(self) -> Path | None:
        found = INCLUDE.fullmatch(self.text)
        return ROOT / found[1] if found else None


def all_pages() -> list[str]:
    return sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md"))


def blocks(page: str) -> Iterator[Block]:
    for found in FENCE.finditer((DOCS / page).read_text(encoding="utf-8")):
        yield Block(found["language"], found["title"], found["text"])
