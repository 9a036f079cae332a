"""[accounts]: the credentials behind channels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.config.mistakes import Mistake, kind_of, nearest, not_this, one_of, show_key
from bot.config.schema.tables import TelegramTable, XTable
from bot.config.schema.values import parse_id
from bot.config.sections.table import read_table, record
from bot.models.basics import AccountId, Platform
from bot.models.settings import Account, Budget, Prices, SecretRef
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.config.text.document import Document, Raw
    from bot.config.text.positions import Path as KeyPath

_MODELS: Mapping[str, type[TelegramTable | XTable]] = {"telegram": TelegramTable, "x": XTable}


def read_accounts(document: Document) -> dict[AccountId, Account]:
    """Read all accounts whose platform is known, and note their mistakes."""
    accounts: dict[AccountId, Account] = {}
    for name, raw in document.table("accounts").items():
        account = _read_account(name, raw, document)
        if account is not None:
            accounts[account.id] = account
    return accounts


def _read_account(name: str, raw: object, document: Document) -> Account | None:
    path = ("accounts", name)
    if not isinstance(raw, dict):
        text = told(
            "must be a table that begins with [accounts.{name}], not {also}",
            name=show_key(name),
            also=kind_of(raw),
        )
        document.problem(path, text)
        return None
    try:
        parse_id(name)
    except Mistake as mistake:
        document.problem(path, str(mistake))
    model = _model_of(raw, path, document)
    if model is None:
        return None
    return _to_account(AccountId(name), read_table(model, raw, path, document), document)


def _model_of(raw: Raw, path: KeyPath, document: Document) -> type[TelegramTable | XTable] | None:
    platform = raw.get("platform")
    where = (*path, "platform")
    if platform is None:
        document.problem(where, told("is missing: expected {names}", names=one_of(_MODELS)))
        return None
    if isinstance(platform, str) and platform in _MODELS:
        return _MODELS[platform]
    hint = nearest(platform, _MODELS) if isinstance(platform, str) else ""
    if platform == "console":
        hint = marked("; a console channel needs no account")
    document.problem(where, str(not_this(one_of(_MODELS), platform, hint)))
    return None


def _to_account(name: AccountId, table: TelegramTable | XTable, document: Document) -> Account:
    secrets = {
        key: replace(value, place=document.place(("accounts", name, key)))
        for key in type(table).model_fields
        if isinstance(value := getattr(table, key), SecretRef)
    }
    budget = prices = None
    if isinstance(table, XTable):
        prices = record(Prices, table.prices)
        budget = record(Budget, table.budget) if table.budget else None
    return Account(
        id=name,
        platform=Platform(table.platform),
        api_url=table.api_url,
        secrets=secrets,
        budget=budget,
        prices=prices,
    )
