"""The law in the code: every rule is cited by its number, stands in docs/rules.md, and has a test named after it."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from types import FunctionType

import portal.rules
from portal.rules.law import CITED

ROOT = Path(__file__).resolve().parents[2]
OPEN = {"portal.rules.law"}


def points() -> set[str]:
    """The numbers of the rules that are built."""
    return set(
        re.findall(r"^\| (R[A-Z]?[0-9I]*[A-Z]?[0-9.]+[0-9]) ", (ROOT / "docs/rules.md").read_text("utf-8"), re.M)
    )


def rule_modules() -> list[str]:
    """Every module of the law."""
    return [f"portal.rules.{one.name}" for one in pkgutil.iter_modules(portal.rules.__path__)]


def test_every_public_rule_cites_its_point() -> None:
    """A public function of the rules carries out a point of the law, and says which."""
    silent = []
    for name in rule_modules():
        module = importlib.import_module(name)
        for _, function in inspect.getmembers(module, inspect.isfunction):
            public = function.__module__ == name and not function.__name__.startswith("_")
            if name not in OPEN and public and f"{name}.{function.__qualname__}" not in CITED:
                silent.append(f"{name}.{function.__name__}")
    assert silent == []


def test_every_cited_point_stands_in_the_list_of_rules() -> None:
    """No rule is invented."""
    for name in rule_modules():
        importlib.import_module(name)
    cited = {point for some in CITED.values() for point in some}
    assert sorted(cited - points()) == []


def test_every_rule_has_a_test_named_after_it() -> None:
    """Each number of the list is shown by a test that is marked with it."""
    shown: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for marks in re.findall(r"mark\.law\(([^)]*)\)", path.read_text("utf-8")):
            shown |= set(re.findall(r'"([^"]+)"', marks))
    assert sorted(points() - shown) == []


def test_the_rules_are_plain_python() -> None:
    """No web, no database, no clock in the law."""
    for path in (ROOT / "portal/rules").glob("*.py"):
        assert not re.search(r"^(from|import) (flask|sqlalchemy|portal\.(?!rules))", path.read_text("utf-8"), re.M), (
            path
        )


def test_functions_are_what_they_seem() -> None:
    """Citing a point does not wrap the function."""
    from portal.rules.terms import add_months

    assert isinstance(add_months, FunctionType)
