"""Logs, traces, metrics, and the one wrapper of every handler.

The vendor stays behind this file: AWS X-Ray's SDK ends in February 2027, and then only this file changes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from huichang.kernel.errors import PermanentError, ThrottledError, TransientError

logger = Logger()
metrics = Metrics()
_tracer: Tracer | None = None

Handler = Callable[[dict[str, Any], Any], Any]


def tracer() -> Tracer:
    """The process's tracer, made at first use: it looks at its surroundings when made."""
    global _tracer
    if _tracer is None:
        _tracer = Tracer()
    return _tracer


def count(name: str, number: int = 1) -> None:
    """Add to a metric of the product."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)


def step_handler(handler: Handler) -> Handler:
    """Wrap a Step Functions task: ids on every log line, and only TransientError, ThrottledError or PermanentError leave.

    Step Functions matches class names, so narrower classes are turned into the one of the three that they are.
    """

    @functools.wraps(handler)
    @logger.inject_lambda_context(clear_state=True)
    @metrics.log_metrics(capture_cold_start_metric=True)
    def wrapped(event: dict[str, Any], context: Any) -> Any:
        logger.append_keys(**{key: event[key] for key in ("campaign_id", "venue_id", "run", "round") if key in event})
        try:
            return handler(event, context)
        except ThrottledError as error:
            logger.info("throttled: %s (%s)", error.message, error.code)
            raise ThrottledError(
                error.message, retry_after=error.retry_after_seconds, where=error.where, mend=error.mend, code=error.code
            ) from error
        except TransientError as error:
            logger.warning("transient: %s (%s)", error.message, error.code)
            raise TransientError(error.message, where=error.where, mend=error.mend, code=error.code) from error
        except PermanentError as error:
            logger.error("permanent: %s (%s)", error.message, error.code)
            raise PermanentError(error.message, where=error.where, mend=error.mend, code=error.code) from error
        except Exception as error:
            # A defect of ours. Under its own class name Step Functions would not know it, and retrying cannot help.
            logger.exception("defect")
            raise PermanentError(f"{type(error).__name__}: {error}"[:500], code="defect") from error

    return wrapped


def http_handler(handler: Handler) -> Handler:
    """Wrap an HTTP function."""

    @functools.wraps(handler)
    @logger.inject_lambda_context(clear_state=True)
    @metrics.log_metrics(capture_cold_start_metric=True)
    def wrapped(event: dict[str, Any], context: Any) -> Any:
        return handler(event, context)

    return wrapped
