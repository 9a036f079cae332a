"""The service and systemd: the real notify socket, and what systemd-analyze says of the unit."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner, Result

from bot.cli import newsbot
from bot.cli.options import Settings
from bot.errors import UsageError
from bot.offload import DEFAULT_BOUNDS
from bot.operate.setup.installer import unit_text
from tests.e2e.world import ROOT, World, stop

UNIT = ROOT / "systemd" / "newsbot.service"
CONSOLE = '[[channels]]\nid = "terminal"\nplatform = "console"\n'

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is not installed (Debian: apt-get install systemd)",
)


class Manager:
    """systemd's end of the socket."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self.told: list[dict[str, str]] = []

    def hears(self, key: str, *, after: int = 0, times: int = 1, seconds: float = 30) -> bool:
        """Listen until `key` was told so often, at most `seconds`."""
        end = time.monotonic() + seconds
        while sum(key in one for one in self.told[after:]) < times:
            self._end.settimeout(max(end - time.monotonic(), 0))
            try:
                message = self._end.recv(4096).decode()
            except (TimeoutError, BlockingIOError):
                return False
            self.told.append(dict(line.split("=", 1) for line in message.splitlines()))
        return True

    def order(self) -> list[str]:
        keys = ("READY", "RELOADING", "STOPPING")
        return [key for one in self.told for key in keys if key in one]


@contextmanager
def manager(*, abstract: bool) -> Iterator[tuple[str, Manager]]:
    with (
        TemporaryDirectory(prefix="nb") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end,
    ):
        address = f"{'@' if abstract else ''}{folder}/notify"
        end.bind(address.replace("@", "\0"))
        yield address, Manager(end)


@pytest.mark.parametrize("abstract", [False, True])
def test_the_service_tells_systemd_how_it_is(bot: World, abstract: bool) -> None:
    bot.write(CONSOLE + bot.feed("vn", "Tin một của ngày hôm nay"))
    with manager(abstract=abstract) as (address, systemd):
        process = bot.start("run", anew=abstract, NOTIFY_SOCKET=address, WATCHDOG_USEC="400000")
        try:
            assert systemd.hears("READY")
            assert (bot.home / "newsbot.db").exists()
            assert "1 feed, 1 channel" in systemd.told[0]["STATUS"]
            assert systemd.hears("WATCHDOG", times=6)
            seen = len(systemd.told)
            process.send_signal(signal.SIGHUP)
            assert systemd.hears("READY", after=seen)
            process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED)
            assert not systemd.hears("-", seconds=0)
            stopped = len(systemd.told)
            assert not systemd.hears("WATCHDOG", after=stopped, seconds=1)
            process.send_signal(signal.SIGCONT)
            assert systemd.hears("WATCHDOG", after=stopped)
        finally:
            process.send_signal(signal.SIGCONT)
            stop(process)
        assert systemd.hears("STOPPING")
        assert process.returncode == 0
        assert systemd.order() == ["READY", "RELOADING", "READY", "STOPPING"]


def test_a_mistake_in_the_configuration_is_never_ready(bot: World) -> None:
    bot.write(CONSOLE + "nonsense = 1\n")
    with manager(abstract=False) as (address, systemd):
        assert bot.run("run", NOTIFY_SOCKET=address).returncode == 2
        assert not systemd.hears("READY", seconds=0)
    assert "RestartPreventExitStatus=2\n" in UNIT.read_text()


@needs_systemd
def test_the_unit_and_its_examples_are_clean(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8").replace("/opt/newsbot/bin/newsbot", "/bin/true")
    unit.write_text(text, encoding="utf-8")
    shutil.copytree(f"{UNIT}.d", f"{unit}.d")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )
    about_us = [line for line in (done.stdout + done.stderr).splitlines() if "newsbot" in line]
    assert (done.returncode, about_us) == (0, [])


@pytest.mark.parametrize(
    "line",
    ["LimitCORE=0", "MemoryMax=1700M", "OOMPolicy=continue", "LimitNOFILE=16384", "KillMode=mixed"],
)
def test_the_unit_bounds_memory_and_files_and_leaves_no_core(line: str) -> None:
    assert line in UNIT.read_text(encoding="utf-8").splitlines()
    installed = unit_text(Path("/srv/bot.toml"), Path("/srv/bot"))
    assert line in installed.splitlines()
    assert installed.count("ExecStart=/srv/bot/bin/newsbot run -c /srv/bot.toml") == 1


def test_the_limit_of_the_unit_leaves_its_readers_what_they_may_take() -> None:
    found = re.search(r"^MemoryMax=(\d+)M$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    service_and_helpers = 115
    readers = DEFAULT_BOUNDS.children * DEFAULT_BOUNDS.memory // 2**20
    assert int(found[1]) >= readers + service_and_helpers


@needs_systemd
def test_the_service_is_hardly_exposed() -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNIT)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SYSTEMD_COLORS": "0"},
    )
    found = re.search(r"Overall exposure level for newsbot.service: ([\d.]+)", done.stdout)
    assert found, done.stderr
    assert float(found[1]) <= 1.2


INSTALLED = """
[accounts.tg]
platform = "telegram"
token = { credential = "telegram-token" }
[accounts.x]
platform = "x"
api_key = { env = "X_API_KEY" }
api_secret = { credential = "x-api-secret" }
access_token = { credential = "x-access-token" }
access_token_secret = { file = "x-secret" }
budget = { per_day = 1.0, per_month = 20.0 }
[accounts.unused]
platform = "telegram"
token = { credential = "unused-token" }
[[channels]]
id = "tin"
account = "tg"
chat = "@tincongnghe"
[[channels]]
id = "xtin"
account = "x"
[[channels]]
id = "later"
account = "unused"
chat = "@tincongnghe2"
enabled = false
[[feeds]]
id = "vn"
url = "https://example.org/rss"
channels = ["tin", "xtin"]
"""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The root of a machine that has newsbot and a configuration."""
    (tmp_path / "etc" / "newsbot").mkdir(parents=True)
    (tmp_path / "etc" / "newsbot" / "newsbot.toml").write_text(INSTALLED, encoding="utf-8")
    (tmp_path / "opt" / "newsbot" / "bin").mkdir(parents=True)
    (tmp_path / "opt" / "newsbot" / "bin" / "newsbot").touch()
    return tmp_path


def install(root: Path, *options: str, config: str = "etc/newsbot/newsbot.toml") -> Result:
    words = ["service", "install", "-c", str(root / config), "--root", str(root), *options]
    return CliRunner().invoke(newsbot, words, obj=Settings())


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_installing_shows_everything_and_does_nothing_by_itself(machine: Path) -> None:
    before = files(machine)
    shown = install(machine)
    assert shown.exit_code == 0
    assert "nothing was done" in shown.output
    for part in ("useradd --system", "is there  program /opt/newsbot/bin/newsbot",
                 "LoadCredential=telegram-token:/etc/newsbot/credentials/telegram-token",
                 "systemctl daemon-reload", "systemctl enable newsbot.service"):  # fmt: skip
        assert part in shown.output
    assert "unused" not in shown.output
    assert files(machine) == before


def test_a_token_that_init_wrote_as_root_becomes_readable_for_the_service(machine: Path) -> None:
    named = INSTALLED.replace('token = { credential = "telegram-token" }', 'token = { file = "t" }')
    (machine / "etc" / "newsbot" / "newsbot.toml").write_text(named, encoding="utf-8")
    token = machine / "etc" / "newsbot" / "t"
    token.write_text("FAKE", encoding="utf-8")
    token.chmod(0o600)
    shown = install(machine).output
    assert "user newsbot may read /etc/newsbot/t\n            chown newsbot /etc/newsbot/t" in shown
    assert "FAKE" not in shown


def test_installing_twice_is_installing_once(machine: Path) -> None:
    first = install(machine, "--yes")
    assert first.exit_code == 0, first.output
    units = machine / "etc" / "systemd" / "system"
    assert (units / "newsbot.service").read_text() == UNIT.read_text()
    drop_ins = {path.name: path.read_text() for path in (units / "newsbot.service.d").iterdir()}
    assert set(drop_ins) == {"tg.conf", "x.conf"}
    assert drop_ins["x.conf"].count("LoadCredential=") == 2
    credentials = machine / "etc" / "newsbot" / "credentials"
    assert credentials.stat().st_mode & 0o777 == 0o700
    assert "install -m 600 /dev/stdin /etc/newsbot/credentials/telegram-token" in first.output
    assert "systemctl start newsbot.service" in first.output
    assert "account x takes secrets from the environment" in first.output
    assert "account x takes secrets from files" in first.output
    before = {path: path.stat().st_mtime_ns for path in units.rglob("*")}
    again = install(machine, "--yes")
    assert again.output.count("is there  file") == 3
    assert {path: path.stat().st_mtime_ns for path in units.rglob("*")} == before


def test_a_configuration_in_its_own_place_is_tried_out_below_a_folder(tmp_path: Path) -> None:
    """As of /etc/newsbot, before anything is installed: --root is an empty folder."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as place:
        config = Path(place).resolve() / "newsbot.toml"
        config.write_text(INSTALLED, encoding="utf-8")
        words = ["service", "install", "-c", str(config), "--root", str(tmp_path), "--yes"]
        done = CliRunner().invoke(newsbot, words, obj=Settings())
    assert done.exit_code == 0, done.output
    unit = (tmp_path / "etc" / "systemd" / "system" / "newsbot.service").read_text()
    assert f"newsbot run -c {config}\n" in unit


def test_a_complete_installation_is_started(machine: Path) -> None:
    credentials = machine / "etc" / "newsbot" / "credentials"
    credentials.mkdir(mode=0o700)
    for name in ("telegram-token", "x-api-secret", "x-access-token"):
        (credentials / name).write_text("FAKE")
    done = install(machine, "--yes")
    assert "install -m 600" not in done.output
    assert "systemctl restart newsbot.service" in done.output
    assert "FAKE" not in done.output


def test_the_unit_names_what_is_installed(machine: Path) -> None:
    (machine / "srv" / "bin").mkdir(parents=True)
    (machine / "srv" / "bin" / "newsbot").touch()
    (machine / "etc" / "newsbot" / "newsbot.toml").rename(machine / "etc" / "bot.toml")
    done = install(
        machine, "--yes", "--prefix", "/srv", "--unit-dir", "/units", config="etc/bot.toml"
    )
    assert done.exit_code == 0, done.output
    unit = (machine / "units" / "newsbot.service").read_text()
    assert "ExecStart=/srv/bin/newsbot run -c /etc/bot.toml\n" in unit
    assert "/etc/newsbot" not in unit
    assert "/opt" not in unit


@pytest.mark.parametrize(
    ("place", "prefix", "said"),
    [
        ("home/me/newsbot.toml", "/opt/newsbot", "does not see /home"),
        ("etc/a space/newsbot.toml", "/opt/newsbot", "a unit takes an absolute path"),
        ("etc/50%/newsbot.toml", "/opt/newsbot", "a unit takes an absolute path"),
        ("etc/n.toml", "/root/newsbot", "does not see /root"),
        ("etc/n.toml", "relative", "a unit takes an absolute path"),
    ],
)
def test_a_configuration_that_a_service_could_not_use_is_refused(
    machine: Path, place: str, prefix: str, said: str
) -> None:
    path = machine / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(INSTALLED)
    refused = install(machine, "--yes", "--prefix", prefix, config=place)
    assert isinstance(refused.exception, UsageError)
    assert said in str(refused.exception)
    assert not (machine / "etc" / "systemd").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
def test_without_root_it_is_refused_in_one_line() -> None:
    code = (
        "import os; os.setuid(65534)\n"
        "from bot.operate.setup.installer import check_root\n"
        "from bot.operate.setup.steps import Places\n"
        "from pathlib import Path\n"
        "check_root(Places(prefix=Path('/p'), unit_dir=Path('/u'), root=Path('/r')))\n"
        "try: check_root(Places(prefix=Path('/p'), unit_dir=Path('/u')))\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    # Imported before the user changes.
    program = "import bot.operate.setup.installer, bot.operate.setup.steps\n" + code
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("UsageError installing a service needs root")
    assert done.stdout.count("\n") == 1
