"""What the demo's processes are told: addresses, ports and secrets, made once and kept in the data directory.

What the environment says already holds, so that the demo can be pointed at another database, gateway or payment system.
"""

import json
import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

LOOPBACK = "127.0.0.1"
NCALAYER_PORT = 13579
SECRETS: Mapping[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_hex(32),
    "ESOBES_TOKEN": lambda: secrets.token_urlsafe(32),
    "ESOBES_OUT_TOKEN": lambda: secrets.token_urlsafe(32),
    "SMPP_PASSWORD": lambda: secrets.token_hex(4),  # SMPP 3.4 allows eight characters
    "STRIPE_API_KEY": lambda: f"sk_test_{secrets.token_hex(16)}",
    "STRIPE_WEBHOOK_SECRET": lambda: f"whsec_{secrets.token_hex(24)}",
}
PORTS = ("smpp", "stripe", "esobes", "ncalayer", "demo")


class SurroundingsError(Exception):
    """The demo cannot be set up here; the message says why and what to do."""


def open_directory(data: Path) -> None:
    """Make `data` and `data/logs`, for its owner alone. Somebody's other directory is left as it is."""
    ours = data / "demo.lock"
    try:
        if data.exists() and not ours.exists() and any(data.iterdir()):
            raise SurroundingsError(f"{data} is not empty and holds no demo: give --data a new directory.")
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        data.chmod(0o700)
        ours.touch(mode=0o600)
        (data / "logs").mkdir(mode=0o700, exist_ok=True)
        (data / "signing").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise SurroundingsError(f"{data} cannot be used: {error.strerror}. Give --data another directory.") from None


def keep_secrets(data: Path) -> dict[str, str]:
    """The demo's secrets by name, made at the first start."""
    kept = _read(data / "secrets.json")
    made = {name: str(kept.get(name) or make()) for name, make in SECRETS.items()}
    _write(data / "secrets.json", made)
    return made


def keep_ports(data: Path) -> dict[str, int]:
    """A port for each stand-in: the one it had if that is free, else another; NCALayer's own one if possible."""
    kept = {"ncalayer": NCALAYER_PORT} | {name: int(port) for name, port in _read(data / "ports.json").items()}
    ports: dict[str, int] = {}
    for name in PORTS:
        wanted = kept.get(name, 0)
        ports[name] = wanted if wanted and wanted not in ports.values() and is_free(LOOPBACK, wanted) else _free_port()
    _write(data / "ports.json", ports)
    return ports


def is_free(host: str, port: int) -> bool:
    """True when a server could listen there now."""
    try:
        _bind(host, port).close()
    except OSError:
        return False
    return True


def check_address(host: str, port: int) -> None:
    """Raises `SurroundingsError` when the portal could not listen there."""
    if not 0 < port < 65536:
        raise SurroundingsError(f"{port} is no port: choose one between 1024 and 65535 with --port.")
    try:
        _bind(host, port).close()
    except PermissionError:
        raise SurroundingsError(f"Port {port} is open to root alone: choose one above 1023 with --port.") from None
    except socket.gaierror:
        raise SurroundingsError(f"{host} is no address of this machine: choose another one with --host.") from None
    except OSError as error:
        if is_free(host, 0):
            raise SurroundingsError(f"Port {port} is taken by another program: choose one with --port.") from None
        raise SurroundingsError(f"{host} cannot be listened on: {error.strerror}. Choose another --host.") from None


def address(host: str, port: int) -> str:
    """Where a browser on this machine finds a server that listens on `host`."""
    reached = {"0.0.0.0": LOOPBACK, "::": "::1", "": LOOPBACK}.get(host, host)  # noqa: S104 - listens nowhere itself
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def environment(data: Path, host: str, port: int, given: Mapping[str, str]) -> dict[str, str]:
    """The environment of the portal's processes, but for DATABASE_URL; `given` holds where it speaks.

    A gateway, payment system or E-Sobes is taken from `given` with all that belongs to it, or not at all.
    """
    ports = keep_ports(data)
    told = {name: value for name, value in given.items() if name != "PYTHONDONTWRITEBYTECODE"}  # starts are to be quick
    for group in _groups(keep_secrets(data), ports):
        if not given.get(next(iter(group))):
            told |= group
    told.setdefault("PUBLIC_URL", address(host, port))
    told.setdefault("SIGNING_TRUST", str(data / "signing" / "trust"))
    told.setdefault("JOURNAL_KEY", str(data / "signing" / "journal.pem"))
    told.setdefault("JOURNAL_DIR", str(data / "journal"))
    return told | {
        "PORTAL_DATA": str(data),
        "PORTAL_CLOCK_FILE": str(data / "clock.json"),
        "PORTAL_DEMO_URL": f"http://{LOOPBACK}:{ports['demo']}",
        "PYTHONUNBUFFERED": "1",
        "MALLOC_ARENA_MAX": "2",
        **_no_proxy(given),
    }


def _groups(kept: Mapping[str, str], ports: Mapping[str, int]) -> Iterator[dict[str, str]]:
    """What belongs together; the first name of each decides whether it is ours to say."""
    yield {"SECRET_KEY": kept["SECRET_KEY"]}
    yield {"ESOBES_TOKEN": kept["ESOBES_TOKEN"]}
    yield {
        "ESOBES_URL": f"http://{LOOPBACK}:{ports['esobes']}/executions",
        "ESOBES_OUT_TOKEN": kept["ESOBES_OUT_TOKEN"],
    }
    yield {
        "SMPP_HOST": LOOPBACK,
        "SMPP_PORT": str(ports["smpp"]),
        "SMPP_SYSTEM_ID": "portal",
        "SMPP_PASSWORD": kept["SMPP_PASSWORD"],
    }
    yield {
        "STRIPE_API_BASE": f"http://{LOOPBACK}:{ports['stripe']}",
        "STRIPE_API_KEY": kept["STRIPE_API_KEY"],
        "STRIPE_WEBHOOK_SECRET": kept["STRIPE_WEBHOOK_SECRET"],
    }
    yield {"NCALAYER_URL": f"ws://{LOOPBACK}:{ports['ncalayer']}"}


def _no_proxy(given: Mapping[str, str]) -> dict[str, str]:
    """The stand-ins are here, whatever proxy this machine goes through."""
    direct = ",".join(filter(None, (given.get("no_proxy") or given.get("NO_PROXY"), LOOPBACK, "localhost")))
    return {"no_proxy": direct, "NO_PROXY": direct}


def _bind(host: str, port: int) -> socket.socket:
    family, kind, _, _, where = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listening = socket.socket(family, kind)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(where)
        listening.listen()
    except BaseException:
        listening.close()
        raise
    return listening


def _free_port() -> int:
    listening = _bind(LOOPBACK, 0)
    try:
        return int(listening.getsockname()[1])
    finally:
        listening.close()


def _read(path: Path) -> dict[str, str | int]:
    try:
        content = json.loads(path.read_text("utf-8"))
        return {str(name): value for name, value in content.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError) as error:
        raise SurroundingsError(f"{path} cannot be read ({error}): remove it, and a new one is made.") from None


def _write(path: Path, content: Mapping[str, str | int]) -> None:
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
    fresh.replace(path)
