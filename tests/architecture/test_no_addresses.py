"""Nothing in the repository says where packages come from or where it lies on somebody's machine."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(ROOT.glob("requirements*.txt"))
OPTIONS = ("--index-url", "--extra-index-url", "--find-links", "--trusted-host", "--no-index", "-i ", "-f ")
# A letter in brackets, so that this file does not hold what it looks for.
REGISTRIES = re.compile(r"[p]ypi\.org|[p]ythonhosted\.org|[r]egistry\.npmjs|[n]pmjs\.(org|com)/")
MACHINE_PATHS = re.compile(r"/[w]ork/|/[h]ome/\w|/[U]sers/|/[r]oot/|[f]ile:///|/opt/[p]")


def tracked() -> Iterator[Path]:
    """What git keeps or would keep: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            yield ROOT / name


def findings(pattern: re.Pattern[str]) -> list[str]:
    """File, line and what was found there."""
    found = []
    for path in tracked():
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
            if match := pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match[0]}")
    return found


def test_there_is_something_to_look_at() -> None:
    names = {path.name for path in tracked()}
    assert {"requirements.txt", "requirements-dev.txt", "package-lock.json", "pyproject.toml", "setup"} <= names


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_has_hashes_and_no_address(lock: Path) -> None:
    lines = lock.read_text("utf-8").splitlines()
    assert not [line for line in lines if "://" in line or "file:" in line or line.lstrip().startswith(OPTIONS)]
    pins = [line for line in lines if re.match(r"[A-Za-z0-9]", line)]
    assert pins
    for pin in pins:
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==\S+( ; .+)? \\$", pin), pin


def test_the_npm_lock_has_hashes_and_no_address() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    fetched = {name: package for name, package in packages.items() if name}
    assert fetched
    assert not [name for name, package in fetched.items() if "resolved" in package or "integrity" not in package]
    assert "registry" not in (ROOT / ".npmrc").read_text("utf-8").replace("omit-lockfile-registry-resolved=true", "")


def test_no_file_steers_where_packages_come_from() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert not re.search(r"\[\[?tool\.uv|index-url|find-links", project)
    names = {path.name for path in tracked()}
    assert not names & {"uv.toml", "uv.lock", "pip.conf", ".pypirc", ".yarnrc", "yarn.lock"}
    assert not [name for name in names if name.startswith("pylock")]


def test_no_file_names_a_registry() -> None:
    assert findings(REGISTRIES) == []


def test_no_file_names_a_place_on_a_machine() -> None:
    assert findings(MACHINE_PATHS) == []
