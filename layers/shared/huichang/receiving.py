"""The wrapper of every function that a queue feeds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, cast

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from huichang.adapters.messaging import receive_again, send_again
from huichang.kernel.errors import ThrottledError, TransientError
from huichang.observability import Handler, logger, metrics


def queue_handler(work: Callable[[str], None]) -> Handler:
    """A handler for an SQS source with partial batch failures: `work` gets each message's body.

    A ThrottledError sends the message anew, for the moment it named: to wait for its turn is no failed receive. A TransientError
    puts the message back for a while that grows with its receive count. Any other error leaves it to the visibility timeout: it
    is a defect that a person must see, so after the queue's receive count it lands in the DLQ.
    """
    # Not raising on a full failure keeps the other side simple: Lambda reads batchItemFailures either way.
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    def record_handler(record: SQSRecord) -> None:
        try:
            work(record.body)
        except ThrottledError as error:
            logger.info("throttled: %s (%s), again in %.1f s", error.message, error.code, error.retry_after_seconds)
            send_again(record.event_source_arn, record.body, error.retry_after_seconds)
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


def batch_handler(work: Callable[[Sequence[str]], Collection[int]]) -> Handler:
    """The same for work that is done better together: `work` gets all bodies and returns the indices of those it cannot read.

    These are left to the visibility timeout, and so to the DLQ. A TransientError puts the whole batch back for a while; whatever of
    it was done is done again, so `work` must take repeats.
    """

    @logger.inject_lambda_context(clear_state=True)
    @metrics.log_metrics(capture_cold_start_metric=True)
    def handler(event: dict[str, Any], context: Any) -> Any:  # noqa: ARG001 - Lambda's two arguments
        records = [SQSRecord(record) for record in event["Records"]]
        failed: Collection[int]
        try:
            failed = work([record.body for record in records])
        except TransientError as error:
            failed = range(len(records))
            logger.warning("transient: %s (%s), %s messages again", error.message, error.code, len(records))
            for record in records:
                seconds = min(600, 10 * 2 ** (int(record.attributes.approximate_receive_count) - 1))
                receive_again(record.event_source_arn, record.receipt_handle, seconds)
        if failed and len(failed) < len(records):
            logger.error("%s messages cannot be read", len(failed))
        return {"batchItemFailures": [{"itemIdentifier": records[index].message_id} for index in failed]}

    return cast(Handler, handler)
