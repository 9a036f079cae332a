"""When a lane may send next, counted from the attempts that the outbox itself remembers."""

from __future__ import annotations

from collections import Counter
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Select,
    String,
    Table,
    bindparam,
    cast,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)

from bot.store.db.database import upsert
from bot.store.tables.columns import EPOCH, UtcTime
from bot.store.tables.schema import (
    account_lanes,
    chat_lanes,
    deliveries,
    is_claimed,
    is_held,
    is_pending,
    lanes,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row, Update

    from bot.models.basics import ChannelId
    from bot.models.outbox import Lane, Slot, TryAgain
    from bot.store.outbox.attempts import Attempt

# The columns before those of the windows: three times not to send before, the last attempt.
_GIVEN = 4
_PROMISED = (
    select(deliveries.c.account, func.count())
    .where(is_claimed, is_pending)
    .group_by(deliveries.c.account)
)
_SILENT = select(account_lanes.c.account).where(
    account_lanes.c.not_before > bindparam("until", type_=UtcTime)
)


def free_at(tx: Connection, lane: Lane, *, promised: int = 0) -> datetime:
    """Return the time from which `lane` may make its next attempt; in the past if now.

    A window counts the posts attempted in it, except those that were certainly not sent; the gap
    counts every attempt. So many posts of the account are claimed, and count as attempted, as
    `promised` says: fewer than any window of it takes.
    """
    return max(_waits_of(tx, lane, promised))


def promised_posts(tx: Connection, every: Iterable[Lane]) -> Counter[str | None]:
    """Return how many posts are claimed and not begun, of each account that has windows."""
    if not any(lane.account_pace.windows for lane in every):
        return Counter()
    return Counter(dict(tx.execute(_PROMISED).all()))


def paced_until(tx: Connection, lane: Lane) -> datetime:
    """Return until when the posts that may be out keep `lane` waiting; tries do not count."""
    return _waits_of(tx, lane)[-1]


def silences(tx: Connection, every: Sequence[Lane]) -> dict[ChannelId, datetime]:
    """Return until when platforms keep the channels of `every` silent, where they ever did."""
    of_channel = _known(tx, lanes, "channel")
    of_account = _known(tx, account_lanes, "account")
    of_chat = _known(tx, chat_lanes, "account", "chat")
    found: dict[ChannelId, datetime] = {}
    for lane in every:
        times = (
            of_channel.get((lane.channel,)),
            of_account.get((lane.account,)),
            of_chat.get((lane.account or "", lane.chat)),
        )
        if known := [time for time in times if time is not None]:
            found[lane.channel] = max(known)
    return found


def _known(tx: Connection, table: Table, *names: str) -> dict[tuple[Any, ...], datetime]:
    columns = [table.c[name] for name in names]
    return {tuple(row[1:]): row[0] for row in tx.execute(select(table.c.not_before, *columns))}


def _waits_of(tx: Connection, lane: Lane, promised: int = 0) -> tuple[datetime, datetime]:
    """Return when silences and the last try let `lane` go on, and when its windows do."""
    windows, shared = lane.pace.windows, lane.account_pace.windows if lane.account else ()
    own = [count for _, count in windows] + ([lane.slot.most] if lane.slot else [])
    counts = (*own, *(count - promised for _, count in shared))
    row = tx.execute(
        _statement(len(own), len(shared)),
        {
            "channel": lane.channel,
            "account": lane.account,
            "of_chat": lane.account or "",
            "chat": None if lane.chat is None else _folded(lane.chat),
            **{f"offset{n}": count - 1 for n, count in enumerate(counts)},
        },
    ).one()
    *not_before, last = row[:_GIVEN]
    spans = [span for span, _ in (*windows, *shared)]
    found = list(row[_GIVEN:])
    slot = _slot_end(lane.slot, found.pop(len(windows))) if lane.slot else None
    paces = [nth and nth + span for nth, span in zip(found, spans, strict=True)]
    return _latest([*not_before, last and last + lane.pace.gap]), _latest([slot, *paces])


def _slot_end(slot: Slot, nth: datetime | None) -> datetime | None:
    """Return when the next slot begins if this one had its posts: the `nth` last was one of it."""
    return slot.end if nth is not None and nth >= slot.begin else None


def _latest(times: Iterable[datetime | None]) -> datetime:
    return max((time for time in times if time is not None), default=EPOCH)


def silent_accounts(tx: Connection, until: datetime) -> set[str | None]:
    """Return the accounts of which no channel may make an attempt before `until`, or at it."""
    return set(tx.execute(_SILENT, {"until": until}).scalars())


def reserve_shared(tx: Connection, lane: Lane, start: datetime) -> datetime:
    """Keep the account and the chat that the lane shares until their gaps after `start` end.

    Returns when the account's is over.
    """
    if lane.chat is not None:
        silence_chat(tx, lane.account, lane.chat, start + lane.pace.gap)
    if lane.account is None or not lane.account_pace.gap:
        return start
    end = start + lane.account_pace.gap
    silence_account(tx, lane.account, end)
    return end


def silence(tx: Connection, channel: str, until: datetime) -> None:
    """Keep the channel from any attempt before `until`; never shortens a silence."""
    _silence(tx, lanes, {"channel": channel}, until)


def silence_account(tx: Connection, account: str, until: datetime) -> None:
    """Keep all channels of the account from any attempt before `until`."""
    _silence(tx, account_lanes, {"account": account}, until)


def silence_chat(tx: Connection, account: str | None, chat: str, until: datetime) -> None:
    """Keep all channels that lead to the chat, as the topics of a forum do, from any attempt."""
    known = _named(tx, account, chat)
    key = _folded(chat) if known is None or known.number is None else str(known.number)
    _silence(tx, chat_lanes, {"account": account or "", "chat": key}, until)


def learn_chat(tx: Connection, account: str | None, chat: str, number: int) -> None:
    """Remember the number of a chat that is called by its name, so that both are one chat."""
    known = _named(tx, account, chat)
    if not _is_name(chat) or (known is not None and known.number == number):
        return
    silent_until = known.not_before if known is not None else EPOCH
    key = {"account": account or "", "chat": _folded(chat)}
    upsert(tx, chat_lanes, key, {"number": number, "not_before": silent_until})
    silence_chat(tx, account, str(number), silent_until)


def numbers_of_chats(tx: Connection) -> dict[str, int]:
    """Return the numbers that are known of chats, by their names in lower case."""
    query = select(chat_lanes).where(chat_lanes.c.number.is_not(None))
    return {row.chat: row.number for row in tx.execute(query)}


def _is_name(chat: str) -> bool:
    return chat.startswith("@")


def _folded(chat: str) -> str:
    """Return the chat as it is kept: Telegram's names have no case."""
    return chat.lower()


def _named(tx: Connection, account: str | None, chat: str) -> Row[Any] | None:
    """Return what is kept of a chat that is called by its name; None for a number."""
    if not _is_name(chat):
        return None
    columns = chat_lanes.c
    of_it = (columns.account == (account or ""), columns.chat == _folded(chat))
    return tx.execute(select(chat_lanes).where(*of_it)).one_or_none()


def silence_for(tx: Connection, attempt: Attempt, again: TryAgain) -> None:
    """Keep the silences that the platform asked for when it put off an attempt or an edit."""
    if again.channel_until is not None:
        silence(tx, attempt.channel, again.channel_until)
        if attempt.chat is not None:
            silence_chat(tx, attempt.account, attempt.chat, again.channel_until)
    if again.account_until is not None and attempt.account is not None:
        silence_account(tx, attempt.account, again.account_until)


def _silence(tx: Connection, table: Table, key: Mapping[str, str], until: datetime) -> None:
    same = [table.c[name] == value for name, value in key.items()]
    named = {f"this_{name}": value for name, value in key.items()}
    if (
        tx.execute(_later(table, *key), {"until": until, **named}).rowcount
        or tx.execute(select(table.c.not_before).where(*same)).first()
    ):
        return
    tx.execute(insert(table).values(**key, not_before=until))


@cache
def _later(table: Table, *key: str) -> Update:
    until = bindparam("until", type_=UtcTime)
    same = (table.c[name] == bindparam(f"this_{name}") for name in key)
    return update(table).where(*same, table.c.not_before < until).values(not_before=until)


def _number_or_name() -> ColumnElement[str]:
    named, chat = chat_lanes.alias(), bindparam("chat", type_=String)
    of_it = (named.c.account == bindparam("of_chat"), named.c.chat == chat)
    number = select(cast(named.c.number, String)).where(*of_it).scalar_subquery()
    return func.coalesce(number, chat)


@lru_cache(maxsize=16)
def _statement(windows: int, shared: int) -> Select[Any]:
    attempted = deliveries.c.attempted_at
    of_channel = deliveries.c.channel == bindparam("channel")
    of_account = deliveries.c.account == bindparam("account")
    may_be_out = not_(or_(is_pending, is_held))
    full = [
        select(attempted)
        .where(of_channel if n < windows else of_account, attempted.is_not(None), may_be_out)
        .order_by(attempted.desc())
        .limit(1)
        .offset(bindparam(f"offset{n}"))
        .scalar_subquery()
        for n in range(windows + shared)
    ]
    return select(
        select(lanes.c.not_before).where(lanes.c.channel == bindparam("channel")).scalar_subquery(),
        select(account_lanes.c.not_before)
        .where(account_lanes.c.account == bindparam("account"))
        .scalar_subquery(),
        select(chat_lanes.c.not_before)
        .where(chat_lanes.c.account == bindparam("of_chat"), chat_lanes.c.chat == _number_or_name())
        .scalar_subquery(),
        select(func.max(attempted)).where(of_channel).scalar_subquery(),
        *full,
    )
