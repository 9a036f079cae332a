"""A command in a shell finds the database and the credentials of the installed service."""

from pathlib import Path

import pytest

from bot.config import find_config
from bot.config.credentials import CREDENTIAL_FOLDERS
from bot.operate.setup.installed import installed_config, service_environ, service_of

RUN = "ExecStart=/opt/newsbot/bin/newsbot run"


def unit(root: Path, *lines: str, file: str = "etc/systemd/system/newsbot.service") -> None:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(("[Service]", *lines)) + "\n", encoding="utf-8")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    made = tmp_path / "etc" / "newsbot" / "newsbot.toml"
    made.parent.mkdir(parents=True)
    made.touch()
    return made


NAMED = "-c /etc/newsbot/newsbot.toml"


@pytest.mark.parametrize(
    "lines",
    [
        (f"{RUN} {NAMED}",),
        (f"{RUN} --config=/etc/newsbot/newsbot.toml",),
        (RUN,),
        (RUN, "Environment=A=1 NEWSBOT_CONFIG=/etc/newsbot/newsbot.toml"),
        (f"{RUN} -c /other.toml", "ExecStart=", f"{RUN} \\", NAMED),
    ],
)
def test_the_unit_that_runs_with_a_file_is_found(
    lines: tuple[str, ...], config: Path, tmp_path: Path
) -> None:
    unit(tmp_path, *lines, "StateDirectory=newsbot")
    found = service_environ(config, {"HOME": "/root"})
    assert found["STATE_DIRECTORY"] == str(tmp_path / "var" / "lib" / "newsbot")
    assert found["HOME"] == "/root"
    assert installed_config(tmp_path) == config


@pytest.mark.parametrize(
    "lines",
    [(f"{RUN} -c /etc/newsbot/another.toml",), ("ExecStart=/opt/newsbot/bin/newsbot check",), ()],
)
def test_another_unit_changes_nothing(lines: tuple[str, ...], config: Path, tmp_path: Path) -> None:
    unit(tmp_path, *lines, "StateDirectory=newsbot")
    environ = {"HOME": "/root"}
    assert service_environ(config, environ) is environ


def test_in_the_service_itself_systemd_counts(config: Path, tmp_path: Path) -> None:
    unit(tmp_path, f"{RUN} {NAMED}", "StateDirectory=newsbot")
    environ = {"STATE_DIRECTORY": "/elsewhere", "CREDENTIALS_DIRECTORY": "/run/there"}
    found = service_environ(config, environ)
    assert found["STATE_DIRECTORY"] == "/elsewhere"
    assert found["CREDENTIALS_DIRECTORY"] == "/run/there"


def test_drop_ins_of_the_operator_count(config: Path, tmp_path: Path) -> None:
    unit(
        tmp_path,
        f"{RUN} {NAMED}",
        "StateDirectory=newsbot",
        file="lib/systemd/system/newsbot.service",
    )
    folder = "etc/systemd/system/newsbot.service.d"
    unit(tmp_path, "LoadCredential=token:/srv/secrets/token", file=f"{folder}/tg.conf")
    unit(tmp_path, "StateDirectory=", "StateDirectory=tin:alias more", file=f"{folder}/zz.conf")
    service = service_of(config)
    assert service is not None
    assert service.state == tmp_path / "var" / "lib" / "tin"
    assert service.credentials[0] == tmp_path / "srv" / "secrets"
    assert service.credentials[-1] == tmp_path / "run" / "credentials" / "newsbot.service"
    assert str(tmp_path / "srv" / "secrets") in service_environ(config, {})[CREDENTIAL_FOLDERS]


def test_the_service_s_file_is_the_last_that_is_looked_for(config: Path, tmp_path: Path) -> None:
    unit(tmp_path, f"{RUN} -c /etc/newsbot/newsbot.toml")
    empty = tmp_path / "empty"
    empty.mkdir()

    def installed() -> Path | None:
        return installed_config(tmp_path)

    assert find_config(None, {}, empty, installed=installed) == config
    (empty / "newsbot.toml").touch()
    assert find_config(None, {}, empty, installed=installed) == empty / "newsbot.toml"
    unit(tmp_path, f"{RUN} -c /etc/two.toml", file="etc/systemd/system/newsbot-two.service")
    assert installed() is None
