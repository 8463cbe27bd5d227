"""An OpenAI-compatible server that answers as it is told to: broken, huge, false, or not at all. A thread of the test's own process."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

CASES = Path(__file__).parents[1] / "fixtures" / "hostile" / "copy_answers.yaml"
GOOD = {"title": "熊猫来了", "subtitle": "24款在售"}
Send = Callable[[BaseHTTPRequestHandler], None]


def cases() -> list[dict[str, Any]]:
    """Every case of the file, with its group."""
    data = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    return [case | {"group": group} for group, found in data.items() for case in found]


class HostileServer(ThreadingHTTPServer):
    """Sends `case` (of cases()) to whoever asks, and counts."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.case: dict[str, Any] = {"texts": GOOD}
        self.calls = 0
        self.sent = 0
        self.requests: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is what is tested."""


@contextmanager
def hostile_server() -> Iterator[HostileServer]:
    """Started, and stopped again."""
    server = HostileServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # head and body in one packet: two of them wait for each other (Nagle, delayed ACK)
    disable_nagle_algorithm = True
    server: HostileServer

    def log_message(self, *_: Any) -> None:
        """Silent."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.calls += 1
        self.server.requests.append(json.loads(body))
        case = self.server.case
        if "program" in case:
            _PROGRAMS[case["program"]](self)
            return
        status = case.get("status", 200)
        data = case["body"].encode() if "body" in case else json.dumps(_answer(case), ensure_ascii=True).encode()
        _reply(self, data, status=status, kind=case.get("type", "application/json"), location=case.get("location", ""))


def _answer(case: dict[str, Any]) -> Any:
    if "answer" in case:
        return case["answer"]
    if "choice" in case:
        return _around(case["choice"])
    if "message" in case:
        return _around({"index": 0, "finish_reason": "stop", "message": case["message"]})
    return _said(case["content"] if "content" in case else _texts(case["texts"]))


def _texts(texts: dict[str, str]) -> str:
    return json.dumps({"texts": [{"slot": slot, "text": text} for slot, text in texts.items()]}, ensure_ascii=False)


def _around(choice: Any) -> dict[str, Any]:
    return {
        "id": "x",
        "object": "chat.completion",
        "model": "m",
        "choices": [choice],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5},
    }


def _said(content: str) -> dict[str, Any]:
    return _around({"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}})


def _reply(handler: BaseHTTPRequestHandler, data: bytes, *, status: int = 200, kind: str = "application/json", **headers: str) -> None:
    handler.send_response(status)
    handler.send_header("content-type", kind)
    handler.send_header("content-length", headers.pop("content_length", "") or str(len(data)))
    for name, value in headers.items():
        if value:
            handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(data)


def _json(made: Callable[[], Any]) -> Send:
    return lambda handler: _reply(handler, json.dumps(made()).encode())


def _content(made: Callable[[], str]) -> Send:
    return _json(lambda: _said(made()))


def _endless(handler: BaseHTTPRequestHandler) -> None:
    """A gigabyte in pieces, if somebody takes it."""
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.send_header("transfer-encoding", "chunked")
    handler.end_headers()
    piece = b'{"choices":' + b" " * 65_525
    server: HostileServer = handler.server  # type: ignore[assignment]
    handler.close_connection = True
    for _ in range(16_384):
        handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        server.sent += len(piece)
    handler.wfile.write(b"0\r\n\r\n")


def _declared_huge(handler: BaseHTTPRequestHandler) -> None:
    _reply(handler, b" " * 6_000_000, content_length="8000000000")
    handler.close_connection = True


def _gzip_bomb(handler: BaseHTTPRequestHandler) -> None:
    _reply(handler, _BOMB, content_encoding="gzip")


def _short_body(handler: BaseHTTPRequestHandler) -> None:
    _reply(handler, b'{"choices": [', content_length="4000")
    handler.close_connection = True


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


_RIGHT = json.dumps(_said(_texts(GOOD))).encode()
_BOMB = gzip.compress(b" " * 200_000_000, compresslevel=1)
_PROGRAMS: dict[str, Send] = {
    "many_texts": _content(lambda: json.dumps({"texts": [{"slot": f"s{n}", "text": "x"} for n in range(41)]})),
    "bad_utf8": lambda handler: _reply(handler, b'{"choices": [{"message": {"content": "\xff\xfe\xc3("}}]}'),
    "utf16": lambda handler: _reply(handler, _RIGHT.decode().encode("utf-16")),
    "mark_before_body": lambda handler: _reply(handler, b"\xef\xbb\xbf" + _RIGHT),
    "right_as_text": lambda handler: _reply(handler, _RIGHT, kind="text/plain; charset=latin-1"),
    "right_as_gzip": lambda handler: _reply(handler, gzip.compress(_RIGHT), content_encoding="gzip"),
    "false_gzip": lambda handler: _reply(handler, _RIGHT, content_encoding="gzip"),
    "unknown_encoding": lambda handler: _reply(handler, _RIGHT, content_encoding="br"),
    "short_body": _short_body,
    "hang_up": _hang_up,
    "huge_text": _content(lambda: json.dumps({"texts": [{"slot": "title", "text": "熊" * 400_000}]})),
    "huge_spaces": _content(lambda: " " * 3_000_000),
    "endless": _endless,
    "declared_huge": _declared_huge,
    "gzip_bomb": _gzip_bomb,
    "deep_content": _content(lambda: "[" * 100_000),
    "deep_objects": _content(lambda: '{"texts":' * 50_000 + "1" + "}" * 50_000),
    "deep_body": lambda handler: _reply(handler, b'{"choices":' + b"[" * 200_000),
    "flood_of_texts": _content(lambda: json.dumps({"texts": [{"slot": "title", "text": "x"}] * 10_000})),
    "flood_of_keys": _content(lambda: json.dumps({f"k{n}": n for n in range(10_000)})),
    "long_slot_name": _content(lambda: json.dumps({"texts": [{"slot": "s" * 500_000, "text": "熊猫"}]})),
    "huge_error": lambda handler: _reply(handler, b'{"error": {"message": "' + b"x" * 3_000_000 + b'"}}', status=400),
}
