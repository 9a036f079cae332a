"""Budgets that are spent, or nearly (pure)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.models.alerts import Trouble
from bot.models.reasons import ReasonCode
from bot.operate.json_forms import dollars
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from bot.config import Config
    from bot.models.settings import Account
    from bot.operate.alerts.snapshot import Snapshot
    from bot.wording import Wording

_PERIODS = {"day": marked("day"), "month": marked("month")}
_NEARLY, ALL = 80, 100
"""Percent of a budget, the levels of its trouble."""


def of_budgets(snapshot: Snapshot, config: Config, words: Wording) -> Iterator[Trouble]:
    """Yield the budgets that are spent, or nearly; a spent one says when it has room again."""
    exhausted = {
        pause.id for pause in snapshot.condition.pauses if pause.reason.code == ReasonCode.BUDGET
    }
    ends = _ends(snapshot.now.astimezone(config.timezone))
    for account in config.accounts.values():
        if account.id in snapshot.spent:
            is_stopped = account.id in exhausted
            spent = snapshot.spent[account.id]
            yield from _budget(account, spent, ends, words, is_stopped=is_stopped)


def _budget(
    account: Account,
    spent: tuple[int, int],
    ends: tuple[date, date],
    words: Wording,
    *,
    is_stopped: bool,
) -> Iterator[Trouble]:
    if account.budget is None or account.prices is None:
        return
    limits = (account.budget.per_day, account.budget.per_month)
    for name, used, limit, end in zip(("day", "month"), spent, limits, ends, strict=True):
        # The rest may be too little for the next post: then the budget counts as spent.
        is_spent = used >= limit or (is_stopped and limit - used < account.prices.post_with_link)
        if is_spent or used * 100 >= limit * _NEARLY:
            text = words.phrase(
                "account {account}: {spent} of {limit} USD spent this {period}",
                account=account.id,
                spent=dollars(used),
                limit=dollars(limit),
                period=words.phrase(_PERIODS[name]),
            )
            if is_spent:
                text += words.phrase("; posts go on at 00:00 of {date}", date=end)
            level = ALL if is_spent else _NEARLY
            yield Trouble(kind="budget", subject=f"{account.id}:{name}", text=text, level=level)


def _ends(now: datetime) -> tuple[date, date]:
    """Return the first day after the local day and after the local month of `now`."""
    today = now.date()
    return today + timedelta(days=1), (today.replace(day=1) + timedelta(days=32)).replace(day=1)
