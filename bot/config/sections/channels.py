"""[[channels]]: places to post to, with the limits of each platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.config.mistakes import Mistake, missing, no_such, quote
from bot.config.schema.by_platform import MISFITS, NEEDED
from bot.config.schema.channel_table import DEFAULTS, MOST_PER_HOUR, PLATFORM_NAMES, ChannelTable
from bot.config.sections.fixed_times import check_times
from bot.config.sections.table import read_entries, record
from bot.models.basics import AccountId, ChannelId, Platform
from bot.models.settings import Backlog, Channel, TemplateText
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from bot.config.sections.digests import DigestReader
    from bot.config.sections.template_files import TemplateFiles
    from bot.config.text.document import Document, Raw
    from bot.config.text.positions import Path as KeyPath
    from bot.models.settings import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelReader:
    """Reads the channels of one document; the other fields are those of the file."""

    document: Document
    templates: TemplateFiles
    digests: DigestReader
    accounts: Mapping[AccountId, Account]
    language: str
    timezone: tzinfo

    def read(self) -> dict[ChannelId, Channel]:
        """Return all channels whose platform is known, and note the mistakes of all."""
        found: dict[ChannelId, Channel] = {}
        for path, raw, table in read_entries(ChannelTable, "channels", self.document):
            platform = self._platform(table, raw, path)
            if platform is not None:
                self._check_keys(table, raw, path, platform)
                self._check_values(table, path, platform)
                found.setdefault(ChannelId(table.id), self._channel(table, path, platform))
        return found

    def _platform(self, table: ChannelTable, raw: Raw, path: KeyPath) -> Platform | None:
        given = Platform(table.platform) if table.platform else None
        account = self._account(table, path)
        if account is not None and given not in {None, account.platform}:
            text = told(
                "{given} contradicts the account {account}, whose platform is {platform}",
                given=quote(given),
                account=quote(account.id),
                platform=quote(account.platform),
            )
            self.document.problem((*path, "platform"), text)
        if given is None and account is not None:
            return account.platform
        if not {"platform", "account"} & raw.keys():
            text = marked('is missing: name an account, or write platform = "console"')
            self.document.problem((*path, "platform"), text)
        return given

    def _account(self, table: ChannelTable, path: KeyPath) -> Account | None:
        names = self.document.data.get("accounts", {})
        if table.account is None or not isinstance(names, dict):
            return None
        if table.account not in names:
            text = no_such("account", table.account, names)
            self.document.problem((*path, "account"), text)
        return self.accounts.get(AccountId(table.account))

    def _check_keys(self, table: ChannelTable, raw: Raw, path: KeyPath, platform: Platform) -> None:
        for key, meaning in NEEDED[platform].items():
            if key not in raw:
                self.document.problem((*path, key), missing(meaning))
        for key, why in MISFITS[platform].items():
            if key in table.model_fields_set and getattr(table, key):
                text = told(
                    "makes no sense on {also}: {why}", also=PLATFORM_NAMES[platform], why=why
                )
                self.document.problem((*path, key), text, on_key=True)

    def _check_values(self, table: ChannelTable, path: KeyPath, platform: Platform) -> None:
        problem = self.document.problem
        if table.protect_content and table.scratch_chat is not None:
            text = marked("is of no use with protect_content: such posts cannot be forwarded to it")
            problem((*path, "scratch_chat"), text)
        check_times(table, path, self.document)
        for key, hours in (("max_per_hour", 1), ("max_per_day", 24)):
            value, most = getattr(table, key), MOST_PER_HOUR.get(platform)
            if most and value is not None and value > most * hours:
                text = told(
                    "must be at most {most} on {platform}, not {value}",
                    most=most * hours,
                    platform=PLATFORM_NAMES[platform],
                    value=value,
                )
                problem((*path, key), text)
        for index, target in enumerate(table.share or ()):
            if target == "email" and platform is Platform.TELEGRAM:
                text = marked(
                    '"email" is not possible on Telegram, whose buttons take no mailto: address'
                )
                problem((*path, "share", index), f'{text}; use "copy"')

    def _template(self, name: str, path: KeyPath) -> TemplateText:
        try:
            return self.templates.read(name)
        except Mistake as mistake:
            self.document.problem((*path, "template"), str(mistake))
            return TemplateText(name=name, source="")

    def _channel(self, table: ChannelTable, path: KeyPath, platform: Platform) -> Channel:
        defaults = DEFAULTS[platform]._asdict()
        own = {key: default for key, default in defaults.items() if getattr(table, key) is None}
        own["template"] = self._template(table.template or DEFAULTS[platform].template, path)
        return record(
            Channel,
            table,
            **own,
            platform=platform,
            language=table.language or self.language,
            timezone=self.timezone,
            backlog=record(Backlog, table.backlog),
            digest=table.digest
            and self.digests.read(table.digest, platform, table.quiet_hours, (*path, "digest")),
            digest_template=self.digests.usual_template(platform),
        )
