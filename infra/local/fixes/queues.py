"""SQS event sources: the batching window, and batches of more than ten.

AWS: with MaximumBatchingWindowInSeconds a mapping waits until the batch is full or the window is over, counted from
the first message, and a batch may then hold up to 10,000 messages. The emulator keeps the number, invokes at once,
and cuts at ten.

Tools may make trouble on the way (infra/local/queue_trouble.py); nothing does unless it is asked to.
"""

from __future__ import annotations

import time
from typing import Any

from ministack.services import lambda_svc
from ministack.services import sqs as sqs_service

from infra.local.fixes.guard import replace
from infra.local.queue_trouble import troublemaker

EXPECTED = {
    "services.lambda_svc:_poll_sqs": "e438a6a1e094",
    "services.lambda_svc:_run_sqs_batch": "f9bf630aabf3",
    "services.lambda_svc:_sqs_esm_concurrency": "d3e9d1e865aa",
    "services.lambda_svc:_poll_loop": "6a443090919a",
    "services.sqs:_receive_messages_for_esm": "f230dbcd4974",
    "services.sqs:_collect_msgs": "308a6eb1b3d4",
}

_original_concurrency = lambda_svc._sqs_esm_concurrency
# Mapping id -> when its first message of the coming batch was seen.
_window_opened: dict[str, float] = {}


def install() -> None:
    """Apply the fix."""
    replace("services.lambda_svc:_sqs_esm_concurrency", concurrency)
    replace("services.sqs:_receive_messages_for_esm", receive)


def receive(queue_url: str, batch_size: int) -> list[dict[str, Any]]:
    """Take up to `batch_size` messages, each invisible for the queue's visibility timeout."""
    with sqs_service._queues_lock:
        queue = sqs_service._get_q(queue_url)
        visibility = int(queue["attributes"].get("VisibilityTimeout", "30"))
        sqs_service._expire_retained(queue)
        sqs_service._dlq_sweep(queue)
        taken: list[dict[str, Any]] = sqs_service._collect_msgs(queue, max(1, int(batch_size)), visibility)
        return troublemaker.strike(queue_url.rsplit("/", 1)[-1], queue, taken)


def concurrency(esm: dict[str, Any], func: dict[str, Any], config: dict[str, Any], queue: Any = None) -> int:
    """How many batches may be in flight: none while the window is open. The poller asks before each receive."""
    window = float(esm.get("MaximumBatchingWindowInSeconds") or 0)
    if window > 0 and queue is not None and not _batch_is_due(esm, queue, window):
        return 0
    return int(_original_concurrency(esm, func, config, queue))


def _batch_is_due(esm: dict[str, Any], queue: dict[str, Any], window: float) -> bool:
    now = time.time()
    with sqs_service._queues_lock:
        visible = sum(1 for message in queue["messages"] if message.get("visible_at", 0) <= now)
    if visible == 0:
        _window_opened.pop(esm["UUID"], None)
        return True  # nothing to hold back
    opened = _window_opened.setdefault(esm["UUID"], now)
    if visible < int(esm.get("BatchSize", 10)) and now - opened < window:
        return False
    _window_opened.pop(esm["UUID"], None)
    return True
