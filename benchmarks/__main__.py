"""Every benchmark beside its peers, one after the other: ``python -m benchmarks [NAME ...] [-- OPTION ...]``.

Each module of this package whose name does not begin with an underscore is one; options go to all that are run.
"""

import argparse
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def main() -> None:
    """Run the benchmarks that are named, or all of them, each in a process of its own."""
    names = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(names)} (none: all)")
    given, options = parser.parse_known_args()
    unknown = sorted({*given.names} - {*names})
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}")
    failed = 0
    for name in given.names or names:
        print(f"== {name}", flush=True)
        failed |= subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options], check=False).returncode
    sys.exit(failed)


if __name__ == "__main__":
    main()
