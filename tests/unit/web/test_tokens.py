import stat
from pathlib import Path

import pytest

from znp_panel_sync.errors import ConfigurationError
from znp_panel_sync.web import kept_token


def test_a_token_is_made_once_for_its_owners_eyes(tmp_path: Path) -> None:
    first = kept_token(tmp_path / "token")
    again = kept_token(tmp_path / "token")
    assert (first.is_new, again.is_new) == (True, False)
    assert first.text == again.text
    assert len(first.text) == 32
    assert first.text not in repr(first)
    assert stat.S_IMODE(first.path.stat().st_mode) == 0o600
    assert kept_token(tmp_path / "other").text != first.text


@pytest.mark.parametrize(
    ("content", "problem"), [(b" \n", "holds no token"), (b"\xff", "cannot be read")], ids=["empty", "binary"]
)
def test_a_file_without_a_token_is_an_error(tmp_path: Path, content: bytes, problem: str) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(ConfigurationError, match=problem) as caught:
        kept_token(tmp_path / "token")
    assert caught.value.field == str(tmp_path / "token")


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written: No such file or directory"):
        kept_token(tmp_path / "missing" / "token")
