"""A theme becomes text to embed and words to search, each word checked against the catalogue before it is believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huichang.kernel.language import Language
from huichang.kernel.models import CallContext, ChatModel
from huichang.prompts import render
from huichang.selection.eligibility import eligibility
from huichang.selection.evidence import languages_of
from huichang.selection.index import ProductIndex
from huichang.selection.model import Eligibility
from huichang.selection.product_words import ProductWords, speaks
from huichang.selection.words import by_language, clean, clean_words, english_words, fold, han_runs, without_generic
from huichang.themes.model import CampaignBrief, DroppedWord, Expansion, ExpansionAnswer, Theme

MAX_WORDS = 40
MAX_CATEGORIES = 80
_SENT = {"name", "slogan", "industry", "kind", "keywords", "subthemes", "text", "reason"}
_TEXT = 2000
_SAMPLE = 200
# A word that this share of the best sellers speak of separates nothing: it stands for the shop.
_EVERYTHING = 0.4
_ENOUGH_SAMPLE = 40


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
                "theme": theme.model_dump(
                    mode="json", include={"name", "slogan", "industry", "kind", "keywords", "subthemes", "text", "reason"}
                ),
                "idea": brief.idea,
                "subjects": list(brief.subjects),
                "audience": brief.audience,
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
    dropped: list[DroppedWord] = []
    for language in answered:
        # Keywords in a language without translations stay: a brand or a loan word may still be found by them.
        found = [*own.get(language, ()), *(answered[language] if language in languages else ())]
        kept: list[str] = []
        for word in clean_words(found, limit=MAX_WORDS):
            why = "" if word in theme.keywords else _unusable(word, language, theme)
            if why:
                dropped.append(DroppedWord.model_validate({"word": word, "why": why}))
            else:
                kept.append(word)
        if kept:
            words[language] = tuple(kept)
    offered = set(categories)
    return Expansion(
        text=_spoken(clean(answer.text, _TEXT) or " ".join((theme.name, *theme.keywords)), words, languages),
        words=words,
        categories=tuple(dict.fromkeys(category for category in answer.categories if category in offered)),
        dropped=tuple(dropped),
    )


def _unusable(word: str, language: Language, theme: Theme) -> str:
    """Why a word is not searched: "" where it is. A banner's name finds what happens to share its letters."""
    if fold(word) in (fold(theme.name), fold(theme.slogan)) and not any(fold(keyword) in fold(word) for keyword in theme.keywords):
        return "marketing"
    if not without_generic(word):
        return "generic"
    return "language" if language == "en" and not english_words(word) else ""


def _spoken(text: str, words: Mapping[Language, Sequence[str]], languages: Sequence[Language]) -> str:
    """The text with words in each language of the catalogue: what is embedded must be near products in all of them."""
    for language in languages:
        said = bool(han_runs(text)) if language == "zh" else bool([word for word in english_words(text) if len(word) > 1])
        if not said and words.get(language):
            text = f"{text}\n{('、' if language == 'zh' else ', ').join(words[language][:12])}"
    return text[:_TEXT]


class Expander:
    """`expand` with the languages and categories looked up in the index, and the words checked against it."""

    def __init__(self, chat: ChatModel, index: ProductIndex) -> None:
        self._chat = chat
        self._index = index

    def expand(self, theme: Theme, brief: CampaignBrief, venue_id: str = "") -> Expansion:
        """Return the expansion of a venue's theme. Raises what the model and the index raise."""
        where = eligibility(brief)
        found = expand(
            theme,
            brief,
            languages_of(self._index, where),
            self._categories(theme, where),
            self._chat,
            venue_id=venue_id,
        )
        return self._checked(found, where)

    def _checked(self, expansion: Expansion, where: Eligibility) -> Expansion:
        """Without words that no product speaks of, and without words that all of them do; both are told.

        A catalogue that knows none of the words keeps them all: then it is the catalogue that is the news, and an empty
        query would hide it. Cost: one search for one hit for each word, one filter and one get.
        """
        sample = self._index.get([hit.product_id for hit in self._index.filter(where, _SAMPLE)])
        shop = [ProductWords(product) for product in sample.values()]
        kept: dict[Language, tuple[str, ...]] = {}
        dropped = list(expansion.dropped)
        for language, words in expansion.words.items():
            good: list[str] = []
            for word in words:
                if not self._index.search({language: (word,)}, where, 1):
                    dropped.append(DroppedWord(word=word, why="nothing"))
                elif len(shop) >= _ENOUGH_SAMPLE and sum(speaks(product, word) for product in shop) > _EVERYTHING * len(shop):
                    dropped.append(DroppedWord(word=word, why="everything"))
                else:
                    good.append(word)
            if good:
                kept[language] = tuple(good)
        return expansion.model_copy(update={"words": kept, "dropped": tuple(dropped)}) if kept else expansion

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
