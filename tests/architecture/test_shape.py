"""The shape of the house, kept by tests: who commits, who asks the time, how large things may grow."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PORTAL = ROOT / "portal"
MOST_LINES_A_MODULE = 300
MOST_LINES_A_FUNCTION = 30
MOST_LINES_A_ROUTE = 15


def modules() -> list[Path]:
    """Every module of the portal that people write."""
    return [path for path in sorted(PORTAL.rglob("*.py")) if "versions" not in path.parts]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module, the nested ones too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


def found(pattern: str, *, but: set[str]) -> list[str]:
    """Where a pattern stands in the portal's code, outside the modules named."""
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in modules()
        if path.relative_to(PORTAL).as_posix() not in but
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(pattern, line) and not line.lstrip().startswith("#")
    ]


def test_only_db_commits() -> None:
    """Nothing below the edge ends a transaction; the stand-ins have stores of their own."""
    stores = {path.relative_to(PORTAL).as_posix() for path in (PORTAL / "demo").glob("*.py")}
    assert found(r"\.commit\(|\.rollback\(|\.begin\(", but={"db.py", "migrations/env.py"} | stores) == []


def test_only_the_edge_opens_transactions() -> None:
    """Operations and queries are handed their session."""
    inner = [path for folder in ("operations", "queries", "models", "rules") for path in (PORTAL / folder).glob("*.py")]
    guilty = [
        path.name for path in inner if re.search(r"\btransaction\(\)|\breading\(\)|get_session", path.read_text())
    ]
    assert guilty == []


def test_only_clock_asks_the_time() -> None:
    """Everything else is handed `now`."""
    assert found(r"datetime\.now\(|datetime\.utcnow|date\.today\(|time\.time\(|\bfunc\.now\(", but={"clock.py"}) == []


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PORTAL).as_posix())
def test_budgets(path: Path) -> None:
    """A module of more than 300 lines is two nouns; a function of more than 30 does two things."""
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES_A_MODULE
    long = [
        f"{one.name}: {lines_of_code(one)}" for one in functions(path) if lines_of_code(one) > MOST_LINES_A_FUNCTION
    ]
    assert long == []


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PORTAL).as_posix())
def test_routes_are_short(path: Path) -> None:
    """A route opens the transaction, calls one operation, shows a refusal or goes on."""
    long = [
        one.name
        for one in functions(path)
        if any(re.search(r"\.(route|get|post)\(", ast.unparse(decorator)) for decorator in one.decorator_list)
        and lines_of_code(one) > MOST_LINES_A_ROUTE
    ]
    assert long == []


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PORTAL).as_posix())
def test_every_module_says_what_it_is(path: Path) -> None:
    """A module's docstring names its chapter of the law or its part in the house."""
    text = path.read_text("utf-8")
    assert not text.strip() or ast.get_docstring(ast.parse(text))


def test_nothing_is_promised_for_later() -> None:
    """No half-done work is marked in the code."""
    marks = "TO" + "DO|FIX" + "ME|# XX" + "X|NotImplemented" + "Error"
    assert found(marks, but=set()) == []
