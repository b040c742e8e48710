"""What the stand-ins that speak HTTP have in common: a small threaded server on the loopback address."""

import json
import logging
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

log = logging.getLogger(__name__)
LOOPBACK = "127.0.0.1"
MOST_BYTES = 1_000_000


class Stoppable(Protocol):
    """A stand-in that runs in a thread of its own."""

    @property
    def port(self) -> int:
        """The port it listens on; the one chosen by the system when it was asked for port 0."""

    def stop(self) -> None:
        """Stop answering and free the port; returns when both are done."""


@dataclass(frozen=True, slots=True)
class Request:
    """What arrived; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back; `cut` closes the connection in the middle of the body."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False


def json_answer(status: int, content: object, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer in JSON, its letters as they are."""
    body = json.dumps(content, ensure_ascii=False, indent=2).encode()
    return Answer(status, body, {"Content-Type": "application/json", **(headers or {})})


def json_object(request: Request) -> dict[str, Any] | None:
    """The JSON object that was posted as such; None for anything else."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return None
    try:
        content = json.loads(request.body)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


Answering = Callable[[Request], Answer | None]


class LoopbackServer:
    """Answers each request by `answering`, in a thread each; None closes the connection without an answer.

    An address in use raises `OSError` at once. `closing` is set when the server stops: who waits, waits on it.
    """

    def __init__(self, port: int, answering: Answering, closing: threading.Event) -> None:
        self._server = _Server((LOOPBACK, port), answering)
        self._closing = closing
        self._thread: threading.Thread | None = None
        self._served = False

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    def serve_forever(self) -> None:
        """Answer until `shutdown` is called from another thread."""
        self._served = True
        self._server.serve_forever(poll_interval=0.02)

    def start(self) -> Self:
        """Answer in a thread of its own."""
        self._served = True
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)
        self._thread.start()
        return self

    def shutdown(self) -> None:
        """Stop answering, drop the open connections and free the port."""
        self._closing.set()
        if self._served:
            self._server.shutdown()
        self._server.server_close()
        self._server.drop_connections()
        if self._thread is not None:
            self._thread.join(5)

    def stop(self) -> None:
        """The same as `shutdown`."""
        self.shutdown()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], answering: Answering) -> None:
        self.answering = answering
        self._open: set[socket.socket] = set()
        super().__init__(address, _Conversation)

    def server_bind(self) -> None:
        # HTTPServer would ask the name service for the machine's name, which can take seconds without a network.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, int(self.server_address[1])

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def drop_connections(self) -> None:
        for connection in tuple(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                log.debug("A connection was closed already.")

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's
        log.debug("A connection ended early.", exc_info=True)


class _Conversation(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "StandIn"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 120

    def _converse(self) -> None:
        body = self._body()
        if body is None:
            self._send(Answer(413), close=True)
            return
        split = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            answer = self.server.answering(Request(self.command, split.path, split.query, headers, body))
        except Exception:
            log.exception("A stand-in could not answer.")
            answer = Answer(500)
        if answer is None:
            self.close_connection = True
        else:
            self._send(answer, close=answer.cut)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _converse  # noqa: N815 - names are the base class's

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal() or int(length) > MOST_BYTES:
            return None
        return self.rfile.read(int(length))

    def _send(self, answer: Answer, *, close: bool = False) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        if close:
            self.send_header("Connection", "close")
        self.end_headers()
        sent = answer.body[: len(answer.body) // 2] if answer.cut else answer.body
        self.wfile.write(b"" if self.command == "HEAD" else sent)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: requests may carry secrets."""
