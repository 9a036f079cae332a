"""A forked bot is to its tests what a new interpreter is: only its imports are done before."""

import signal
from pathlib import Path

from tests.e2e.nursery import Forked, is_ready_for
from tests.e2e.world import World

CONSOLE = '[[channels]]\nid = "terminal"\nplatform = "console"\n'


def test_a_forked_command_answers_as_a_new_interpreter_does(bot: World) -> None:
    bot.write(CONSOLE + bot.feed("vn", "Tin một") + "nonsense = 1\n")
    for command in (["check", "--json"], ["--no-such-option"], ["run", "-c", "no such file"]):
        forked, new = bot.run(*command, NO_COLOR="1"), bot.run(*command, NO_COLOR="1", anew=True)
        assert (forked.returncode, forked.stdout, forked.stderr) == (
            new.returncode,
            new.stdout,
            new.stderr,
        )
        assert forked.returncode == 2
        assert forked.stderr


def test_a_forked_service_has_its_own_place_and_ends_by_the_signal_that_it_gets(bot: World) -> None:
    bot.write(CONSOLE + bot.feed("vn", "Tin một"))
    with bot.service() as process:
        assert isinstance(process, Forked)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Tin một")
        assert Path(f"/proc/{process.pid}/cwd").readlink() == bot.home
        process.kill()
    assert process.returncode == -signal.SIGKILL


def test_what_an_interpreter_reads_at_its_start_is_no_matter_of_a_fork() -> None:
    assert not is_ready_for({"PYTHONUTF8": "0"})
    assert not is_ready_for({"LC_ALL": "C.ISO-8859-1"})
