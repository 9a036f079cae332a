"""The table of a delivery's changes: complete, the only place that writes, and as documented."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.models.basics import DeliveryState, Reason
from bot.store.engine import open_store
from bot.store.outbox import states
from bot.store.outbox.states import (
    BEGIN,
    DROP,
    PAUSE,
    QUEUE,
    RETRACT,
    RETRY,
    TRANSITIONS,
    Transition,
    WrongTransition,
    change,
    change_one,
    make,
)
from bot.store.tables.schema import deliveries
from tests.contract.store_kit import NOW, WHY, begun, owe, row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.store.engine import Store

ROOT = Path(__file__).parents[4]
TABLE = Path(states.__file__)
S = DeliveryState


@pytest.fixture
async def store() -> Store:
    return open_store(":memory:", create=True)


def writers(source: str) -> Iterator[int]:
    """Yield the lines that write the column `state` of a delivery, or insert one."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="insert"), args=[ast.Name(id="deliveries"), *_]):
                yield node.lineno
            case ast.Call(
                func=ast.Attribute(attr="values" | "make" | "upsert") | ast.Name(id="dict"),
                keywords=words,
            ):
                yield from (node.lineno for word in words if word.arg == "state")
            case ast.Dict(keys=keys):
                yield from (node.lineno for key in keys if _is_state(key))
            case ast.Subscript(slice=ast.Constant(value="state"), ctx=ast.Store()):
                yield node.lineno
            case ast.Constant(value=str(text)) if "UPDATE deliveries" in text:
                yield node.lineno


def _is_state(key: ast.expr | None) -> bool:
    """Tell whether the key of a row is "state", or the column of deliveries."""
    match key:
        case ast.Constant(value="state"):
            return True
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="deliveries")), attr="state"):
            return True
    return False


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("tx.execute(update(deliveries).values(state=S.SENT))", 1),
        ("values = {'state': S.SENT}", 1),
        ("values['state'] = S.SENT", 1),
        ("values = dict(state=S.SENT)", 1),
        ("values = {deliveries.c.state: S.SENT}", 1),
        ("tx.execute(insert(deliveries).values(row))", 1),
        ("tx.execute('UPDATE deliveries SET state = 1')", 1),
        ("select(deliveries).where(deliveries.c.state == S.SENT)", 0),
        ("insert(stories).values(feed=feed)", 0),
        ("row['state']", 0),
    ],
)
def test_a_statement_that_writes_a_state_is_found(source: str, count: int) -> None:
    assert len(list(writers(source))) == count


def test_no_other_file_of_the_store_writes_a_state() -> None:
    files = [path for path in (ROOT / "bot" / "store").rglob("*.py") if path != TABLE]
    files = [path for path in files if "migrations" not in path.parts]
    found = [(path.name, line) for path in files for line in writers(path.read_text("utf-8"))]
    assert found == []
    assert len(files) > 30
    assert list(writers(TABLE.read_text("utf-8"))), "the table itself does"


def test_no_file_outside_of_the_store_writes_its_tables() -> None:
    """Only the store may import SQLAlchemy, so that the test above sees every statement."""
    files = [path for path in (ROOT / "bot").rglob("*.py") if "store" not in path.parts]
    assert [path.name for path in files if "sqlalchemy" in path.read_text("utf-8")] == []


def documented() -> dict[str, tuple[set[str], str]]:
    """Read the table of docs/states.md: from, transition, to."""
    found = {}
    for line in (ROOT / "docs" / "states.md").read_text("utf-8").splitlines():
        cells = [cell.strip().strip("*") for cell in line.split("|")[1:-1]]
        if len(cells) == 4 and cells[1] in TRANSITIONS:
            assert cells[1] not in found, cells[1]
            before = {name.strip(" `") for name in cells[0].split(",")} - {"(new)"}
            found[cells[1]] = (before, cells[2].strip("`"))
        elif len(cells) == 4 and cells[0] != "from" and "---" not in line:
            raise AssertionError(f"docs/states.md tells of a change that does not exist: {line}")
    return found


def test_the_documentation_shows_the_table() -> None:
    table = {
        name: ({state.value for state in one.before}, one.after.value)
        for name, one in TRANSITIONS.items()
    }
    assert documented() == table


def test_the_table_is_complete() -> None:
    assert {one.name for one in TRANSITIONS.values()} == set(TRANSITIONS)
    rows = {value for value in vars(states).values() if isinstance(value, Transition)}
    assert len(rows) == len(TRANSITIONS)
    columns = {column.name for column in deliveries.columns} | {"reason"}
    for one in TRANSITIONS.values():
        assert not set(one.sets) & set(one.clears), one.name
        assert {*one.sets, *one.clears} <= columns, one.name
        assert one.after not in one.before or one.name in {"prove", "put off", "doubt", "post now"}


def test_a_pause_is_named_only_while_it_holds() -> None:
    """`held_by` is cleared by every change out of `held`."""
    for one in TRANSITIONS.values():
        if S.HELD in one.before and one.after is not S.HELD:
            assert "held_by" in one.clears, one.name
        assert ("held_by" in one.sets) == (one.after is S.HELD), one.name


def test_nobody_searches_for_what_is_not_unknown() -> None:
    for one in TRANSITIONS.values():
        if S.UNKNOWN in one.before and one.after is not S.UNKNOWN:
            assert "search_at" in one.clears, one.name
        if one.after is S.UNKNOWN:
            assert {"search_at", "unknown_since", "searches"} <= set(one.sets), one.name


async def test_a_change_from_another_state_is_an_error(store: Store) -> None:
    await owe(store, "a")
    delivery = (await row(store)).id
    with store.database.write() as tx:
        with pytest.raises(WrongTransition, match="delivery 1 is in no state to retract"):
            change_one(tx, RETRACT, delivery, reason=WHY)
        assert change(tx, RETRACT, deliveries.c.id == delivery, reason=WHY) == 0
    assert (await row(store)).state is S.PENDING


async def test_the_further_condition_is_part_of_the_change(store: Store) -> None:
    await owe(store, "a")
    await begun(store)
    with store.database.write() as tx, pytest.raises(WrongTransition):
        change_one(tx, PAUSE, 1, held_by="channel", account=None, reason=WHY)
    assert (await row(store)).state is S.SENDING


@pytest.mark.parametrize(
    ("transition", "values"),
    [
        (DROP, {}),
        (DROP, {"reason": WHY, "due": NOW}),
        (RETRY, {"due": NOW, "without": []}),
        (QUEUE, {"reason": WHY}),
        (Transition(name="drop", before=(S.SENT,), after=S.PENDING), {}),
        (Transition(name="resurrect", before=(S.SENT,), after=S.PENDING), {}),
    ],
)
async def test_a_change_that_is_not_in_the_table_is_an_error(
    store: Store, transition: Transition, values: dict[str, Any]
) -> None:
    await owe(store, "a")
    with store.database.write() as tx, pytest.raises(WrongTransition):
        change(tx, transition, deliveries.c.id == 1, **values)
    assert (await row(store)).state is S.PENDING


async def test_only_a_first_state_can_be_made(store: Store) -> None:
    with store.database.write() as tx, pytest.raises(WrongTransition):
        make(tx, BEGIN, **dict.fromkeys(BEGIN.sets))


async def test_a_change_writes_what_it_sets_and_clears(store: Store) -> None:
    await owe(store, "a")
    await begun(store)
    with store.database.write() as tx:
        change_one(
            tx,
            states.INTERRUPT,
            1,
            unknown_since=NOW,
            search_at=NOW,
            searches=0,
            reason=Reason(code="interrupted", text="because"),
        )
        found = tx.execute(deliveries.select()).one()
    assert (found.state, found.search_at, found.lease_owner) == (S.UNKNOWN, NOW, None)
    assert (found.reason_code, found.reason_text) == ("interrupted", "because")
