import re
from html.parser import HTMLParser

import pytest

from znp_panel_sync.web._answers import FILES
from znp_panel_sync.web._language import LANGUAGES, choose_language, render, static_file, texts

PAGES = ("page.html", "login.html")
VALUES = {"theme": "", "logout_hidden": "", "letters_hidden": "", "wrong_hidden": "", "often_hidden": ""}


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        (None, "", "en"),
        ("zh", "en", "zh"),
        ("xx", "zh", "zh"),
        ("", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "de, zh-TW;q=0.5, en;q=0.3", "zh"),
        (None, "en-GB, zh;q=0.9", "en"),
        (None, "zh;q=0, en;q=0.1", "en"),
        (None, "ZH-hans ; q = 0.7", "zh"),
        (None, "fr, *", "en"),
        (None, "zh;q=nonsense", "zh"),
        (None, ",;;q=,", "en"),
    ],
)
def test_the_language_is_the_readers(chosen: str | None, accepted: str, language: str) -> None:
    assert choose_language(chosen, accepted) == language


def test_a_long_header_costs_nothing() -> None:
    assert choose_language(None, "x," * 100_000 + "zh") == "en"


def test_both_languages_say_the_same_things() -> None:
    english, chinese = texts("en"), texts("zh")
    assert english.keys() == chinese.keys()
    for name, text in english.items():
        places = sorted(re.findall(r"\{\w+\}", text))
        assert sorted(re.findall(r"\{\w+\}", chinese[name])) == places, name


def test_every_text_is_used_and_every_text_used_exists() -> None:
    html = "".join(static_file(name).decode() for name in PAGES)
    script = static_file("page.js").decode()
    in_html = set(re.findall(r"\{\{(\w+)\}\}", html)) - VALUES.keys() - {"language"}
    in_script = set(re.findall(r'say\((?:\w+\(\) \? )?"(\w+)"(?: : "(\w+)")?', script))
    named = {name for pair in in_script for name in pair if name}
    families = set(re.findall(r'word\("(\w+)"', script))
    states = {"live", "polling", "lost"}  # said by the state's name
    known = set(texts("en"))
    assert (in_html | named | states) <= known
    unused = known - in_html - named - states
    assert {name.partition(".")[0] for name in unused} == families


class Tags(HTMLParser):
    """Collects what must not stand in a page with a strict policy, and addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        self.addresses += [given[name] or "" for name in ("src", "href", "action") if name in given]
        self.ids += [given["id"] or ""] if "id" in given else []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_pages_have_no_inline_code_and_no_address_but_their_own(name: str, language: str) -> None:
    html = render(name, language, VALUES).decode()
    assert "{{" not in html
    tags = Tags()
    tags.feed(html)
    assert tags.inline == []
    assert len(set(tags.ids)) == len(tags.ids)
    allowed = re.compile(
        r"#(nodes|events-title|letters-title)|\?lang=(en|zh)|login|logout|" + "|".join(map(re.escape, FILES))
    )
    assert all(allowed.fullmatch(address) for address in tags.addresses), tags.addresses


@pytest.mark.parametrize("name", ["page.js", "page.css"])
def test_the_files_name_no_other_address_and_make_no_html(name: str) -> None:
    text = static_file(name).decode()
    assert set(re.findall(r"https?://[^\s\"']+", text)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|@import|url\(", text)


def test_values_are_escaped() -> None:
    html = render("login.html", "en", {**VALUES, "theme": '"><script>'}).decode()
    assert 'data-theme="&quot;&gt;&lt;script&gt;"' in html
