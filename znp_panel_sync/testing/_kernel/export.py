"""Export of the kernel's configuration: what is in it, and where it may be written."""

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from znp_panel_sync.testing._kernel.refusal import conflict, forbidden

if TYPE_CHECKING:
    from znp_panel_sync.testing._kernel.state import KernelState


class Exports:
    """Exported files by path; they stay in memory unless a folder was given.

    All of them lie below that folder, as if it were the root of the kernel's host.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self.files: dict[str, str] = {}

    def write(self, path: str, content: str, *, allow_overwrite: bool) -> None:
        """Store a file; refuse a path that leaves the folder, or one that is taken and must not be overwritten."""
        target = self._target(path)
        taken = path in self.files or (target is not None and target.exists())
        if taken and not allow_overwrite:
            raise conflict(f"{path!r} exists already")
        if target is not None:
            self._store(target, path, content)
        self.files[path] = content

    def _target(self, path: str) -> Path | None:
        parts = PurePosixPath("/", path).parts[1:]
        if not parts or ".." in parts:
            raise forbidden(f"{path!r} is not a file below the export folder")
        return None if self._folder is None else self._folder.joinpath(*parts)

    def _store(self, target: Path, path: str, content: str) -> None:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content)
        except (OSError, ValueError):
            raise forbidden(f"{path!r} cannot be written") from None


def export(kernel: "KernelState", document: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out an export. The file is JSON, which is also YAML, in either format."""
    chosen = document.get("protocol_ids", [])
    nodes = [node.summary() for node in kernel.nodes if node.is_configured and (not chosen or node.id in chosen)]
    content: dict[str, Any] = {"version": document.get("version_label", "1"), "protocols": nodes}
    if document.get("include_users", False):
        redact = document.get("redact_users", False)
        content["users"] = [user.view(redact=redact) for user in kernel.users.all()]
    if document.get("include_api", False):
        content["api"] = kernel.limits.snapshot()
    if document.get("include_pipeline", False):
        content["pipeline"] = kernel.providers.views()
    text = json.dumps(content, indent=2)
    kernel.exports.write(document["path"], text, allow_overwrite=document.get("allow_overwrite", False))
    return _answer(kernel, document, content)


def _answer(kernel: "KernelState", document: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    rules = kernel.providers.rule_count()
    resolved = rules if document.get("resolve_providers", False) else None
    answer: dict[str, Any] = {
        "path": document["path"],
        "protocols": len(content["protocols"]),
        "version": content["version"],
        "users": len(content["users"]) if "users" in content else None,
        "api": "api" in content,
        "filters": {"protocols": document.get("protocol_ids", [])},
    }
    if "pipeline" in content:
        answer["pipeline"] = {"strategies": 0, "rules": rules, "resolved_rules": resolved}
    return answer
