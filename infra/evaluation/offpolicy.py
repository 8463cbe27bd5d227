"""The off-policy gate on files: a log, the log (or table) of the policy asked about, and how far each estimate is off."""

from __future__ import annotations

import gzip
import math
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, cast

from huichang.delivery.offpolicy.estimators import Name, log_interval
from huichang.delivery.offpolicy.logs import RepeatedRowError, read_log, read_target, row_of_key
from huichang.delivery.offpolicy.model import Estimate, Interval, Log, TargetPolicy
from huichang.delivery.offpolicy.verdicts import Judgement, judge
from huichang.delivery.offpolicy.weighting import Choice
from huichang.kernel.errors import InvalidInputError

SOURCES = {"given": "as given", "log": "shares of its log, controlled by its propensities", "frequencies": "shares of its log"}
_GZIP = b"\x1f\x8b"


def evaluate(
    log_path: Path, target_path: Path, *, margin: float = 0.0, weights: Choice = "auto", keep_repeated: bool = False
) -> dict[str, Any]:
    """What `huichang eval offpolicy --json` prints (docs/delivery.md). InvalidInputError names file and row."""
    began = time.perf_counter()
    log, target, on_policy = read_pair(log_path, target_path, keep_repeated=keep_repeated)
    said = judge(log, target, margin=margin, weights=weights)
    plain = said if said.weighting.used == "logged" else judge(log, target, margin=margin, weights="logged")
    truth = None if on_policy is None else (on_policy.mean, log_interval(on_policy))
    measured = (
        None if on_policy is None else {"mean": on_policy.mean, "interval_95": _pair(log_interval(on_policy)), "rows": on_policy.rows}
    )
    return {
        "log": {"file": log_path.name, **_described(log), "propensities_rounded_to_digits": log.rounded},
        "target": {
            "file": target_path.name,
            "probabilities": SOURCES[target.source],
            "rows": target.rows,
        },
        "on_policy": measured,
        "weights": said.weighting.model_dump(),
        "estimators": _estimators(said, truth),
        "estimators_with_logged_weights": None if plain is said else _estimators(plain, truth),
        "model_alone": {"value": said.model_alone, "relative_error": None if truth is None else _apart(said.model_alone, truth[0])},
        "diagnostics": said.diagnostics.model_dump(),
        "gate": said.model_dump(include={"verdict", "refused", "margin", "baseline", "reasons", "words", "needed"}),
        "seconds": round(time.perf_counter() - began, 2),
    }


def pairs(folder: Path) -> list[tuple[Path, Path]]:
    """Every pair of logs `<policy>__<campaign>__….csv[.gz]` of one campaign and different policies, both directions."""
    logs = [path for path in sorted(folder.glob("*.csv*")) if "item_context" not in path.name and path.name.count("__") >= 2]
    return [(a, b) for a in logs for b in logs if a != b and a.name.split("__")[1:] == b.name.split("__")[1:]]


def read_pair(log_path: Path, target_path: Path, *, keep_repeated: bool = False) -> tuple[Log, TargetPolicy, Log | None]:
    """The log, the policy asked about, and that policy's own log where its file is one."""
    with _told(log_path), _lines(log_path) as lines:
        log = read_log(lines, keep_repeated=keep_repeated)
    with _told(target_path), _lines(target_path) as lines:
        target, on_policy = read_target(lines, keep_repeated=keep_repeated)
    return log, target, on_policy


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Errors name the file; of a repeated row, which one it is."""
    try:
        yield
    except RepeatedRowError as error:
        with _lines(path) as lines:
            row = row_of_key(lines, error.key)
        raise _in_file(path, RepeatedRowError(error.key, row)) from error
    except InvalidInputError as error:
        raise _in_file(path, error) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InvalidInputError(
            f"{path}: the gzip file is damaged or cut off ({error})", where=str(path), code="damaged_file", mend="copy or download it again"
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{path}: not UTF-8 ({error.reason})", where=str(path), code="encoding", mend="save it as UTF-8") from error
    except OSError as error:
        raise InvalidInputError(
            f"{path}: {error.strerror or error}", where=str(path), code="file", mend="give a file that can be read"
        ) from error


def _in_file(path: Path, error: InvalidInputError) -> InvalidInputError:
    where = f"{path}: {error.where}" if error.where else str(path)
    return InvalidInputError(f"{path}: {error.message}", where=where, mend=error.mend, code=error.code)


@contextmanager
def _lines(path: Path) -> Iterator[TextIO]:
    with path.open("rb") as raw:
        packed = raw.read(2) == _GZIP
    with gzip.open(path, "rt", encoding="utf-8-sig") if packed else path.open(encoding="utf-8-sig") as stream:
        yield cast(TextIO, stream)


def _described(log: Log) -> dict[str, Any]:
    return {
        "rows": log.rows,
        "reward": log.reward,
        "mean": log.mean,
        "interval_95": _pair(log_interval(log)),
        "positions": len(log.contexts),
        "arms": len(log.arms),
    }


def _estimators(said: Judgement, truth: tuple[float, Interval] | None) -> dict[Name, dict[str, Any]]:
    return {name: _estimator(estimate, said.baseline, truth) for name, estimate in said.estimates.items()}


def _estimator(estimate: Estimate, baseline: float, truth: tuple[float, Interval] | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "value": estimate.value,
        "interval_95": _pair(estimate.interval),
        "standard_error": estimate.standard_error,
        "uplift": estimate.uplift,
        "uplift_interval_99": _pair(estimate.uplift_interval),
        "uplift_of_baseline": estimate.uplift / baseline if baseline else None,
    }
    if estimate.threshold is not None:
        found["threshold"] = estimate.threshold
    if truth is not None:
        mean, interval = truth
        ratio = _ratio(estimate, mean, interval)
        found |= {
            "relative_error": _apart(estimate.value, mean),
            "signed_relative_error": None if not mean else estimate.value / mean - 1,
            "signed_relative_error_interval_95": ratio,
            "on_policy_mean_in_interval": estimate.interval.holds(mean),
            "agrees": ratio is None or ratio[0] <= 0 <= ratio[1],
        }
    return found


def _ratio(estimate: Estimate, mean: float, interval: Interval) -> list[float] | None:
    """Of estimate ÷ on-policy mean - 1, both uncertain: MOVER on logarithms (Donner & Zou 2012). None without any reward."""
    if mean <= 0 or estimate.value <= 0:
        return None
    centre = math.log(estimate.value / mean)
    low, high = -1.0, estimate.interval.high / max(interval.low, 1e-300) - 1
    if estimate.interval.low > 0:
        low = math.exp(centre - math.hypot(math.log(estimate.value / estimate.interval.low), math.log(interval.high / mean))) - 1
    if interval.low > 0:
        high = math.exp(centre + math.hypot(math.log(estimate.interval.high / estimate.value), math.log(mean / interval.low))) - 1
    return [low, high]


def _apart(value: float, mean: float) -> float | None:
    return abs(value / mean - 1) if mean else None


def _pair(interval: Interval) -> list[float]:
    return [interval.low, interval.high]


def amount(value: float) -> str:
    """A rate as a percentage, a value as itself."""
    return f"{value:.4%}" if abs(value) <= 1 else f"{value:,.4g}"


def rows(result: Mapping[str, Any]) -> list[list[Any]]:
    """The table for people: estimator, value, interval, error, uplift."""
    made = []
    for name, found in result["estimators"].items():
        low, high = found["interval_95"]
        error = found.get("signed_relative_error")
        made.append(
            [
                name,
                amount(found["value"]),
                f"{amount(low)} … {amount(high)}",
                "" if error is None else f"{error:+.1%}",
                "" if found["uplift_of_baseline"] is None else f"{found['uplift_of_baseline']:+.1%}",
            ]
        )
    return made
