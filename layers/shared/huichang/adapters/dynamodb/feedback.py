"""FeedbackStore on the state table."""

from __future__ import annotations

from huichang.adapters.dynamodb.table import Item, Table, body_of
from huichang.kernel.errors import NotFoundError
from huichang.materials.feedback import Feedback, FeedbackPage


class DynamoFeedback:
    """pk VENUE#<id>, sk FEEDBACK#<id>; all on gsi2 FEEDBACK by the time of the rejection."""

    def __init__(self, table: Table) -> None:
        self._table = table

    @staticmethod
    def _key(feedback: Feedback) -> str:
        return f"{feedback.rejected_at}#{feedback.feedback_id}"

    def _item(self, feedback: Feedback) -> Item:
        return {
            "pk": f"VENUE#{feedback.venue_id}",
            "sk": f"FEEDBACK#{feedback.feedback_id}",
            "gsi2pk": "FEEDBACK",
            "gsi2sk": self._key(feedback),
            "body": feedback.model_dump_json(),
        }

    def create(self, feedback: Feedback) -> bool:
        """See FeedbackStore."""
        return self._table.put_new(self._item(feedback))

    def exists(self, venue_id: str, feedback_id: str) -> bool:
        """See FeedbackStore."""
        return self._table.get(f"VENUE#{venue_id}", f"FEEDBACK#{feedback_id}") is not None

    def of_venue(self, venue_id: str) -> list[Feedback]:
        """See FeedbackStore."""
        return [body_of(item, Feedback) for item in self._table.query(f"VENUE#{venue_id}", prefix="FEEDBACK#")]

    def accept(self, feedback: Feedback) -> bool:
        """See FeedbackStore."""
        won = False

        def edit(item: Item) -> Item:
            nonlocal won
            stored = body_of(item, Feedback)
            won = stored.accepted is None
            if not won:
                return item
            said = {name: getattr(feedback, name) for name in ("accepted", "accepted_by", "accepted_at")}
            return item | self._item(stored.model_copy(update=said))

        try:
            self._table.change(f"VENUE#{feedback.venue_id}", f"FEEDBACK#{feedback.feedback_id}", edit)
        except NotFoundError as error:
            raise NotFoundError(f"there is no feedback {feedback.feedback_id}", where="feedback_id") from error
        return won

    def page(self, *, cursor: str = "", limit: int = 50) -> FeedbackPage:
        """See FeedbackStore."""
        items = list(self._table.query("FEEDBACK", index="gsi2", newest_first=True, before=cursor, limit=limit + 1))
        found = tuple(body_of(item, Feedback) for item in items[:limit])
        return FeedbackPage(entries=found, next=self._key(found[-1]) if len(items) > limit else "")
