"""Reading YAML: safe, and strict about keys that are given twice. Importing this module needs PyYAML."""

from collections.abc import Hashable
from typing import Any

import yaml

from znp_panel_sync.errors import ConfigurationError


class _StrictLoader(yaml.SafeLoader):
    """The safe loader, but a key that stands twice in a block is an error instead of the last one winning."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key is not None and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Give a value, such as a date, that its constructor cannot read the place in the file that it lacks."""
        try:
            return super().construct_object(node, deep)
        except (AttributeError, LookupError, TypeError, ValueError):
            raise yaml.constructor.ConstructorError(
                None, None, "a value is not what it looks like", node.start_mark
            ) from None


def load(text: str, *, name: str) -> object:
    """Return the document; raise `ConfigurationError` naming `name` and the line, without showing what stands there."""
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a subclass of the safe loader
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigurationError(name, f"is not YAML{line}: {error.problem}") from None
    except RecursionError:
        raise ConfigurationError(name, "is nested too deeply") from None
    except yaml.YAMLError:
        raise ConfigurationError(name, "is not YAML: it holds a character that YAML does not allow") from None
