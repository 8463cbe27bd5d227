"""Logs, traces, metrics, and the one wrapper of every handler.

The vendor stays behind this file: AWS X-Ray's SDK ends in February 2027, and then only this file changes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, cast

from aws_lambda_powertools import Logger, Metrics, Tracer

from huichang.kernel.errors import PermanentError, TransientError

logger = Logger()
metrics = Metrics()
_tracer: Tracer | None = None

Handler = Callable[[dict[str, Any], Any], Any]


def tracer() -> Tracer:
    """The process's tracer, made at first use: it looks at its surroundings when made."""
    global _tracer  # noqa: PLW0603
    if _tracer is None:
        _tracer = Tracer()
    return _tracer


def step_handler(handler: Handler) -> Handler:
    """Wrap a Step Functions task: ids on every log line, and only TransientError or PermanentError leave.

    Step Functions matches class names, so narrower classes are turned into the one of the two that they are.
    """

    @functools.wraps(handler)
    @logger.inject_lambda_context(clear_state=True)
    @metrics.log_metrics(capture_cold_start_metric=True)
    def wrapped(event: dict[str, Any], context: Any) -> Any:
        logger.append_keys(**{key: event[key] for key in ("campaign_id", "venue_id", "run", "round") if key in event})
        try:
            return handler(event, context)
        except TransientError as error:
            logger.warning("transient: %s (%s)", error.message, error.code)
            raise TransientError(error.message, where=error.where, mend=error.mend, code=error.code) from error
        except PermanentError as error:
            logger.error("permanent: %s (%s)", error.message, error.code)
            raise PermanentError(error.message, where=error.where, mend=error.mend, code=error.code) from error

    return wrapped


def http_handler(handler: Handler) -> Handler:
    """Wrap an HTTP function."""

    @functools.wraps(handler)
    @logger.inject_lambda_context(clear_state=True)
    @metrics.log_metrics(capture_cold_start_metric=True)
    def wrapped(event: dict[str, Any], context: Any) -> Any:
        return handler(event, context)

    return wrapped


def queue_handler(work: Callable[[str], None]) -> Handler:
    """A handler for an SQS source with partial batch failures: `work` gets each message's body.

    A TransientError puts the message back for a while that grows with its receive count. Any other error leaves it to the
    visibility timeout: it is a defect that a person must see, so after the queue's receive count it lands in the DLQ.
    """
    from huichang.adapters.messaging import receive_again
    from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

    # Not raising on a full failure keeps the other side simple: Lambda reads batchItemFailures either way.
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    def record_handler(record: SQSRecord) -> None:
        try:
            work(record.body)
        except TransientError as error:
            seconds = min(600, 10 * 2 ** (int(record.attributes.approximate_receive_count) - 1))
            logger.warning("transient: %s (%s), again in %s s", error.message, error.code, seconds)
            receive_again(record.event_source_arn, record.receipt_handle, seconds)
            raise

    @logger.inject_lambda_context(clear_state=True)
    @metrics.log_metrics(capture_cold_start_metric=True)
    def handler(event: dict[str, Any], context: Any) -> Any:
        return process_partial_response(event, record_handler=record_handler, processor=processor, context=context)

    return cast(Handler, handler)
