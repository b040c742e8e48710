"""`portal import`: reference data from the project's own files, and the amounts of goods from one that is named."""

from pathlib import Path

from portal import clock, db
from portal.actor import SYSTEM
from portal.config import ConfigError
from portal.operations import amounts_file, reference


def load(what: str, file: Path | None) -> None:
    """Load what comes with the portal and say how many rows each kind has; of a file, how many amounts are new."""
    data = file.read_bytes() if file else b""
    with db.transaction() as session:
        if file is not None:
            counts = {what: amounts_file.bring(session, data, SYSTEM, clock.now())}
        elif what == "all":
            counts = reference.import_all(session)
        else:
            counts = {what: getattr(reference, f"import_{what}")(session)}
        if file is None and (empty := [name for name, rows in counts.items() if not rows]):
            raise ConfigError(f"There is nothing to make {empty[0]} of. Run `portal import all`.")
    for name, rows in counts.items():
        print(f"{name}: {rows}")
