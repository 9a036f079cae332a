"""A test stands where bot/ has its subject, and is called so; no function of bot/ is long."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST = 50  # lines of a function, from its name to its end
FOLDERS = {"unit": "bot", "contract": "bot", "pipeline": "bot/pipeline"}
# These are about several modules, or about what no module is.
OTHERS = frozenset(
    {
        "contract/publish/test_deleters",
        "contract/store/stories/test_storms",
        "contract/store/test_machines",
        "contract/store/test_nodes",
        "contract/store/test_races",
        "pipeline/test_digests",
        "pipeline/test_hostile",
        "pipeline/test_merging_races",
        "pipeline/test_mischief",
        "pipeline/test_pushed",
        "pipeline/test_pushed_killed",
        "pipeline/test_recipes",
        "pipeline/test_sequence",
        "pipeline/test_week",
        "unit/cli/test_commands",
        "unit/cli/test_interrupted",
        "unit/cli/test_loads",
        "unit/cli/test_reads",
        "unit/cli/test_usage",
        "unit/collect/parse/test_conformance",
        "unit/collect/parse/test_corpus",
        "contract/collect/http/test_proxies",
        "contract/publish/test_proxies",
        "unit/collect/parse/test_hostile",
        "unit/collect/parse/test_reports",
        "unit/config/test_database",
        "unit/config/test_errors",
        "unit/dedupe/test_mischief",
        "unit/format/test_golden_posts",
        "unit/format/test_hostile_posts",
        "unit/format/test_linear",
        "unit/format/test_real_feeds",
        "unit/format/test_x_conformance",
        "unit/runner/test_machines",
        "unit/runner/work/test_edits",
        "unit/store/tables/test_values",
        "unit/test_blind_comparison",
        "unit/test_layers",
        "unit/test_layout",
        "unit/test_patterns",
        "unit/test_reasons",
        "unit/test_requirements",
    }
)


def _has_subject(test: Path, kind: str) -> bool:
    room = ROOT / FOLDERS[kind] / test.relative_to(ROOT / "tests" / kind).parent
    subject = room / test.stem.removeprefix("test_")
    return subject.with_suffix(".py").is_file() or subject.is_dir() or subject.name == room.name


def test_each_test_module_stands_where_its_subject_does() -> None:
    lost = {
        str(test.relative_to(ROOT / "tests").with_suffix(""))
        for kind in FOLDERS
        for test in (ROOT / "tests" / kind).rglob("test_*.py")
        if not _has_subject(test, kind)
    }
    assert lost == OTHERS


def _functions() -> Iterator[tuple[str, int]]:
    """Yield each function of bot/ with the number of its lines."""
    for path in (ROOT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                name = f"{path.relative_to(ROOT)}: {node.name}"
                yield name, node.end_lineno - node.lineno + 1


def test_no_function_is_too_long_to_be_read_at_once() -> None:
    assert [(name, lines) for name, lines in _functions() if lines > LONGEST] == []
