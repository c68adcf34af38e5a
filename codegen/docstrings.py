"""Docstrings of the generated code."""

import textwrap

from openapi_python_client.strings import safe_for_docstring

_WIDTH = 118
"""Two less than a line of the project, so that quotes fit."""


def docstring(content: object, indent: int) -> str:
    """Return `content` as a docstring of a block that is indented by `indent` spaces, wrapped line by line."""
    width = _WIDTH - indent
    lines = [wrapped for line in _plain(content).splitlines() for wrapped in _wrap(line, width)]
    text = ("\n" + " " * indent).join(lines).replace("\n" + " " * indent + "\n", "\n\n")
    if len(lines) == 1 and len(text) + 6 <= _WIDTH - indent and not text.endswith('"'):
        return f'"""{text}"""'
    return f'"""{text}\n{" " * indent}"""'


def _plain(content: object) -> str:
    raw = getattr(content, "get_untrusted_value", lambda: content)()
    text = safe_for_docstring(str(raw or "")).strip()
    return text or "Not described in the contract."


def _wrap(line: str, width: int) -> list[str]:
    lead = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(line, width, subsequent_indent=lead + "  " if lead else "", break_long_words=False) or [""]
