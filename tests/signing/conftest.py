"""The demo's authority with three people, made once a run, and the verifier that believes it."""

from pathlib import Path

import pytest

from portal.demo import ca
from portal.signing import LocalVerifier, load
from tests.signing.people import PEOPLE


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the authority; not to be changed."""
    directory = tmp_path_factory.mktemp("authority")
    ca.make(directory, PEOPLE)
    return directory


@pytest.fixture(scope="session")
def verifier(authority: Path) -> LocalVerifier:
    """Believes the authority."""
    return load(authority / "trust")
