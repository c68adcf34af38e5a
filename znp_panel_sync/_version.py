"""The version of this package, which requests carry in their User-Agent."""

from typing import Final

__version__: Final = "0.1.0"
