"""What the command line itself promises: errors by place, completion, a light start."""

from __future__ import annotations

import json
import logging
import re
import resource
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from bot import log
from bot.cli import main
from bot.cli.options import LEVELS, Settings
from bot.cli.outbox import STATES
from bot.models.basics import DeliveryState
from bot.wording import FEW_FILES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GOOD = """
[[channels]]
id = "terminal"
platform = "console"
[[feeds]]
id = "vnexpress"
url = "https://vnexpress.net/rss/tin-moi-nhat.rss"
"""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    hook = sys.excepthook
    try:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
    finally:
        sys.excepthook = hook
    code = ended.value.code
    shown = capsys.readouterr()
    return int(code) if isinstance(code, int) else 0, shown.out, shown.err


@pytest.fixture
def config(tmp_path: Path) -> Path:
    made = tmp_path / "newsbot.toml"
    made.write_text(GOOD, encoding="utf-8")
    return made


def test_check_shows_the_line_and_others_tell_it(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(GOOD + 'evry = "5m"\n', encoding="utf-8")
    line = f'{config}:8:1: feeds.vnexpress.evry: unknown key; did you mean "every"?\n'
    mark = '    8 | evry = "5m"\n      | ^^^^\n'
    assert run(capsys, "check", "-c", str(config)) == (2, "", line + mark)
    assert run(capsys, "status", "-c", str(config)) == (2, "", line)


def test_a_secret_that_is_missing_is_told_with_its_place(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(
        '[accounts.tg]\nplatform = "telegram"\ntoken = { file = "none" }\n'
        '[[channels]]\nid = "c"\naccount = "tg"\nchat = "@tincongnghe"\n',
        encoding="utf-8",
    )
    code, _, errors = run(capsys, "check", "-c", str(config))
    assert code == 2
    assert errors == (
        f"{config}:3:9: accounts.tg.token: {config.parent}/none: no such file; create it\n"
        '    3 | token = { file = "none" }\n      |         ^^^^^^^^^^^^^^^^^\n'
    )


def test_feeds(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    address = "https://genk.vn/rss/home.rss"
    add = run(capsys, "feeds", "add", address, "--force", "-c", str(config))
    assert add == (0, "", "added genk; `newsbot preview --feed genk` shows its posts\n")
    code, shown, _ = run(capsys, "-c", str(config), "feeds", "list")
    assert code == 0
    assert [line.split()[0] for line in shown.splitlines()] == ["FEED", "vnexpress", "genk"]
    _, exported, _ = run(capsys, "feeds", "export", "-c", str(config))
    opml = tmp_path / "list.opml"
    opml.write_text(exported, encoding="utf-8")
    assert run(capsys, "feeds", "remove", "genk", "-c", str(config))[0] == 0
    code, _, errors = run(capsys, "feeds", "import", str(opml), "-c", str(config))
    assert code == 0
    assert errors.splitlines()[-1] == "1 feed added, 1 skipped"
    assert run(capsys, "feeds", "remove", "none", "-c", str(config))[0] == 2
    opml.write_text("<opml/>", encoding="utf-8")
    assert run(capsys, "feeds", "import", str(opml), "-c", str(config))[0] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (
            ("feeds", "release", "vnexpres"),
            2,
            "no feed is called vnexpres; did you mean vnexpress?",
        ),
        (("feeds", "release", "vnexpress"), 1, "nothing ran yet"),
        (("pause", "termnal"), 2, "did you mean terminal?"),
        (("pause", "--all"), 1, "nothing ran yet"),
        (("resume", "terminal"), 1, "nothing ran yet"),
        (("retract", "--channel", "termnal", "--last", "1"), 2, "did you mean terminal?"),
        (("retract", "--channel", "terminal", "--last", "1"), 1, "nothing ran yet"),
        (("post", "--channel", "termnal", "--test"), 2, "did you mean terminal?"),
        (("post", "--channel", "terminal", "--item", "tin"), 1, "nothing ran yet"),
    ],
)
def test_hands_without_a_database_make_none(
    arguments: tuple[str, ...],
    code: int,
    said: str,
    config: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ended, out, errors = run(capsys, *arguments, "-c", str(config))
    assert (ended, out) == (code, "")
    assert said in errors
    assert len(errors.splitlines()) == 1
    assert list(config.parent.iterdir()) == [config]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, script, errors = run(capsys, "completion", shell)
    assert (code, errors) == (0, "")
    assert f"_NEWSBOT_COMPLETE={shell}_complete" in script
    assert "%(" not in script


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("newsbot feeds remove ", ["vnexpress"]),
        ("newsbot feeds release ", ["vnexpress"]),
        ("newsbot retract --channel ", ["terminal"]),
        ("newsbot post --channel ", ["terminal"]),
        ("newsbot feeds add https://x/ --channel ter", ["terminal"]),
        ("newsbot preview --feed ", ["vnexpress"]),
        ("newsbot preview --channel ", ["terminal"]),
        ("newsbot deliveries --channel ", ["terminal"]),
        ("newsbot pause ", ["vnexpress", "terminal"]),
        ("newsbot comp", ["completion"]),
        ("newsbot -c none.toml feeds remove ", []),
    ],
)
def test_completed(
    words: str,
    wanted: list[str],
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("NEWSBOT_CONFIG", str(config))
    monkeypatch.setenv("_NEWSBOT_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
    _, out, _ = run(capsys)
    assert [line.partition(",")[2] for line in out.splitlines() if line] == wanted


def test_a_full_disk_behind_the_output_is_one_line(config: Path) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [sys.executable, "-m", "bot", "feeds", "list", "-c", str(config)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    text = "the output cannot be written: No space left on device; look after the disk"
    assert done.stderr == f"newsbot: {text}\n"


@pytest.mark.parametrize(
    ("closed", "words", "expected"),
    [
        ("stdin", ("init", "--yes"), (2, "")),
        ("stdout", ("status",), (1, "")),
        ("stderr", ("status", "--nosuch"), (2, "")),
    ],
)
def test_a_stream_that_is_closed_is_no_fault_and_no_error_becomes_output(
    closed: str,
    words: tuple[str, ...],
    expected: tuple[int, str],
    config: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = config.parent / "elsewhere" if words[0] == "init" else config.parent
    folder.mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, closed, None)
    code, out, err = run(capsys, *words)
    if made := getattr(sys, closed):
        made.close()
    assert (code, out) == expected
    assert "internal error" not in err


def test_a_disk_that_is_full_half_way_leaves_whole_files(tmp_path: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (16384, resource.RLIM_INFINITY))

    command = [sys.executable, "-m", "bot", "init", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=limit)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"newsbot: cannot write {tmp_path}/newsbot.sch")
    assert [path.name for path in tmp_path.iterdir()] == ["newsbot.toml"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    json.loads((tmp_path / "newsbot.schema.json").read_bytes())


FEED = """
[[channels]]
id = "c"
platform = "console"
[[feeds]]
id = "f"
url = "f.xml"
"""


@pytest.mark.parametrize(
    ("most", "command"), [(16, ("preview",)), (12, ("preview", "--json")), (9, ("once",))]
)
def test_the_lack_of_descriptors_is_one_line(
    tmp_path: Path, most: int, command: tuple[str, ...]
) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    (tmp_path / "newsbot.toml").write_text(FEED, encoding="utf-8")
    (tmp_path / "f.xml").write_text("<rss><channel/></rss>", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "bot", *command, "-c", str(tmp_path / "newsbot.toml")],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("newsbot: ")
    assert line.endswith(FEW_FILES)


def test_status_is_a_document_even_where_the_database_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "newsbot.toml").write_text(FEED, encoding="utf-8")
    (tmp_path / "f.xml").write_text("<rss><channel/></rss>", encoding="utf-8")
    (tmp_path / "newsbot.db").write_bytes(b"no database" * 1000)
    command = [sys.executable, "-m", "bot", "status", "-c", str(tmp_path / "newsbot.toml")]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    document = json.loads(done.stdout)
    (trouble,) = document["troubles"]
    assert (done.returncode, document["well"], trouble["kind"]) == (1, False, "lost")
    assert done.stderr == f"newsbot: {trouble['text']}\n"
    assert [feed["id"] for feed in document["feeds"]] == ["f"]
    text = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert text.startswith(f"not well:\n  - {trouble['text']}\n")


def test_states_are_those_of_the_models() -> None:
    assert tuple(DeliveryState) == STATES


def test_log_levels_are_those_of_the_log() -> None:
    assert log.LEVELS == LEVELS


HEAVY = (
    "PIL aiohttp alembic asyncio feedparser jinja2 lxml prometheus_client psycopg pydantic rich "
    "sqlalchemy structlog telegram tomlkit trafilatura tweepy twitter_text"
)


def test_help_loads_nothing_heavy() -> None:
    code = f"import sys, bot.cli; print(*(set('{HEAVY}'.split()) & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.fixture
def unconfigured() -> Iterator[None]:
    """A process in which nothing was logged yet."""
    handlers, level = list(logging.root.handlers), logging.root.level
    hooks = threading.excepthook, sys.unraisablehook
    structlog.reset_defaults()
    yield
    threading.excepthook, sys.unraisablehook = hooks
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.mark.usefixtures("unconfigured")
@pytest.mark.parametrize(
    ("told", "named", "shown"),
    [
        ({}, "", ["warning"]),
        ({"log_level": "info"}, "", ["info", "warning"]),
        ({"debug": True}, "", ["debug", "info", "warning"]),
        ({}, "error", []),
    ],
)
def test_a_command_beside_the_service_logs_warnings_unless_it_is_told_more(
    told: dict[str, Any],
    named: str,
    shown: list[str],
    config: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NEWSBOT_LOG_LEVEL", named)
    Settings(config=config, **told).load()
    logger = log.get_logger("bot.sample")
    logger.debug("one line")
    logger.info("one line")
    logger.warning("one line")
    out, err = capsys.readouterr()
    assert (out, re.findall(r"\[(\w+) *\] +one line", err)) == ("", shown)
