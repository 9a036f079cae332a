"""`python -m benchmarks [NAME]...`: runs the named modules of this folder, or all of them.

A module has `main()`, which prints its figures and returns whether its limits were kept.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

NAMES = sorted(
    path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_")
)


def run(name: str) -> bool:
    print(f"--- {name}")
    good = importlib.import_module(f"benchmarks.{name}").main()
    return good is not False


def main(wanted: list[str]) -> int:
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        print(f"no benchmark {unknown[0]}: there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    done = [run(name) for name in wanted or NAMES]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
