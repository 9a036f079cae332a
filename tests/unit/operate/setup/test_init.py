"""`newsbot init` writes into the directory that it was given, and nowhere else."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.errors import NewsbotError
from bot.operate.setup.example import DATA
from bot.operate.setup.init import write_project, write_settings
from bot.operate.setup.installed import user_of_service
from bot.wording import wording

if TYPE_CHECKING:
    from typing import NoReturn

ROOT = Path(__file__).parents[4]
TOKEN = "123456:FAKE"
_OF_FILES = ("open", "os.mkdir", "os.chmod", "os.chown", "os.rename", "os.remove")


def test_a_second_init_keeps_everything(tmp_path: Path) -> None:
    first = dict(write_project(tmp_path))
    assert all(first.values())
    assert list(write_project(tmp_path)) == [(path, False) for path in first]


@pytest.mark.parametrize("name", ["newsbot.toml", "templates/telegram.html.j2"])
@pytest.mark.parametrize("is_dangling", [True, False])
def test_a_link_in_the_place_of_a_file_is_kept_and_its_target_untouched(
    tmp_path: Path, name: str, is_dangling: bool
) -> None:
    project, victim = tmp_path / "project", tmp_path / "victim"
    if not is_dangling:
        victim.write_text("precious", encoding="utf-8")
    link = project / name
    link.parent.mkdir(parents=True)
    link.symlink_to(victim)
    assert (link, False) in list(write_project(project))
    assert link.is_symlink()
    assert victim.exists() is not is_dangling
    assert is_dangling or victim.read_text(encoding="utf-8") == "precious"


def test_the_example_is_written_in_the_language_that_is_spoken(tmp_path: Path) -> None:
    list(write_project(tmp_path, wording("vi")))
    written = (tmp_path / "newsbot.toml").read_text(encoding="utf-8")
    assert "# Một bài báo nằm trong thư mục này" in written
    shipped = (DATA / "newsbot.toml").read_text(encoding="utf-8")
    assert tomllib.loads(written) == tomllib.loads(shipped)


def test_a_link_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    project.mkdir()
    elsewhere.mkdir()
    (project / "templates").symlink_to(elsewhere)
    with pytest.raises(NewsbotError, match="templates is a link"):
        list(write_project(project))
    assert list(elsewhere.iterdir()) == []


def test_the_directory_itself_may_be_a_link(tmp_path: Path) -> None:
    project, link = tmp_path / "project", tmp_path / "link"
    project.mkdir()
    link.symlink_to(project)
    assert all(written for _, written in write_project(link))
    assert (project / "newsbot.toml").is_file()


def test_no_file_or_folder_can_be_written_by_others(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        list(write_project(tmp_path / "project"))
    finally:
        os.umask(before)
    made = [tmp_path / "project", *(tmp_path / "project").rglob("*")]
    assert [path for path in made if path.stat().st_mode & 0o022] == []


def begin(directory: Path) -> None:
    """Do what `init --full` does once all is answered, and the same command after it was killed."""
    target = directory / "newsbot.toml"
    if not target.exists():
        write_settings(target, "language = 'vi'\n", TOKEN, "telegram-token", owner=os.getuid())
    list(write_project(directory))


def kill_at_each_step(base: Path) -> None:
    """Run as a program of its own, which has no threads: fork(2) leaves those behind."""
    step = 0
    while not (directory := base / str(step)).exists() and die_at(step, directory):
        for path in (path for path in directory.rglob("*") if path.is_file()):
            if TOKEN in path.read_text("utf-8"):
                assert not path.stat().st_mode & 0o077, path
        begin(directory)
        assert (directory / "newsbot.toml").read_text("utf-8") == "language = 'vi'\n"
        assert (directory / "telegram-token").read_text("utf-8") == f"{TOKEN}\n"
        assert not list(write_project(directory))[-1][1]
        step += 1
    assert step > 20, "it ended before it wrote all"


def die_at(step: int, directory: Path) -> bool:
    """Begin in a process that is killed before it touches files for the time number `step`."""
    child = os.fork()
    if not child:
        _live_until(step, directory)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def _live_until(step: int, directory: Path) -> NoReturn:
    left = step

    def on_event(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in _OF_FILES and str(arguments[0]).startswith(str(directory)):
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

    sys.addaudithook(on_event)
    begin(directory)
    os._exit(0)


def test_killed_at_any_step_it_goes_on_and_shows_the_token_to_nobody(tmp_path: Path) -> None:
    here = Path(__file__)
    name = ".".join(here.relative_to(ROOT).with_suffix("").parts)
    done = subprocess.run(
        [sys.executable, "-m", name, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list(tmp_path.iterdir())) > 20


_AS_NOBODY = """
import os, pathlib, sys
from bot.operate.setup.init import NewsbotError, require_writable
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
for name in ("tmp", "closed/new/newer"):
    try:
        require_writable(pathlib.Path(name))
    except NewsbotError as error:
        print(error)
"""


def test_a_folder_that_this_user_may_not_write_is_told_with_the_way_out(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)  # the folder itself can be seen, those above it need not
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp").chmod(0o777)
    (tmp_path / "closed").mkdir(mode=0o555)
    done = subprocess.run(
        [sys.executable, "-c", _AS_NOBODY],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    why = "this user may not write there: choose another folder, or use sudo"
    assert done.stdout == f"cannot write into closed/new/newer: {why}\n", done.stderr


@pytest.mark.parametrize("token", [None, TOKEN])
def test_on_a_full_disk_the_message_names_the_file(tmp_path: Path, token: str | None) -> None:
    target = tmp_path / "newsbot.toml"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        with pytest.raises(NewsbotError, match=f"cannot write {target}: "):
            write_settings(target, "language = 'vi'\n", token, "telegram-token")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_another_token_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "telegram-token").write_text("another\n", encoding="utf-8")
    with pytest.raises(NewsbotError, match="with another token: move it away first"):
        begin(tmp_path)
    assert (tmp_path / "telegram-token").read_text(encoding="utf-8") == "another\n"


@pytest.mark.parametrize(
    ("is_root", "user", "is_given"),
    [(True, "nobody", True), (True, "root", False), (True, "not-there", False),
     (False, "nobody", False)],
)  # fmt: skip
def test_root_lets_the_service_of_another_user_read_the_token(
    tmp_path: Path, is_root: bool, user: str, is_given: bool
) -> None:
    unit = tmp_path / "usr" / "lib" / "systemd" / "system" / "newsbot.service"
    unit.parent.mkdir(parents=True)
    text = f"[Service]\nUser={user}\nExecStart=newsbot run -c /etc/newsbot/newsbot.toml\n"
    unit.write_text(text, encoding="utf-8")
    config = tmp_path / "etc" / "newsbot" / "newsbot.toml"
    assert (user_of_service(config, is_root=is_root) is not None) == is_given
    write_settings(config, "", TOKEN, "telegram-token", owner=os.getuid() if is_given else None)
    assert (config.parent / "telegram-token").stat().st_mode & 0o777 == 0o600


if __name__ == "__main__":
    kill_at_each_step(Path(sys.argv[1]))
