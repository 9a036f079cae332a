"""The questions of `newsbot init`: each answer is checked at once, and asked again where wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from bot.collect.discover.sites import with_scheme
from bot.config.mistakes import Mistake
from bot.config.schema.addresses import parse_feed_url, scheme_of
from bot.config.schema.timezones import parse_timezone
from bot.config.schema.values import parse_chat, parse_duration, parse_own_language
from bot.errors import PublishError, Unauthorized
from bot.models.reasons import ReasonCode
from bot.operate.setup.answers import Answers
from bot.wording import marked, wording

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.operate.feeds.discovery import Found
    from bot.operate.setup.chats import ChatRow
    from bot.wording import Wording

_TOKEN = re.compile(r"\d{3,}:[\w-]{20,}")
# As Telegram copies them: a channel or a post of it; a private one has a number for a name.
_LINK = re.compile(r"(?:https?://)?t\.me/(?:c/(\d+)|(\w{5,}))(?:/\d+)*/?", re.IGNORECASE)
_OFFLINE = frozenset({ReasonCode.DNS, ReasonCode.UNREACHABLE})
_STEPS = (
    marked("Make the bot an administrator of your channel:"),
    marked("  1. open the channel in Telegram, tap its name, then Administrators;"),
    marked("  2. Add administrator, search for the bot by its name, choose it;"),
    marked('  3. leave "Post messages" on, and save.'),
)


class Ask(Protocol):
    """A person at a terminal, or the options of a script."""

    def speak(self, language: str) -> None:
        """Say from now on what is the asker's own in this language."""

    def text(self, key: str, question: str, default: str = "") -> str:
        """Return the answer, `default` where it is empty. Raises UsageError where nobody can."""

    def secret(self, key: str, question: str) -> str:
        """Return an answer that does not show while it is typed."""

    def refuse(self, key: str, text: str) -> None:
        """Say why the answer to `key` cannot be before it is asked again. Raises UsageError."""

    def wrong(self, text: str) -> None:
        """Say what is wrong before the question comes again. Raises NewsbotError if it cannot."""

    def tell(self, text: str) -> None:
        """Say something."""


class Around(Protocol):
    """The world as `init` looks at it; the last three raise PublishError."""

    def feeds(self, text: str) -> Found:
        """Look for the feeds of an address."""

    def bot(self, token: str) -> str:
        """Return the @name of the bot."""

    def chats(self, token: str) -> Sequence[ChatRow]:
        """Return the chats that the bot sees."""

    def lack(self, token: str, chat: str | int) -> str | None:
        """Return the right that the bot lacks in a chat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """Asks a person, and looks around for each answer.

    The first question, for the language, is in that of the system; all others in the answer's.
    """

    ask: Ask
    around: Around
    language: str
    timezone: str
    api_url: str

    def answers(self) -> Answers:
        """Ask all questions. Raises UsageError and NewsbotError where nobody can be asked."""
        question = self._words.phrase("Language, vi or en")
        language = self._valid("language", question, self.language, _own_language).lower()
        self.ask.speak(language)
        return replace(self, language=language).others()

    def others(self) -> Answers:
        """Ask all but the language."""
        phrase = self._words.phrase
        timezone = self._valid("timezone", phrase("Time zone"), self.timezone, parse_timezone)
        feed = self._feed()
        token = self._token()
        chat = self._chat(token) if token else None
        every = self._valid("every", phrase("How often to look for news"), "15m", parse_duration)
        return Answers(
            language=self.language,
            timezone=timezone,
            every=every,
            feed=feed,
            token=token,
            chat=chat,
            api_url=self.api_url,
        )

    @property
    def _words(self) -> Wording:
        return wording(self.language)

    def _valid(self, key: str, question: str, default: str, parse: Callable[[str], object]) -> str:
        while True:
            said = self.ask.text(key, question, default).strip()
            try:
                parse(said)
            except Mistake as mistake:
                self._refuse(key, mistake)
            else:
                return said

    def _refuse(self, key: str, mistake: Mistake) -> None:
        words = self._words
        text = words.phrase("that {mistake}", mistake=words.stored(str(mistake)))
        self.ask.refuse(key, text)

    def _feed(self) -> str:
        words, before = self._words, ""
        question = words.phrase("Address of a site or feed to post from")
        while True:
            said = self.ask.text("feed", question).strip()
            if not said:
                continue
            found = self.around.feeds(said)
            if found.reason is None:
                return self._chosen(found)
            address = said if scheme_of(said) else with_scheme(said)[0]
            if (said == before or found.reason.code in _OFFLINE) and _is_address(address):
                self._unchecked(found.reason.text, address)
                return address
            before = said
            self.ask.wrong(words.stored(found.reason.text))
            if _is_address(address):
                self.ask.tell(words.phrase("(give the same again to keep it unchecked)"))

    def _unchecked(self, why: str, what: object) -> None:
        words = self._words
        text = words.phrase("{what} could not be checked, and is written as it is", what=what)
        self.ask.tell(f"{words.stored(why)}\n{text}")

    def _chosen(self, found: Found) -> str:
        offers, phrase = found.offers, self._words.phrase
        untitled = phrase("without a title")
        for number, offer in enumerate(offers, 1):
            self.ask.tell(f"{number}. {offer.title or untitled}: {offer.url}")
        if len(offers) == 1:
            return offers[0].url
        numbers = {str(number): offer.url for number, offer in enumerate(offers, 1)}
        while True:
            said = self.ask.text("number", phrase("Which of these feeds"), "1").strip()
            if said in numbers:
                return numbers[said]
            self.ask.wrong(phrase("give a number from 1 to {most}", most=len(offers)))

    def _token(self) -> str | None:
        words = self._words
        question = words.phrase(
            "Telegram token from @BotFather, hidden (Enter: posts appear in the terminal)"
        )
        half = words.phrase("that is no whole token: it is a number, a colon, and 35 letters")
        while True:
            said = self.ask.secret("token", question).strip()
            if not said:
                return None
            if not _TOKEN.fullmatch(said):
                self.ask.refuse("token", half)
                continue
            try:
                self.ask.tell(words.phrase("the bot is {name}", name=self.around.bot(said)))
            except Unauthorized as error:
                self.ask.wrong(words.stored(str(error)))
                continue
            except PublishError as error:
                self._unchecked(str(error), words.phrase("the token"))
            return said

    def _chat(self, token: str) -> str | int:
        words, before = self._words, ""
        steps = [words.phrase(line) for line in _STEPS]
        for line in steps:
            self.ask.tell(line)
        question = words.phrase("Channel: its @name or number (Enter: look for it)")
        while True:
            said = self.ask.text("chat", question, before).strip()
            if not said:
                self._show_chats(token)
                continue
            try:
                chat = _chat_named(said)
            except Mistake as mistake:
                self._refuse("chat", mistake)
                continue
            why = self._why_not(token, chat)
            if why is None:
                return chat
            before = str(chat)
            question = words.phrase("Enter when that is done, or another channel")
            self.ask.wrong("\n".join((why, *steps)))

    def _why_not(self, token: str, chat: str | int) -> str | None:
        words = self._words
        try:
            lack = self.around.lack(token, chat)
        except Unauthorized as error:
            return words.stored(str(error))
        except PublishError as error:
            self._unchecked(str(error), chat)
            return None
        if lack is None:
            self.ask.tell(words.phrase("the bot may post to {chat}", chat=chat))
            return None
        return f"{chat}: {words.stored(lack)}"

    def _show_chats(self, token: str) -> None:
        words = self._words
        try:
            rows = self.around.chats(token)
        except PublishError as error:
            self.ask.wrong(words.stored(str(error)))
            return
        for row in rows:
            name = f"@{row.username}" if row.username else row.id
            may = words.stored(row.text) if row.text else words.phrase("the bot may post")
            self.ask.tell(f"  {name}  {row.title}: {may}")
        if not rows:
            self.ask.wrong(
                words.phrase("the bot sees no chat yet: add it to the channel, then look again")
            )


def _own_language(text: str) -> str:
    """Read "vi" or "en", in capitals as well. Raises Mistake."""
    return parse_own_language(text.lower())


def _is_address(text: str) -> bool:
    try:
        parse_feed_url(text)
    except Mistake:
        return False
    return True


def _chat_named(text: str) -> str | int:
    """Read a @name, a number or a link to a channel. Raises Mistake."""
    if link := _LINK.fullmatch(text):
        number, name = link.groups()
        text = f"@{name}" if name else f"-100{number:0>10}"
    chat = int(text) if re.fullmatch(r"-?\d{1,99}", text) else text
    return parse_chat(chat)
