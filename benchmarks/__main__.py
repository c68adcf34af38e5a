"""Every benchmark beside its peers, one after the other: ``python -m benchmarks [NAME ...] [--json FILE] [--quick]``.

Each module of this package whose name does not begin with an underscore is one, and runs in a process of its own.
What all of them measured ends in one table, and in a JSON file; a benchmark that has no peer may print a table of its
own instead.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks._results import Row, arguments, dumped, loaded, show

FOLDER = Path(__file__).parent
RESULTS = FOLDER.parent / "build" / "benchmarks.json"


def run(name: str, options: list[str]) -> dict[str, list[Row]]:
    """Run one benchmark and return its rows; what it says besides goes where ours goes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.json"
        command = [sys.executable, "-m", f"benchmarks.{name}", "--json", str(file), *options]
        if subprocess.run(command, check=False, cwd=FOLDER.parent).returncode:
            raise SystemExit(f"the benchmark {name} failed")
        return loaded(file.read_text(encoding="utf-8")) if file.exists() else {}


def main() -> None:
    """Run the benchmarks that are named, or all of them."""
    names = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
    parser = arguments(__doc__)
    parser.set_defaults(json=RESULTS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(names)} (none: all)")
    given: Any = parser.parse_args()
    if unknown := sorted({*given.names} - {*names}):
        parser.error(f"there is no benchmark {', '.join(unknown)}")
    results: dict[str, list[Row]] = {}
    for name in given.names or names:
        print(f"== {name}", flush=True)
        results |= run(name, ["--quick"] if given.quick else [])
    print()
    show(results)
    given.json.parent.mkdir(exist_ok=True)
    given.json.write_text(dumped(results), encoding="utf-8")
    print(f"written to {given.json}")


if __name__ == "__main__":
    main()
