"""From a ZIP, or a designer's folder, to the files of a package: bounded, and nothing is ever written to a disk."""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from huichang.pages.packages.model import MANIFEST, PAGE, REQUIRED, SAMPLE, STYLE, TemplateProblem
from huichang.pages.packages.telling import problem

MAX_ZIP = 160 * 1024
"""Bytes: as base64 in JSON it still fits into a request (web/exchange.py, MAX_BODY_BYTES)."""
MAX_FILES = 24
MAX_FILE = 64 * 1024
MAX_TOTAL = 320 * 1024
_NAME = re.compile(r"(?:[a-z0-9][a-z0-9_-]{0,40}/)?[A-Za-z0-9_][A-Za-z0-9_-]{0,60}(?:\.[a-z0-9]{1,8}){1,2}")
_IGNORED = re.compile(r"(?:^|/)(?:\.DS_Store|__MACOSX(?:/.*)?|Thumbs\.db)$")
_KNOWN = f"{MANIFEST}, {PAGE}, {STYLE}, {SAMPLE}, *.html.j2, README.md, LICENSE.txt"

Found = tuple[dict[str, str], list[TemplateProblem]]


def read_zip(data: bytes) -> Found:
    """(files by name, problems). A folder that holds everything is taken off. Never raises for what is in the archive."""
    if len(data) > MAX_ZIP:
        return {}, [problem("zip_too_large", "package.zip", size=len(data), most=MAX_ZIP)]
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _IGNORED.search(entry.filename)]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
        return {}, [problem("no_zip", "package.zip")]
    if len(entries) > MAX_FILES:
        return {}, [problem("too_many_files", "package.zip", size=len(entries), most=MAX_FILES)]
    raw: dict[str, bytes] = {}
    problems: list[TemplateProblem] = []
    left = MAX_TOTAL
    top = _wrapper(entry.filename for entry in entries)
    for entry in entries:
        name = entry.filename.removeprefix(top)
        wrong = _entry_problem(entry, name, raw)
        if wrong:
            problems.append(wrong)
            continue
        try:
            with archive.open(entry) as stream:
                content = stream.read(min(MAX_FILE, left) + 1)  # whatever its header says
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
            problems.append(problem("damaged", name))
            continue
        if len(content) > MAX_FILE:
            problems.append(problem("file_too_large", name, most=MAX_FILE))
            continue
        if len(content) > left:
            problems.append(problem("package_too_large", name, most=MAX_TOTAL))
            break
        left -= len(content)
        raw[name] = content
    return _texts(raw, problems)


def read_folder(folder: Path) -> Found:
    """The same of a folder on this machine. Raises OSError where it cannot be read."""
    raw: dict[str, bytes] = {}
    problems: list[TemplateProblem] = []
    paths = [path for path in sorted(folder.rglob("*")) if not path.is_dir() or path.is_symlink()]
    paths = [path for path in paths if not _IGNORED.search(path.relative_to(folder).as_posix())]
    if len(paths) > MAX_FILES:
        return {}, [problem("too_many_files", folder.name, size=len(paths), most=MAX_FILES)]
    for path in paths:
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            problems.append(problem("symlink", name))
        elif not _NAME.fullmatch(name):
            problems.append(problem("bad_path", name, path=name))
        elif path.stat().st_size > MAX_FILE:
            problems.append(problem("file_too_large", name, most=MAX_FILE))
        else:
            raw[name] = path.read_bytes()
    if sum(map(len, raw.values())) > MAX_TOTAL:
        problems.append(problem("package_too_large", folder.name, most=MAX_TOTAL))
    return _texts(raw, problems)


def write_zip(folder: Path) -> bytes:
    """The folder as a ZIP that read_zip takes; equal folders give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
            archive.writestr(zipfile.ZipInfo(path.relative_to(folder).as_posix()), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _wrapper(names: Iterable[str]) -> str:
    """The folder that every entry lies in ("festival/"), "" where there is none."""
    names = list(names)
    tops = {name.partition("/")[0] for name in names}
    if len(tops) == 1 and all("/" in name for name in names):
        top = next(iter(tops))
        return f"{top}/" if top not in ("", ".", "..") else ""
    return ""


def _entry_problem(entry: zipfile.ZipInfo, name: str, seen: dict[str, bytes]) -> TemplateProblem | None:
    shown = name[:80] or entry.filename[:80]
    if stat.S_ISLNK(entry.external_attr >> 16):
        return problem("symlink", shown)
    if not _NAME.fullmatch(name):
        return problem("bad_path", shown, path=entry.filename[:80])
    if entry.flag_bits & 0x1:
        return problem("encrypted", name)
    if name in seen:
        return problem("doubled", name)
    if entry.file_size > MAX_FILE:
        return problem("file_too_large", name, most=MAX_FILE)
    return None


def _texts(raw: dict[str, bytes], problems: list[TemplateProblem]) -> Found:
    files: dict[str, str] = {}
    for name, content in raw.items():
        if name not in (*REQUIRED, "README.md", "LICENSE.txt") and not name.endswith(".html.j2"):
            problems.append(problem("unknown_file", name, known=_KNOWN))
            continue
        try:
            files[name] = content.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError:
            problems.append(problem("not_text", name))
    known = {each.file for each in problems}
    problems += [problem("missing_file", name, path=name) for name in REQUIRED if name not in files and name not in known]
    return files, problems
