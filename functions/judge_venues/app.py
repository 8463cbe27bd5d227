"""Judge venues, and take out who is proven weak. Source: JudgingQueue (template.yaml): a tick every ten minutes, then placements."""

from huichang import bootstrap
from huichang.observability import count, logger
from huichang.receiving import queue_handler


def work(body: str) -> None:
    """One message. Receiving it twice does no harm."""
    looked = bootstrap.judge_venues()(body)
    if looked is None:
        return
    logger.info("judged", extra=looked.model_dump(mode="json"))
    count("placements_judged")
    count("venues_judged", looked.judged)
    count("venues_eliminated", len(looked.eliminated))
    count("venues_kept_for_want_of_others", len(looked.kept))


handler = queue_handler(work)
