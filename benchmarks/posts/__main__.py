"""`python -m benchmarks.posts draw | sheets | count`: see the package."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.posts import __doc__ as usage
from benchmarks.posts.kept_items import draw, named
from benchmarks.posts.rankings import RankingError, count
from benchmarks.posts.sheets import write_sheets
from bot.models.basics import Platform


def main(arguments: list[str]) -> int:
    asked = _parser().parse_args(arguments)
    try:
        asked.do(asked)
    except (RankingError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=usage, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    drawing = commands.add_parser("draw")
    drawing.add_argument("feeds", type=Path)
    drawing.add_argument("items", type=Path)
    drawing.add_argument("--count", type=int, default=60)
    drawing.add_argument("--seed", type=int, default=0)
    drawing.add_argument("--only", nargs="+", metavar="FILE#N")
    drawing.set_defaults(do=_draw)
    writing = commands.add_parser("sheets")
    writing.add_argument("items", type=Path)
    writing.add_argument("sheets", type=Path)
    writing.add_argument("key", type=Path)
    writing.add_argument("authors", nargs="*", metavar="AUTHOR=FOLDER", type=_author)
    writing.add_argument("--seed", type=int, default=0)
    writing.add_argument("--platform", type=Platform, default=Platform.TELEGRAM)
    writing.set_defaults(do=_write)
    counting = commands.add_parser("count")
    counting.add_argument("key", type=Path)
    counting.add_argument("rankings", type=Path)
    counting.set_defaults(do=_count)
    return parser


def _author(said: str) -> tuple[str, Path]:
    name, equals, folder = said.partition("=")
    if not equals or not Path(folder).is_dir():
        raise argparse.ArgumentTypeError(f'"{said}" is not AUTHOR=FOLDER with a folder that exists')
    return name, Path(folder)


def _draw(asked: argparse.Namespace) -> None:
    asked.items.mkdir(parents=True, exist_ok=True)
    feeds = asked.feeds
    found = named(feeds, asked.only) if asked.only else draw(feeds, asked.count, asked.seed)
    for name, kept in found:
        text = json.dumps(kept, ensure_ascii=False, indent=1)
        (asked.items / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _write(asked: argparse.Namespace) -> None:
    key = write_sheets(
        asked.items, asked.sheets, dict(asked.authors), seed=asked.seed, platform=asked.platform
    )
    asked.key.write_text(json.dumps(key, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _count(asked: argparse.Namespace) -> None:
    key = json.loads(asked.key.read_text(encoding="utf-8"))
    lines = asked.rankings.read_text(encoding="utf-8").splitlines()
    print(*count(lines, key).lines(), sep="\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
