"""GET /executions: in the order in which things became certain, so that a cursor never skips a row committed late."""

import re
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import db
from portal.db import Database
from portal.esobes import shapes
from portal.models.message import Execution
from portal.operations import executions
from tests import factories as make
from tests.esobes.conftest import Door
from tests.factories import MONDAY
from tests.goods_case import Goods

pytestmark = pytest.mark.law("R42.4")


def owe(session: Session) -> str:
    """An order was accepted; the number by which E-Sobes will see it."""
    order = make.make_order(session)
    executions.owe_order(session, order, MONDAY)
    session.flush()
    return session.scalars(select(Execution.about).where(Execution.about == f"order:{order.id}:accepted")).one()


def owe_now() -> str:
    with db.transaction() as session:
        return owe(session)


def read(door: Door, after: str | None = None) -> dict[str, Any]:
    answer = door.get("/executions" if after is None else f"/executions?after={after}")
    assert answer.status_code == 200
    page: dict[str, Any] = answer.get_json()
    return page


def abouts(page: dict[str, Any]) -> list[str]:
    """What the items are about, by the rows that hold them."""
    with db.reading() as session:
        rows = session.execute(select(Execution.body["message_id"].astext, Execution.about)).all()
    by_id = {row[0]: row[1] for row in rows}
    return [by_id[item["message_id"]] for item in page["items"]]


def until(read_page: Callable[[], dict[str, Any]], enough: Callable[[list[str]], bool]) -> list[str]:
    """What is read once it is enough; other transactions on the same server may hold it back for a moment."""
    deadline = time.monotonic() + 20
    while True:
        found = abouts(read_page())
        if enough(found) or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def newest(door: Door) -> str:
    """A cursor behind everything that there is."""
    mark = owe_now()
    until(lambda: all_after(door, None), lambda found: mark in found)
    after: str = all_after(door, None)["next"]
    return after


def all_after(door: Door, after: str | None) -> dict[str, Any]:
    """All pages after a cursor as one."""
    page = read(door, after)
    items = list(page["items"])
    while page["items"]:
        page = read(door, page["next"])
        items += page["items"]
    return {"items": items, "next": page["next"]}


def test_items_come_once_in_their_order(door: Door) -> None:
    start = newest(door)
    owed = [owe_now() for _ in range(3)]
    assert until(lambda: read(door, start), lambda found: len(found) == 3) == owed
    page = read(door, start)
    assert read(door, page["next"]) == {"items": [], "next": page["next"]}
    item = page["items"][0]
    assert {"message_id", "kind", "at", "programme", "measure"} <= set(item)


def test_a_row_committed_late_is_not_skipped(door: Door) -> None:
    """The first writes its row and waits; the second is committed before it. Nobody reads past the first."""
    start = newest(door)
    with db.database().writes() as slow:
        slow.begin()
        first = owe(slow)
        second = owe_now()
        seen = read(door, start)
        assert abouts(seen) == [], "the second is certain only when the first is"
        assert seen["next"] == start
        slow.commit()
    found = until(lambda: read(door, seen["next"]), lambda found: len(found) == 2)
    assert sorted(found) == sorted([first, second])


def test_a_row_that_is_taken_back_holds_nothing_up(door: Door) -> None:
    start = newest(door)
    with db.database().writes() as slow:
        slow.begin()
        owe(slow)
        second = owe_now()
        slow.rollback()
    assert until(lambda: read(door, start), bool) == [second]


def test_a_reader_among_many_writers_sees_every_row_once(door: Door) -> None:
    """Writers commit out of order, with pauses; a reader follows the cursor all the while."""
    start = newest(door)
    written: list[str] = []
    database: Database = db.database()

    def write(number: int) -> None:
        for turn in range(4):
            with database.writes() as session, session.begin():
                about = owe(session)
                time.sleep(0.01 * ((number + turn) % 4))
            written.append(about)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    found: list[str] = []
    after, deadline = start, time.monotonic() + 30
    while len(found) < 16 and time.monotonic() < deadline:
        page = read(door, after)
        found += abouts(page)
        after = page["next"]
    for writer in writers:
        writer.join(20)
    assert len(found) == len(set(found)) == 16
    assert sorted(found) == sorted(written)


def test_a_page_is_not_endless(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.esobes import executions as route

    start = newest(door)
    owed = [owe_now() for _ in range(5)]
    until(lambda: read(door, start), lambda found: len(found) == 5)
    monkeypatch.setattr(route, "PAGE", 2)
    pages, after = [], start
    for _ in range(4):
        page = read(door, after)
        pages.append(abouts(page))
        after = page["next"]
    assert pages == [owed[:2], owed[2:4], owed[4:], []]


@pytest.mark.parametrize(
    "after", ["", "1", "1.", ".1", "a.b", "1.2.3", "-1.0", "1.0 ", "٣.٤", "1" * 19 + ".0", "1.0'--", "%00"]
)
def test_what_is_no_cursor_is_refused_by_its_field(door: Door, after: str) -> None:
    answer = door.get(f"/executions?after={after}")
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert [error["field"] for error in answer.get_json()["errors"]] == ["after"]


def test_a_cursor_beyond_everything_is_an_empty_page(door: Door) -> None:
    far = "9" * 18 + "." + "9" * 18
    assert read(door, far) == {"items": [], "next": far}


def test_every_kind_that_is_told_is_described(door: Door) -> None:
    """The specification knows each kind that the portal writes, and no other."""
    source = Path(executions.__file__).read_text("utf-8")
    told = set(re.findall(r'"kind": "([a-z_]+)"|_owe_choice\(session, "([a-z_]+)"', source))
    kind = door.get("/openapi.json").get_json()["components"]["schemas"]["Execution"]["properties"]["kind"]
    assert {one or other for one, other in told} == set(kind["enum"])
    assert all(f"`{one}`: " in kind["description"] for one in kind["enum"])


def test_goods_that_come_back_are_told_in_pieces(app: Flask, door: Door) -> None:
    """The order has ended with its hand-over; what came back is told with the reason."""
    start = newest(door)
    with app.app_context(), db.transaction() as session:
        case = Goods(session)
        case.come_back(case.handed_over(), date(2026, 3, 12))
    until(lambda: all_after(door, start), lambda found: any(about.endswith(":back") for about in found))
    item = next(one for one in all_after(door, start)["items"] if one["kind"] == "goods_returned")
    assert (item["units"], item["unit"], item["reason"]) == (360, "piece", "faulty")
    shapes.Execution.model_validate(item)
