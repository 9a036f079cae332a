"""A test is found by the name of its subject: it stands where bot/ has it, and is called so."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
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
