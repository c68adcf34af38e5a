"""The samples of the READMEs and of the documentation print what their comments say; links lead somewhere."""

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LANGUAGES = ("README.md", "README.zh-CN.md")
PAGES = ("README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")))


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def samples(name: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", text_of(name), re.DOTALL)


def promised_output(sample: str) -> list[str]:
    """What stands in a comment behind a print, or in comments after the last statement."""
    behind = re.findall(r"print\(.*\)  # (.*)$", sample, re.MULTILINE)
    after = re.search(r"(?:^# .*\n)+\Z", sample, re.MULTILINE)
    return behind + ([line.removeprefix("# ") for line in after[0].splitlines()] if after else [])


@pytest.mark.parametrize("sample", [sample for page in PAGES for sample in samples(page)])
def test_a_sample_prints_what_its_comments_promise(sample: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(sample, "sample", "exec"), {})
    assert promised_output(sample)
    assert printed.getvalue().splitlines() == promised_output(sample)


def test_both_languages_show_the_same_samples() -> None:
    assert samples("README.md") == samples("README.zh-CN.md")


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_first_sample_is_short_and_on_the_first_screen(name: str) -> None:
    before, sample = text_of(name).split("```python\n", 1)
    assert before.count("\n") < 10
    assert len(sample.split("```", 1)[0].splitlines()) <= 10


@pytest.mark.parametrize("name", LANGUAGES)
def test_links_and_commands_exist(name: str) -> None:
    text, makefile = text_of(name), text_of("Makefile")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (ROOT / target).exists(), target
    for command in re.findall(r"`make ([a-z-]+)`", text):
        assert re.search(rf"^{command}:", makefile, re.MULTILINE), command
