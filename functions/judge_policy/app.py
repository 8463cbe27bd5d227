"""May this ranking policy take the traffic of the one in place? Source: JudgementQueue (template.yaml)."""

from huichang import bootstrap
from huichang.observability import logger
from huichang.receiving import queue_handler


def work(body: str) -> None:
    """One message. Receiving it twice does no harm."""
    logger.info("judged a policy", extra=bootstrap.judge_policy()(body))


handler = queue_handler(work)
