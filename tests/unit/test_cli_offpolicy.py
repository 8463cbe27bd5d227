"""`huichang eval offpolicy`: files in, one JSON value out; whatever is wrong with them is named with its row."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest

from infra.evaluation.offpolicy import pairs
from tests.support.cli import Cli

HEAD = ",timestamp,item_id,position,click,propensity_score,user_feature_0,user-item_affinity_0\n"


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def rows_of(chances: dict[str, float], rows: int, seed: int) -> str:
    rng = random.Random(seed)
    made = []
    for i in range(rows):
        item = rng.choices(list(chances), list(chances.values()))[0]
        click = int(rng.random() < {"0": 0.2, "1": 0.05, "2": 0.1}[item])
        made.append(f"{i},2019-11-24 00:00:{i},{item},{1 + i % 3},{click},{chances[item]},u,0.0\n")
    return "".join(made)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    log, target = tmp_path / "random__x__x.csv.gz", tmp_path / "bts__x__x.csv.gz"
    log.write_bytes(gzip.compress((HEAD + rows_of({"0": 0.4, "1": 0.3, "2": 0.3}, 3000, 1)).encode()))
    target.write_bytes(gzip.compress((HEAD + rows_of({"0": 0.8, "1": 0.1, "2": 0.1}, 2000, 2)).encode()))
    return log, target


def test_a_log_and_a_target_become_estimates_and_a_verdict(cli: Cli, files: tuple[Path, Path]) -> None:
    log, target = files
    ran = cli("eval", "offpolicy", "--log", str(log), "--target", str(target), "--json")
    said = json.loads(ran.out)
    assert ran.code == 0
    assert list(said["estimators"]) == ["ips", "snips", "dr", "switch"]
    for found in said["estimators"].values():
        low, high = found["interval_95"]
        assert low < 0.175 < high
        assert found["relative_error"] == pytest.approx(abs(found["value"] / said["on_policy"]["mean"] - 1))
        assert found["agrees"]
    assert said["gate"]["verdict"] == "ship"
    assert set(said["gate"]["words"]) == {"zh", "en"}
    assert said["weights"]["used"] == "logged"
    assert said["diagnostics"]["support"]["missing"] == 0


def test_the_targets_clicks_are_not_used(cli: Cli, files: tuple[Path, Path]) -> None:
    log, target = files
    before = json.loads(cli("eval", "offpolicy", "--log", str(log), "--target", str(target), "--json").out)
    text = gzip.decompress(target.read_bytes()).decode().splitlines()
    flipped = [text[0], *(",".join([*f[:4], "0", *f[5:]]) for f in (line.split(",") for line in text[1:]))]
    target.write_bytes(gzip.compress("\n".join(flipped).encode()))
    after = json.loads(cli("eval", "offpolicy", "--log", str(log), "--target", str(target), "--json").out)
    assert after["on_policy"]["mean"] == 0
    for name, found in before["estimators"].items():
        assert after["estimators"][name]["value"] == found["value"]
        assert after["estimators"][name]["interval_95"] == found["interval_95"]
        assert after["estimators"][name]["relative_error"] is None
    assert after["gate"] == before["gate"]


def test_people_read_a_table_and_both_languages(cli: Cli, files: tuple[Path, Path]) -> None:
    log, target = files
    ran = cli("eval", "offpolicy", "--log", str(log), "--target", str(target))
    assert ran.code == 0
    assert "3,000 rows" in ran.out
    assert "可以上线" in ran.out
    assert "Ship." in ran.out


def test_a_policy_that_never_ran_is_given_as_a_table(cli: Cli, files: tuple[Path, Path], tmp_path: Path) -> None:
    table = tmp_path / "new.csv"
    table.write_text("item_id,position,probability\n" + "".join(f"{i},{p},{c}\n" for p in (1, 2, 3) for i, c in (("0", 0.9), ("7", 0.1))))
    ran = cli("eval", "offpolicy", "--log", str(files[0]), "--target", str(table), "--json")
    said = json.loads(ran.out)
    assert (ran.code, said["on_policy"], said["gate"]["refused"]) == (0, None, True)
    assert said["gate"]["reasons"][0]["code"] == "no_support"


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "empty_log", "the file is empty"),
        (HEAD.encode(), "empty_log", "no rows"),
        (b"item_id,click\n1,0\n", "columns", "no position, propensity_score"),
        (gzip.compress((HEAD + "0,t,1,1,0,0.5,u,0\n" * 400).encode())[:-30], "damaged_file", "damaged or cut off"),
        (b"\x1f\x8bnot gzip at all", "damaged_file", "damaged or cut off"),
        ((HEAD + "0,t,1,1,0,0,u,0\n").encode(), "propensity", "row 1: the propensity is 0"),
        ((HEAD + "0,t,1,1,0,0.5,u,0\n1,t,1,1,0,0.5,u,0\n").encode(), "repeated_row", "row 2: the same row"),
        ((HEAD + "0,t,1,1,0,0.5,\xff,0\n").encode("latin-1"), "encoding", "not UTF-8"),
        ((HEAD + "0,t,1,4,0,0.5,u,0\n").encode(), "unknown_position", "position 4"),
    ],
)
def test_a_bad_file_is_a_problem_with_file_row_and_mend(
    cli: Cli, files: tuple[Path, Path], tmp_path: Path, content: bytes, code: str, words: str
) -> None:
    bad = tmp_path / "bad.csv.gz"
    bad.write_bytes(content)
    ran = cli("eval", "offpolicy", "--log", str(bad), "--target", str(files[1]), "--json")
    problem = json.loads(ran.out)
    assert ran.code == 2
    assert problem["code"] == code
    assert words in problem["detail"]
    assert problem["mend"]
    assert "bad.csv.gz" in problem["where"] or code == "unknown_position"


def test_a_file_that_is_not_there(cli: Cli, files: tuple[Path, Path]) -> None:
    ran = cli("eval", "offpolicy", "--log", "nowhere.csv", "--target", str(files[1]), "--json")
    assert (ran.code, json.loads(ran.out)["code"]) == (2, "file")


def test_repeated_rows_are_kept_when_that_is_meant(cli: Cli, files: tuple[Path, Path], tmp_path: Path) -> None:
    text = gzip.decompress(files[0].read_bytes()).decode().splitlines(keepends=True)
    twice = tmp_path / "twice.csv"
    twice.write_text("".join(text + text[1:]))
    ran = cli("eval", "offpolicy", "--log", str(twice), "--target", str(files[1]), "--repeated", "keep", "--json")
    assert (ran.code, json.loads(ran.out)["log"]["rows"]) == (0, 6000)
    assert cli("eval", "offpolicy", "--log", str(twice), "--target", str(files[1])).code == 2


@pytest.mark.parametrize("options", [("--weights", "mine"), ("--repeated", "drop"), ("--margin", "-2")])
def test_unknown_options_are_told(cli: Cli, files: tuple[Path, Path], options: tuple[str, str]) -> None:
    assert cli("eval", "offpolicy", "--log", str(files[0]), "--target", str(files[1]), *options).code == 2


def test_pairs_of_a_folder_go_both_ways(files: tuple[Path, Path]) -> None:
    log, target = files
    (log.parent / "bts__x__item_context.csv.gz").write_bytes(b"")
    (log.parent / "random__y__y.csv.gz").write_bytes(b"")
    assert pairs(log.parent) == [(target, log), (log, target)]
