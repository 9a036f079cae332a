"""`newsbot init`: from nothing to a file, a first post to look at, and a test post."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.options import Settings, run_async, with_settings
from bot.errors import NewsbotError, UsageError
from bot.operate.say import fitted, say
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.config import Config
    from bot.operate.setup.answers import Answers
    from bot.wording import Wording

_OPTIONS = {"token": "token-file"}
_NAMED = ("language", "timezone", "feed", "chat", "every")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    """Asks at the terminal what `given` does not answer; a script (`--yes`) has nobody to ask."""

    settings: Settings
    given: dict[str, str] = field(default_factory=dict)
    is_there: bool = True

    @property
    def words(self) -> Wording:
        return self.settings.words

    def speak(self, language: str) -> None:
        self.settings.language = language

    def text(self, key: str, question: str, default: str = "") -> str:
        if key in self.given:
            return self.given.pop(key)
        if self.is_there:
            return _answer(f"{question} [{default}]" if default else question, default)
        if not default:
            raise UsageError(
                self.words.phrase(
                    "nobody is asked, so say {option}: {question}",
                    option=f"--{key}",
                    question=question,
                )
            )
        return default

    def secret(self, key: str, question: str) -> str:
        if key in self.given or not self.is_there:
            return self.given.pop(key, "")
        return _answer(question, is_hidden=True)

    def refuse(self, key: str, text: str) -> None:
        if not self.is_there:
            raise UsageError(f"--{_OPTIONS.get(key, key)}: {text}")
        self.tell(text)

    def wrong(self, text: str) -> None:
        if not self.is_there:
            raise NewsbotError(self.words.phrase("{text}; nothing was written", text=text))
        self.tell(text)

    def tell(self, text: str) -> None:
        say(text, err=True)

    def agrees(self, question: str) -> bool:
        """Tell whether the answer is a yes; what is neither yes nor no is asked again."""
        own_yes, own_no = self.words.phrase("yes"), self.words.phrase("no")
        yes, no = {"y", "yes", own_yes[0], own_yes}, {"", "n", "no", own_no[0], own_no}
        hint = self.words.phrase("[y/N]")
        while self.is_there:
            said = _answer(f"{question} {hint}").strip().casefold()
            if said in yes | no:
                return said in yes
        return False


def _answer(question: str, default: str = "", *, is_hidden: bool = False) -> str:
    """Return what is typed after the question, which folds as all that is said does."""
    shown = fitted(f"{question}:")
    answer: str = click.prompt(
        shown, default, show_default=False, prompt_suffix=" ", hide_input=is_hidden, err=True
    )
    return answer


def _own_server(url: object, words: Wording) -> str:
    """Read --api-url, as the file is read that it is written into. Raises UsageError."""
    from bot.config.mistakes import Mistake
    from bot.config.schema.addresses import parse_api_url
    from bot.operate.setup.answers import API_URL

    try:
        return API_URL if url is None else parse_api_url(url)
    except Mistake as mistake:
        raise UsageError(f"--api-url: {words.stored(str(mistake))}") from None


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--yes", is_flag=True, help="Ask nothing; options and defaults answer.")
@click.option("--full", is_flag=True, help="Write every key with comments, templates, a sample.")
@click.option("--language", metavar="vi|en", help="Language of the bot's own words.")
@click.option("--timezone", metavar="ZONE", help="Time zone [default: the system's].")
@click.option("--feed", metavar="ADDRESS", help="A site or feed to post from.")
@click.option(
    "--token-file",
    type=click.File(encoding="utf-8-sig", errors="replace"),
    metavar="FILE",
    help="Holds the bot's token; or -.",
)
@click.option("--chat", metavar="CHAT", help="The channel: its @name or number.")
@click.option("--every", metavar="TIME", help="How often to look for news [default: 15m].")
@click.option("--api-url", metavar="URL", help="Your own server of the Bot API.")
@click.option("--test", is_flag=True, help="Send a test post at the end.")
@with_settings
def init(settings: Settings, /, directory: Path, **options: object) -> None:
    """Ask what to post where, and write that into DIRECTORY; never overwrites.

    Where nobody can be asked and no option answers, the full example is written.
    """
    from bot.operate.setup.answers import first_language
    from bot.operate.setup.init import require_writable

    given = {key: str(options[key]) for key in _NAMED if options[key] is not None}
    token = options["token_file"]
    if token is not None:
        given["token"] = token.read()  # type: ignore[attr-defined]  # click has opened it
    is_there = sys.stdin.isatty() and not options["yes"]
    settings.language = first_language(given, os.environ)
    api_url = _own_server(options["api_url"], settings.words)
    target = directory / "newsbot.toml"
    is_asked = is_there or given or options["yes"]
    if target.exists() or target.is_symlink() or not is_asked:
        _keep(target, given, settings.words, is_full=bool(options["full"] or not is_asked))
        return
    require_writable(directory)
    person = _Person(settings=settings, given=given, is_there=is_there)
    answers = _interview(person, target, api_url)
    config = _write(answers, target, settings.words, is_full=bool(options["full"]))
    _show_first_post(config, settings.words)
    if options["test"] or (answers.chat is not None and _wants_test(person, answers.chat)):
        _send_test(settings, config, answers.channel)
    _say_next(target, settings.words)


def _wants_test(person: _Person, chat: str | int) -> bool:
    return person.agrees(person.words.phrase("Send a test post to {chat} now?", chat=chat))


def _where(target: Path) -> str:
    """Return how a command names the file; the one in the current folder is found without."""
    return "" if target.parent == Path() else f" -c {shlex.quote(str(target))}"


def _say_next(target: Path, words: Wording) -> None:
    from bot.operate.setup.installed import service_of

    service, where = service_of(target), _where(target)
    start = f"systemctl enable --now {service.unit}" if service else f"newsbot{where} run"
    look = f"newsbot{where} check --online"
    say(
        words.phrase("next: `{start}` posts; `{look}` looks again", start=start, look=look),
        err=True,
    )


def _keep(target: Path, given: Iterable[str], words: Wording, *, is_full: bool) -> None:
    """Leave a file that is there as it is; `is_full`: write what is missing of the example."""
    if is_full:
        _write_example(target.parent, words)
    else:
        again = marked("kept  {path}; `newsbot init` in another folder begins anew")
        say(words.phrase(again, path=target), err=True)
    for key in given:
        option = f"--{_OPTIONS.get(key, key)}"
        text = words.phrase(
            "{option} changed nothing: {path} was there", option=option, path=target
        )
        say(text, err=True)
    newsbot = f"newsbot{_where(target)}"
    then = words.phrase(
        "next: edit {path}, then `{check}` and `{preview}`",
        path=target,
        check=f"{newsbot} check",
        preview=f"{newsbot} preview",
    )
    say(then, err=True)


def _write_example(directory: Path, words: Wording, *, written: Path | None = None) -> None:
    """Write the files of the example that are not there; that one was `written` is said already."""
    from bot.operate.setup.init import write_project

    wrote, kept = words.phrase("wrote"), words.phrase("kept")
    for path, is_new in write_project(directory, words):
        if path != written:
            say(f"{(wrote if is_new else kept):{len(wrote)}} {path}", err=True)


def _interview(person: _Person, target: Path, api_url: str) -> Answers:
    from bot.app.setting_up import RealWorld
    from bot.operate.setup.answers import empty_text, parsed, system_timezone
    from bot.operate.setup.interview import Interview

    timezone = system_timezone(os.environ)
    config = parsed(empty_text(timezone, api_url), target)
    answers = Interview(
        ask=person,
        around=RealWorld(config),
        language=person.settings.language,
        timezone=timezone,
        api_url=api_url,
    ).answers()
    if "chat" in person.given:  # it was not asked for
        person.wrong(person.words.phrase("--chat needs the token of a bot: say --token-file"))
    return answers


def _write(answers: Answers, target: Path, words: Wording, *, is_full: bool) -> Config:
    """Write the files, and return the configuration."""
    from bot.operate.setup.answers import TOKEN_FILE, parsed, text_of
    from bot.operate.setup.init import write_settings
    from bot.operate.setup.installed import user_of_service

    text = text_of(answers, target, is_full=is_full)
    owner = user_of_service(target)
    write_settings(target, text, answers.token, TOKEN_FILE, owner=owner)
    say(f"{words.phrase('wrote')} {target}", err=True)
    if is_full:
        _write_example(target.parent, words, written=target)
    return parsed(text, target)


def _show_first_post(config: Config, words: Wording) -> None:
    """Show the newest post; that the feed cannot be read now is told, too."""
    from bot.app.previewing import previews
    from bot.cli.preview import print_previews

    wanted = [
        (feed, [config.channels[name] for name in feed.channels]) for feed in config.feeds.values()
    ]
    (found,) = run_async(previews(config, wanted, {}, limit=1, note=lambda _: None))
    print_previews(found, words)


def _send_test(settings: Settings, config: Config, channel: str) -> None:
    """Send a test post; that it failed is no reason to begin again."""
    from bot.cli.posting import post_test
    from bot.models.basics import ChannelId

    words, target = settings.words, config.channels[ChannelId(channel)]
    try:
        say(words.stored(run_async(post_test(settings, config, target, yes=True))), err=True)
    except NewsbotError as error:
        text = words.phrase(
            "the file is written; the test failed: {why}; again: `{command}`",
            why=words.stored(str(error)),
            command=f"newsbot{_where(config.path)} post --channel {channel} --test",
        )
        raise NewsbotError(text) from error


COMMANDS = (init,)
