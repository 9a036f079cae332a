"""[[channels]]: where stories are told, with what each platform allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.config.mistakes import Mistake, no_such, quote
from bot.config.schema.channel_table import (
    DEFAULTS,
    MISFITS,
    MOST_PER_HOUR,
    NEEDED,
    PLATFORM_NAMES,
    ChannelTable,
)
from bot.config.sections.ids import UsedIds
from bot.config.sections.table import read_table
from bot.models.basics import AccountId, ChannelId, Platform
from bot.models.outbox import Backlog
from bot.models.settings import Channel, TemplateText

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.config.sections.template_files import TemplateFiles
    from bot.config.text.document import Document, Raw
    from bot.config.text.positions import Path as KeyPath
    from bot.models.settings import Account


class ChannelReader:
    """Reads the channels of one document; `accounts` and `language` are those of the file."""

    def __init__(
        self,
        document: Document,
        templates: TemplateFiles,
        *,
        accounts: Mapping[AccountId, Account],
        language: str,
    ) -> None:
        self._document = document
        self._templates = templates
        self._accounts = accounts
        self._language = language

    def read(self) -> dict[ChannelId, Channel]:
        """Return all channels that can be understood, and note the mistakes of all."""
        found: dict[ChannelId, Channel] = {}
        used = UsedIds(self._document)
        for path, raw in self._document.tables("channels"):
            table = read_table(ChannelTable, raw, path, self._document)
            platform = self._platform(table, raw, path)
            used.take(table.id, path)
            if platform is not None:
                self._check(table, raw, path, platform)
                found.setdefault(ChannelId(table.id), self._channel(table, path, platform))
        return found

    def _platform(self, table: ChannelTable, raw: Raw, path: KeyPath) -> Platform | None:
        given = Platform(table.platform) if table.platform else None
        account = self._account(table, path)
        if account is not None and given not in {None, account.platform}:
            text = (
                f"{quote(given)} contradicts the account {quote(account.id)}, "
                f"whose platform is {quote(account.platform)}"
            )
            self._document.problem((*path, "platform"), text)
        if given is None and account is not None:
            return account.platform
        if not {"platform", "account"} & raw.keys():
            text = 'is missing: name an account, or write platform = "console"'
            self._document.problem((*path, "platform"), text)
        return given

    def _account(self, table: ChannelTable, path: KeyPath) -> Account | None:
        names = self._document.data.get("accounts", {})
        if table.account is None or not isinstance(names, dict):
            return None
        if table.account not in names:
            text = no_such("account", table.account, names)
            self._document.problem((*path, "account"), text)
        return self._accounts.get(AccountId(table.account))

    def _check(self, table: ChannelTable, raw: Raw, path: KeyPath, platform: Platform) -> None:
        problem = self._document.problem
        for key, purpose in NEEDED[platform].items():
            if key not in raw:
                problem((*path, key), f"is missing: {purpose}")
        for key, why in MISFITS[platform].items():
            if key in table.model_fields_set and getattr(table, key):
                text = f"makes no sense on {PLATFORM_NAMES[platform]}: {why}"
                problem((*path, key), text, on_key=True)
        if table.protect_content and table.scratch_chat is not None:
            text = "is of no use with protect_content: such posts cannot be forwarded to it"
            problem((*path, "scratch_chat"), text)
        if platform in MOST_PER_HOUR:
            self._check_pace(table, path, platform)
        for index, target in enumerate(table.share or ()):
            if target == "email" and platform is Platform.TELEGRAM:
                text = '"email" is not possible on Telegram, whose buttons take no mailto: address'
                problem((*path, "share", index), f'{text}; use "copy"')

    def _check_pace(self, table: ChannelTable, path: KeyPath, platform: Platform) -> None:
        for key, hours in (("max_per_hour", 1), ("max_per_day", 24)):
            most = MOST_PER_HOUR[platform] * hours
            value = getattr(table, key)
            if value is not None and value > most:
                text = f"must be at most {most} on {PLATFORM_NAMES[platform]}, not {value}"
                self._document.problem((*path, key), text)

    def _template(self, table: ChannelTable, path: KeyPath, platform: Platform) -> TemplateText:
        name = table.template or DEFAULTS[platform].template
        try:
            return self._templates.read(name)
        except Mistake as mistake:
            self._document.problem((*path, "template"), str(mistake))
            return TemplateText(name=name, source="")

    def _channel(self, table: ChannelTable, path: KeyPath, platform: Platform) -> Channel:
        defaults = DEFAULTS[platform]
        return Channel(
            id=ChannelId(table.id),
            platform=platform,
            template=self._template(table, path, platform),
            account=AccountId(table.account) if table.account else None,
            chat=table.chat,
            topic=table.topic,
            enabled=table.enabled,
            language=table.language or self._language,
            languages=tuple(table.languages),
            share=defaults.share if table.share is None else tuple(table.share),
            share_labels=table.share_labels,
            comments=table.comments,
            hashtags_max=_given(table.hashtags_max, defaults.hashtags_max),
            hashtags_allowed=tuple(table.hashtags_allowed),
            hashtags_map=table.hashtags_map,
            max_per_hour=table.max_per_hour or defaults.max_per_hour,
            max_per_day=table.max_per_day or defaults.max_per_day,
            min_gap=table.min_gap,
            quiet_hours=table.quiet_hours,
            silent=table.silent,
            on_unknown=table.on_unknown,
            image=table.image,
            preview=table.preview,
            link=table.link,
            scratch_chat=table.scratch_chat,
            edit_window=table.edit_window,
            backlog=Backlog(newest=table.backlog.newest, rest=table.backlog.rest),
            protect_content=table.protect_content,
        )


def _given(value: int | None, default: int) -> int:
    return default if value is None else value
