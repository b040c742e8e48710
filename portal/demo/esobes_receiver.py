"""E-Sobes of the demo, its receiving side: keeps each execution once by its `message_id`, in `executions.jsonl`.

Executions are posted to `/executions`. `POST /_control` with `{"fail": 503, "times": 2}` spoils the next answers: a
status, `"timeout"` (kept, never answered) or `"drop"` (kept, closed). `GET /_control/state` shows what was kept.
"""

import json
import os
import secrets
import threading
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from portal.demo.loopback import Answer, LoopbackServer, Request, json_answer, json_object

FILE = "executions.jsonl"
_HOLD_SECONDS = 60


class _Orders(BaseModel):
    model_config = ConfigDict(extra="forbid")
    fail: int | Literal["timeout", "drop"] = Field(503)
    times: PositiveInt = 1


class EsobesReceiver(LoopbackServer):
    """The stand-in; `start` it in a thread, then `stop` it."""

    def __init__(self, data: Path, port: int, token: str) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self._path, self._token = data / FILE, token
        self._lock = threading.Lock()
        self._faults: list[int | str] = []
        self._kept = _read(self._path)
        self._ending = threading.Event()
        super().__init__(port, self._answer, self._ending)

    def _answer(self, request: Request) -> Answer | None:
        if request.path.startswith("/_control"):
            return self._controlled(request)
        if (request.method, request.path) != ("POST", "/executions"):
            return _problem(404, "There is POST /executions.")
        given = request.headers.get("authorization", "")
        if not secrets.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            return _problem(401, "The token is wrong.")
        with self._lock:
            fault = self._faults.pop(0) if self._faults else None
        if isinstance(fault, int):
            return _problem(fault, "As ordered.")
        answer = self._keep(json_object(request))
        if fault == "timeout":
            self._ending.wait(_HOLD_SECONDS)
        return None if fault else answer

    def _keep(self, message: dict[str, Any] | None) -> Answer:
        message_id = (message or {}).get("message_id")
        if not isinstance(message, dict) or not isinstance(message_id, str) or not message_id:
            return _problem(422, "A message is a JSON object with a message_id.")
        with self._lock:
            if message_id in self._kept:
                same = self._kept[message_id] == message
                return json_answer(200, {"kept": message_id}) if same else _problem(409, "The message was another.")
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(message, ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
            self._kept[message_id] = message
        return json_answer(201, {"kept": message_id})

    def _controlled(self, request: Request) -> Answer:
        if (request.method, request.path) == ("GET", "/_control/state"):
            with self._lock:
                return json_answer(200, {"executions": list(self._kept.values()), "next": list(self._faults)})
        try:
            orders = _Orders.model_validate(json_object(request))
        except ValidationError as error:
            return json_answer(422, {"error": error.errors(include_input=False, include_url=False)})
        with self._lock:
            self._faults.extend([orders.fail] * orders.times)
        return json_answer(200, {"next": list(self._faults)})


def _problem(status: int, title: str) -> Answer:
    return json_answer(status, {"status": status, "title": title}, {"Content-Type": "application/problem+json"})


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """What was kept before; a last line cut short by a crash was never confirmed and is dropped."""
    if not path.exists():
        return {}
    whole = path.read_bytes().rpartition(b"\n")[0]
    path.write_bytes(whole + b"\n" if whole else b"")
    messages = [json.loads(line) for line in whole.split(b"\n") if line]
    return {message["message_id"]: message for message in messages}


def start(data: Path, port: int, token: str) -> EsobesReceiver:
    """The stand-in, answering in a thread of its own; port 0 takes any; `OSError` if the port is taken."""
    return EsobesReceiver(data, port, token).start()
