"""`huichang templates`: a package is checked here as an upload checks it, and everything an upload can become is a command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Cli
from tests.support.memory_templates import a_package, zipped


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def folder(tmp_path: Path, **how: Any) -> str:
    package = tmp_path / "lantern"
    package.mkdir(exist_ok=True)
    for name, text in a_package(**how).items():
        (package / name).write_text(text, encoding="utf-8")
    return str(package)


def test_a_folder_and_a_zip_are_checked_alike_and_every_problem_is_told(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(zipped(a_package()))
    by_folder, by_zip = cli("templates", "check", folder(tmp_path), "--json"), cli("templates", "check", str(tmp_path / "p.zip"), "--json")
    assert by_folder.code == 0
    assert by_folder.json == by_zip.json
    bad = folder(tmp_path, replace={"page.html.j2": ("<main", "<script>1</script><b onclick=x>\n<main")})
    ran = cli("templates", "check", bad)
    assert ran.code == 1
    assert "page.html.j2:17: it holds a script  含有脚本" in ran.out
    assert "onclick" in ran.out
    assert [each["code"] for each in cli("templates", "check", bad, "--json").json["problems"]] == ["script", "handler"]
    assert cli("templates", "check", str(tmp_path / "nowhere")).code == 2


def test_a_package_is_uploaded_published_tagged_and_deprecated(cli: Cli, tmp_path: Path) -> None:
    package = folder(tmp_path)
    assert cli("templates", "upload", package, role="designer").out == "lantern v1 is draft\n"
    assert cli("templates", "publish", "lantern", "--version", "1", "--json", role="designer").json["state"] == "published"
    assert cli("templates", "tag", "lantern@1", "--add", "sale", "--remove", "test", role="designer").out == "lantern@1: festival, sale\n"
    assert cli("templates", "tag", "lantern", "--add", "sale", role="designer").code == 2
    listed = cli("templates", "list", role="operator")
    assert "lantern" in listed.out
    assert cli("templates", "preview", "lantern", role="operator").out.startswith("http")
    assert cli("templates", "deprecate", "lantern", "--version", "1", role="designer").out == "lantern v1 is deprecated\n"
    assert cli("templates", "list", "--json", role="operator").json["chosen"].keys() >= {"festival"}
    assert cli("templates", "deprecate", "lantern", "--version", "1", role="operator").code == 4


def test_what_the_api_refuses_is_told_problem_by_problem(cli: Cli, tmp_path: Path) -> None:
    bad = folder(tmp_path, replace={"page.html.j2": ("<main", "<script>1</script>\n<main")})
    ran = cli("templates", "upload", bad, role="designer")
    assert ran.code == 1
    assert "page.html.j2:17: it holds a script" in ran.out
    assert cli("templates", "migrate", "festival", "v-404", "--version", "1", role="operator").code == 2
