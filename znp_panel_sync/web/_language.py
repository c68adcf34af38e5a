"""The page's languages, and its HTML in each of them. No I/O but the package's own files."""

import json
import re
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from typing import Final

LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "zh": "中文"}
"""The languages by their codes, each with its own name; the first is what others are shown."""

HTML_CODES: Final[Mapping[str, str]] = {"en": "en", "zh": "zh-Hans"}

_PLACE: Final = re.compile(r"\{\{(\w+)\}\}")
_STATIC: Final = files("znp_panel_sync.web") / "static"


def choose_language(chosen: str | None, accepted: str) -> str:
    """Return the code of the language to use: the one that was chosen, else the best of an Accept-Language header."""
    if chosen and chosen in LANGUAGES:
        return chosen
    wishes = [_wish(part) for part in accepted[:1000].split(",")]
    usable = [(weight, code) for weight, code in wishes if weight > 0 and code in LANGUAGES]
    return max(usable, key=lambda wish: wish[0], default=(0.0, next(iter(LANGUAGES))))[1]


def _wish(part: str) -> tuple[float, str]:
    """Return the weight and the code of one part of the header, such as `zh-CN;q=0.8`."""
    tag, _, weight = part.partition(";")
    code = tag.strip().lower().partition("-")[0]
    found = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", weight)
    return (float(found[1]) if found else 1.0), code


@cache
def static_file(name: str) -> bytes:
    """Return one of the page's own files."""
    return (_STATIC / name).read_bytes()


@cache
def texts(language: str) -> Mapping[str, str]:
    """Return the page's texts in a language."""
    found: Mapping[str, str] = json.loads(static_file(f"texts.{language}.json"))
    return found


def render(name: str, language: str, values: Mapping[str, str]) -> bytes:
    """Return a page with its places filled with the language's texts and these values, all of them escaped."""
    known = {**texts(language), "language": HTML_CODES[language], **values}
    return _PLACE.sub(lambda place: escape(known[place[1]]), static_file(name).decode()).encode()
