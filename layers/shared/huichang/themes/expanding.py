"""A theme becomes text to embed and words to search."""

from __future__ import annotations

from collections.abc import Sequence

from huichang.kernel.language import Language
from huichang.kernel.models import CallContext, ChatModel
from huichang.prompts import render
from huichang.selection.evidence import languages_of
from huichang.selection.index import ProductIndex
from huichang.selection.model import Eligibility
from huichang.selection.words import by_language, clean, clean_words, without_generic
from huichang.themes.model import CampaignBrief, Expansion, ExpansionAnswer, Theme

MAX_WORDS = 40
MAX_CATEGORIES = 80


def expand(
    theme: Theme,
    brief: CampaignBrief,
    languages: Sequence[Language],
    categories: Sequence[str],
    chat: ChatModel,
    *,
    venue_id: str = "",
) -> Expansion:
    """Ask once and keep only what is usable: offered categories, clean words, the theme's own keywords always first.

    `languages`: those the catalogue has words in; `categories`: leaf categories that may be answered. Raises what the
    model raises.
    """
    answer = chat.ask(
        render(
            "expand_theme",
            {
                "theme": theme.model_dump(mode="json", exclude={"stock_depth", "trend_ids"}),
                "idea": brief.idea,
                "subjects": list(brief.subjects),
                "languages": list(languages),
                "categories": list(categories),
            },
        ),
        ExpansionAnswer,
        CallContext(campaign_id=brief.campaign_id, venue_id=venue_id, purpose="expand_theme"),
    )
    own = by_language(theme.keywords)
    answered: dict[Language, tuple[str, ...]] = {"zh": answer.words_zh, "en": answer.words_en}
    words: dict[Language, tuple[str, ...]] = {}
    for language in answered:
        # Keywords in a language without translations stay: a brand or a loan word may still be found by them.
        found = [*own.get(language, ()), *(answered[language] if language in languages else ())]
        kept = [word for word in clean_words(found, limit=MAX_WORDS) if word in theme.keywords or without_generic(word)]
        if kept:
            words[language] = tuple(kept)
    offered = set(categories)
    return Expansion(
        text=clean(answer.text, 2000) or " ".join((theme.name, *theme.keywords)),
        words=words,
        categories=tuple(dict.fromkeys(category for category in answer.categories if category in offered)),
    )


class Expander:
    """`expand` with the languages and categories looked up in the index."""

    def __init__(self, chat: ChatModel, index: ProductIndex) -> None:
        self._chat = chat
        self._index = index

    def expand(self, theme: Theme, brief: CampaignBrief, venue_id: str = "") -> Expansion:
        """Return the expansion of a venue's theme. Raises what the model and the index raise."""
        where = Eligibility(catalogue=brief.catalogue)
        return expand(
            theme,
            brief,
            languages_of(self._index, where),
            self._categories(theme, where),
            self._chat,
            venue_id=venue_id,
        )

    def _categories(self, theme: Theme, where: Eligibility) -> list[str]:
        """Shelves where the theme's words are found first, then those of its industry."""
        found: list[str] = []
        hits = self._index.search(by_language(theme.keywords), where, 200)
        if hits:
            ids = tuple(hit.product_id for hit in hits)
            among = where.model_copy(update={"product_ids": ids})
            found += [facet.value for facet in self._index.facet("leaf_category", among, 40)]
        if theme.industry:
            within = where.model_copy(update={"industries": (theme.industry,)})
            found += [facet.value for facet in self._index.facet("leaf_category", within, 60)]
        return list(dict.fromkeys(found))[:MAX_CATEGORIES]
