"""Importing catalogues and trends from the command line."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.cli import STORAGE, Cli

MAPPING = "catalogue: sample\nfields: {id: id}\n"
REJECTS = b'{"line":3,"code":"price_missing"}\n'


class ImportServer:
    """The import part of the API: counts up to the end; and the storage behind presigned addresses."""

    def __init__(self, end: str = "done", rejected: int = 1) -> None:
        self.end = end
        self.rejected = rejected
        self.polls = 0
        self.stored: dict[str, bytes] = {}
        self.headers: dict[str, httpx.Headers] = {}
        self.refuse_puts = 0

    def __call__(self, request: httpx.Request) -> httpx.Response | None:
        path = request.url.path
        if str(request.url).startswith(STORAGE):
            if request.method == "GET":
                return httpx.Response(200, content=REJECTS)
            if self.refuse_puts:
                self.refuse_puts -= 1
                return httpx.Response(503)
            self.stored[path] = request.read()
            self.headers[path] = request.headers
            return httpx.Response(200)
        if (request.method, path) == ("POST", "/api/imports"):
            roles = [file["role"] for file in json.loads(request.read())["files"]]
            uploads = [{"role": role, "url": f"{STORAGE}/{role}?signature=x"} for role in roles]
            return httpx.Response(201, json={"import_id": "i-1", "uploads": uploads})
        if path == "/api/imports/i-1/start":
            return httpx.Response(202, json={})
        if path == "/api/imports/i-1":
            self.polls += 1
            return httpx.Response(200, json=self._status())
        return None

    def _status(self) -> dict[str, Any]:
        over = self.polls >= 3
        return {
            "import_id": "i-1",
            "status": self.end if over else "reading",
            "rows_read": 10 * min(self.polls, 3),
            "accepted": 30 - self.rejected if over else 5,
            "rejected": self.rejected,
            "rejected_by_code": {"price_missing": self.rejected} if self.rejected else {},
            "indexed": 29 if over else 0,
            "not_indexed": 0,
            "failure": "the mapping names no price" if self.end == "failed" else "",
            "rejects_url": f"{STORAGE}/rejects" if over and self.rejected else "",
        }


@pytest.fixture
def server() -> ImportServer:
    return ImportServer()


@pytest.fixture
def cli(tmp_path: Path, server: ImportServer) -> Cli:
    (tmp_path / "goods.csv").write_bytes(b"id,price\n" + b"1,2\n" * 600_000)  # more than two blocks
    (tmp_path / "brands.csv").write_bytes(b"id,name\n1,x\n")
    (tmp_path / "m.yaml").write_text(MAPPING)
    made = Cli(tmp_path)
    made.network.scripts.append(server)
    return made


def run(cli: Cli, *more: str, file: str = "goods.csv") -> Any:
    options = ["--mapping", str(cli.folder / "m.yaml"), "--catalogue", "sample", *more]
    return cli("import", str(cli.folder / file), *options)


def test_files_are_hashed_uploaded_followed_and_summed_up(cli: Cli, server: ImportServer) -> None:
    ran = run(cli, "--join", f"brand={cli.folder / 'brands.csv'}")
    assert ran.code == 0, ran.err
    goods = (cli.folder / "goods.csv").read_bytes()
    assert cli.network.sent("/api/imports") == {
        "catalogue": "sample",
        "filename": "goods.csv",
        "mapping": MAPPING,
        "files": [
            {
                "role": "main",
                "filename": "goods.csv",
                "bytes": len(goods),
                "sha256": hashlib.sha256(goods).hexdigest(),
            },
            {
                "role": "brand",
                "filename": "brands.csv",
                "bytes": 12,
                "sha256": hashlib.sha256(b"id,name\n1,x\n").hexdigest(),
            },
        ],
    }
    assert server.stored == {"/main": goods, "/brand": b"id,name\n1,x\n"}
    assert "price_missing" in ran.out
    assert "30 rows read" in ran.err
    report = cli.folder / "rejects-i-1.jsonl"
    assert report.read_bytes() == REJECTS
    assert report.name in ran.out


def test_storage_gets_a_length_and_never_our_token(cli: Cli, server: ImportServer) -> None:
    run(cli)
    headers = server.headers["/main"]
    assert headers["content-length"] == str((cli.folder / "goods.csv").stat().st_size)
    assert "transfer-encoding" not in headers
    assert "authorization" not in headers


def test_a_broken_upload_is_tried_again_from_the_start(cli: Cli, server: ImportServer) -> None:
    server.refuse_puts = 2
    assert run(cli).code == 0
    assert server.stored["/main"] == (cli.folder / "goods.csv").read_bytes()
    server.polls, server.refuse_puts = 0, 3
    assert run(cli).code == 3


def test_json_has_the_counts_and_where_the_rejects_are(cli: Cli) -> None:
    target = cli.folder / "why.jsonl"
    ran = run(cli, "--json", "--rejects", str(target))
    assert ran.json["accepted"] == 29
    assert ran.json["rejects_path"] == str(target)


def test_without_rejected_rows_no_file_is_written(tmp_path: Path, cli: Cli, server: ImportServer) -> None:
    server.rejected = 0
    assert run(cli, "--json").json["rejects_path"] is None
    assert not list(tmp_path.glob("rejects*"))


def test_a_failed_import_ends_with_1_and_why(cli: Cli, server: ImportServer) -> None:
    server.end = "failed"
    ran = run(cli)
    assert (ran.code, "the mapping names no price" in ran.out) == (1, True)


@pytest.mark.parametrize("more", [["--join", "brand"], ["--join", "=x"], ["--join", "main=x"], ["--join", "a=missing.csv"]])
def test_a_wrong_join_is_usage(cli: Cli, more: list[str]) -> None:
    assert run(cli, *more).code == 2
    assert cli.network.requests == []


def test_missing_and_empty_files_are_usage(cli: Cli) -> None:
    (cli.folder / "empty.csv").write_bytes(b"")
    assert run(cli, file="empty.csv").code == 2
    assert run(cli, file="nowhere.csv").code == 2
    (cli.folder / "m.yaml").unlink()
    assert run(cli).code == 2


# --- trends -------------------------------------------------------------------------------------------------------------


class TrendServer:
    """Takes trends whose heat is a number; says which rows it does not."""

    def __init__(self) -> None:
        self.batches: list[list[dict[str, Any]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response | None:
        if (request.method, request.url.path) != ("POST", "/api/trends"):
            return None
        assert len(request.read()) < 256 * 1024
        rows = json.loads(request.read())["trends"]
        self.batches.append(rows)
        rejected = [
            {"row": place, "reason": "heat: is no number"}
            for place, row in enumerate(rows, 1)
            if not str(row.get("heat", row.get("Heat", ""))).isdigit()
        ]
        return httpx.Response(200, json={"accepted": len(rows) - len(rejected), "rejected": rejected})


def import_trends(tmp_path: Path, name: str, data: bytes) -> tuple[Any, TrendServer]:
    (tmp_path / name).write_bytes(data)
    server = TrendServer()
    cli = Cli(tmp_path)
    cli.network.scripts.append(server)
    return cli("trends", "import", str(tmp_path / name), "--json"), server


@pytest.mark.parametrize("packed", [False, True])
def test_jsonl_trends_are_sent_in_batches_and_rejections_name_their_lines(tmp_path: Path, packed: bool) -> None:
    lines = [json.dumps({"title": f"趋势{number}", "heat": number}, ensure_ascii=False) for number in range(1, 451)]
    lines[299] = '{"title": "no heat"}'
    lines[9] = "not json"
    lines[10] = "[1]"
    lines[20] = ""
    data = "\n".join(lines).encode()
    ran, server = import_trends(tmp_path, "t.jsonl.gz" if packed else "t.jsonl", gzip.compress(data) if packed else data)
    assert ran.code == 0
    assert [len(batch) for batch in server.batches] == [200, 200, 47]
    assert ran.json["accepted"] == 446
    assert [item["line"] for item in ran.json["rejected"]] == [10, 11, 300]


def test_large_rows_make_small_batches(tmp_path: Path) -> None:
    lines = [json.dumps({"title": "会" * 20_000, "heat": 1}, ensure_ascii=False) for _ in range(9)]
    ran, server = import_trends(tmp_path, "t.jsonl", "\n".join(lines).encode())
    assert ran.json["accepted"] == 9
    assert len(server.batches) >= 4


def test_csv_trends_keep_quoted_cells_and_name_their_lines(tmp_path: Path) -> None:
    data = '\ufeffTitle,Heat,Source,Observed_on,Description\n"熊猫, 大",9,s,2026-09-01,"two\nlines"\n坏,hot,s,2026-09-01,x\n短,1\n好,3,s,2026-09-01,y\n'
    ran, server = import_trends(tmp_path, "t.csv", data.encode())
    assert server.batches[0][0] == {
        "Title": "熊猫, 大", "Heat": "9", "Source": "s", "Observed_on": "2026-09-01", "Description": "two\nlines",
    }  # fmt: skip
    assert ran.json["accepted"] == 2
    assert [item["line"] for item in ran.json["rejected"]] == [4, 5]


@pytest.mark.parametrize("data", [b"", b"  \n", b"\xff\xfe\x00\x01"])
def test_a_file_that_is_no_text_is_usage(tmp_path: Path, data: bytes) -> None:
    ran, server = import_trends(tmp_path, "t.jsonl", data)
    assert (ran.code, server.batches) == (2, [])


def test_a_mapping_goes_along_and_the_rows_stay_the_feeds_own(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("source: s\nfields: {title: 词, heat: 热度, observed_on: 日}\n", encoding="utf-8")
    (tmp_path / "t.csv").write_text("词,热度,日,别的\n冰粉,7,2026-09-01,x\n", encoding="utf-8")
    bodies: list[dict[str, Any]] = []

    def take(request: httpx.Request) -> httpx.Response | None:
        bodies.append(json.loads(request.read()))
        dropped = {"celebrity": 1}
        return httpx.Response(200, json={"accepted": 1, "changed": 1, "unsorted": 1, "dropped": dropped, "rejected": []})

    cli = Cli(tmp_path)
    cli.network.scripts.append(take)
    ran = cli("trends", "import", str(tmp_path / "t.csv"), "--mapping", str(tmp_path / "m.yaml"))
    assert bodies[0]["trends"] == [{"词": "冰粉", "热度": "7", "日": "2026-09-01", "别的": "x"}]
    assert "词" in bodies[0]["mapping"]
    assert "celebrity" in ran.out
    assert "wait for an embedding" in ran.out
    (tmp_path / "t.csv").write_text("词,日\n冰粉,2026-09-01\n", encoding="utf-8")
    ran = cli("trends", "import", str(tmp_path / "t.csv"), "--mapping", str(tmp_path / "m.yaml"))
    assert ran.code == 2
    assert "热度" in ran.err
    assert len(bodies) == 1
