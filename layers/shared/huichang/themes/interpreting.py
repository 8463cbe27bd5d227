"""One sentence becomes a brief: what was sent is checked before it is stored, an answer before it is believed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from huichang.kernel.clock import Clock, SystemClock
from huichang.kernel.errors import InvalidInputError, PermanentError
from huichang.kernel.language import Language, detect_language
from huichang.kernel.models import CallContext, ChatModel
from huichang.prompts import render
from huichang.selection.words import (
    IndustryEntry,
    clean,
    clean_words,
    english_words,
    fold,
    han_runs,
    say,
    without_generic,
)
from huichang.themes.leftovers import leftovers
from huichang.themes.model import MAX_SENTENCE, MAX_VENUES, BriefAnswer, CampaignBrief, CampaignRequest, Window
from huichang.themes.windows import find_window

PROMOTION_NAME = CATALOGUE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
# Function words of languages written like English: two of them, and more than English ones, and it is not English.
_FOREIGN = frozenset(
    """
    der die das und für ein eine einen mit ist nicht wir ich bitte erstelle von zum zur auf
    le la les des une un du et pour avec est dans sur nous je crée créer moi
    el los las una para con por del que y en crear haz
    il lo gli e di per con che crea uno
    um uma os as com não criar do da
    een het voor met van niet maak
    och att för med inte skapa ett
    bir ve için ile yap
    và cho của một tạo
    untuk dan yang dengan buat
    dla i na z jest stwórz
    """.split()  # noqa: SIM905 - one line per language reads better than a list
)
_ENGLISH = frozenset(
    """
    a an the and or for of in on with to by from me my our us please make create build generate venue promotion
    promote sale under over below above less more than at least most that all new best cheap free shipping is are want
    need some
    """.split()  # noqa: SIM905
)


def check_request(request: CampaignRequest, industries: Sequence[IndustryEntry]) -> None:
    """Refuse what can never become a campaign, before anything is stored.

    Raises InvalidInputError with `where` (the field) and `mend`: a sentence that is empty, without words, over 500
    characters or in neither Chinese nor English; an industry that does not exist; a number of venues outside 1..200; a
    malformed catalogue name.
    """
    sentence = request.sentence.strip()
    if not sentence:
        raise InvalidInputError(
            "the sentence is empty",
            where="sentence",
            mend="say what to promote, for example: 帮我生成一个熊猫玩偶会场",
            code="sentence_empty",
        )
    if len(request.sentence) > MAX_SENTENCE:
        raise InvalidInputError(
            f"the sentence has {len(request.sentence)} characters; at most {MAX_SENTENCE} are allowed",
            where="sentence",
            mend="keep the goods, the buyers and the conditions; leave the rest out",
            code="sentence_too_long",
        )
    _check_language(sentence)
    codes = [industry.code for industry in industries]
    if request.industry is not None and request.industry not in codes:
        raise InvalidInputError(
            f"there is no industry {clean(request.industry, 60)!r}",
            where="industry",
            mend=f"use one of: {', '.join(codes)} - or leave it out",
            code="industry_unknown",
        )
    if request.venues is not None and not 1 <= request.venues <= MAX_VENUES:
        raise InvalidInputError(
            f"{request.venues} venues are not possible",
            where="venues",
            mend=f"ask for 1 to {MAX_VENUES} venues, or leave the number out",
            code="venues_out_of_range",
        )
    if request.catalogue is not None and not CATALOGUE_NAME.fullmatch(request.catalogue):
        raise InvalidInputError(
            f"{clean(request.catalogue, 60)!r} is no name of a catalogue",
            where="catalogue",
            mend="use lower-case letters, digits, - and _, as in the import; or leave it out for all products",
            code="catalogue_malformed",
        )
    if request.promotion is not None and not PROMOTION_NAME.fullmatch(request.promotion):
        raise InvalidInputError(
            f"{clean(request.promotion, 60)!r} is no name of a promotion",
            where="promotion",
            mend="use lower-case letters, digits, - and _, as in the merchants' enrolments; or leave it out for all products",
            code="promotion_malformed",
        )


def _check_language(sentence: str) -> None:
    scripts = [_script(char) for char in sentence if unicodedata.category(char).startswith("L")]
    other = sum(script == "other" for script in scripts)
    # Kana or Hangul beside Han characters: Japanese or Korean, not Chinese with a foreign brand name in it.
    if scripts and other / len(scripts) > 0.2:
        raise _foreign(sentence)
    language = detect_language(sentence)
    if language is None and not any(script == "han" for script in scripts):
        raise InvalidInputError(
            "the sentence holds no words",
            where="sentence",
            mend="say in Chinese or English which goods to promote",
            code="sentence_without_words",
        )
    if language == "en":
        words = re.findall(r"[^\W\d_]+", sentence.lower())
        foreign = sum(word in _FOREIGN and word not in _ENGLISH for word in words)
        marked = sum(any(ord(char) > 127 and char.isalpha() for char in word) for word in words)
        if foreign + marked >= 2 and foreign + marked > sum(word in _ENGLISH for word in words):
            raise _foreign(sentence)


def _script(char: str) -> str:
    name = unicodedata.name(char, "")
    if name.startswith("CJK"):
        return "han"
    return "latin" if "LATIN" in name else "other"


def _foreign(sentence: str) -> InvalidInputError:
    return InvalidInputError(
        f"the sentence is in neither Chinese nor English: {clean(sentence, 40)!r}",
        where="sentence",
        mend="write it in Chinese or English",
        code="sentence_language",
    )


class Interpreter:
    """Turns a checked request into a brief with one model call."""

    def __init__(self, chat: ChatModel, industries: Sequence[IndustryEntry], clock: Clock | None = None) -> None:
        self._chat = chat
        self._industries = industries
        self._clock = clock or SystemClock()

    def interpret(self, request: CampaignRequest, campaign_id: str, *, offline: bool = False) -> CampaignBrief:
        """Return the brief. The sentence is data: whatever it orders, only goods, limits and a number come out of it.

        Raises InvalidInputError as `check_request` does (and for a sentence that asks for 0 venues), PermanentError if
        no goods are named, and what the model raises.
        """
        check_request(request, self._industries)
        sentence = request.sentence.strip()
        answer = self._chat.ask(
            render("interpret_brief", self._data(request, sentence)),
            BriefAnswer,
            CallContext(campaign_id=campaign_id, purpose="interpret_brief"),
        )
        language = self._language(request, sentence, answer)
        constraints = _verbatim(answer.constraints, sentence)
        subjects = _subjects(answer.subjects, constraints)
        # Without goods there is still something to plan where a signal ("what rises") or an industry says where to look, or a
        # condition ("9.9包邮") which goods: whether there is a condition in it, planning finds out with the indicators at hand.
        if not subjects and not answer.signal and not request.industry and not constraints:
            raise no_subject(language)
        window, unread = self._window(answer.window, sentence)
        audience, tone = clean(answer.audience, 100), clean(answer.tone, 100)
        said = (*subjects, *answer.subjects, *constraints, audience, tone, window.said if window else "", answer.idea)
        unclear = (*unread, *(phrase for phrase in leftovers(sentence, said) if phrase not in unread))
        return CampaignBrief(
            campaign_id=campaign_id,
            sentence=sentence,
            language=language,
            idea=clean(answer.idea, 300) or (subjects[0] if subjects else clean(sentence, 60)),
            industries=self._known(request, answer),
            subjects=subjects,
            constraints=constraints,
            audience=audience,
            tone=tone,
            venues=_venues(request, answer, language),
            catalogue=request.catalogue,
            promotion=request.promotion,
            offline=offline,
            window=window,
            signal=answer.signal,
            unclear=tuple(clean(phrase, 60) for phrase in unclear)[:10],
        )

    def _window(self, phrase: str, sentence: str) -> tuple[Window | None, tuple[str, ...]]:
        """The days the sentence speaks of; a phrase that a model took for days and that names none is told as unclear."""
        today = self._clock.now().date()
        pointed = _verbatim((phrase,), sentence)
        window = find_window(pointed[0], today) if pointed else None
        window = window or find_window(sentence, today)
        return window, () if window or not pointed else pointed

    def _data(self, request: CampaignRequest, sentence: str) -> dict[str, object]:
        return {
            "sentence": sentence,
            "industries": [{"code": entry.code, "zh": entry.zh, "en": entry.en, "words": list(entry.words)} for entry in self._industries],
            "industry_hint": request.industry,
            "today": self._clock.now().date().isoformat(),
        }

    def _language(self, request: CampaignRequest, sentence: str, answer: BriefAnswer) -> Language:
        if request.language is not None:
            return request.language
        written = {"zh": bool(han_runs(sentence)), "en": bool(re.search(r"[A-Za-z]{2,}", sentence))}
        if written.get(answer.language):
            return answer.language
        return detect_language(sentence) or "zh"

    def _known(self, request: CampaignRequest, answer: BriefAnswer) -> tuple[str, ...]:
        codes = {entry.code for entry in self._industries}
        wanted = ([request.industry] if request.industry else []) + [code for code in answer.industries if code in codes]
        return tuple(dict.fromkeys(wanted))


def no_subject(language: Language) -> PermanentError:
    """What an operator is told whose sentence names neither goods nor conditions."""
    return PermanentError(
        say(language, "这句话里没有说要推广什么商品", "the sentence does not say which goods to promote"),
        where="sentence",
        mend=say(
            language,
            "写出商品，例如「帮我生成一个熊猫玩偶会场」",
            'name the goods, for example "a low-price free-shipping womenswear venue"',
        ),
        code="no_subject",
    )


def _verbatim(phrases: Sequence[str], sentence: str) -> tuple[str, ...]:
    """The phrases that stand in the sentence, as they stand there; what a model made up is dropped."""
    lowered = sentence.lower()
    kept = []
    for phrase in phrases:
        start = lowered.find(phrase.strip().lower()) if phrase.strip() else -1
        if start >= 0:
            kept.append(sentence[start : start + len(phrase.strip())])
    return tuple(dict.fromkeys(kept))


def _subjects(words: Sequence[str], constraints: Sequence[str]) -> tuple[str, ...]:
    """Cleaned nouns; words that name no goods and phrases that are constraints already are no subjects."""
    limits = {fold(constraint) for constraint in constraints}
    return tuple(
        word
        for word in clean_words(words, limit=20)
        if fold(word) not in limits
        and (core := without_generic(word))
        and (han_runs(core) or any(len(part) > 1 for part in english_words(core)))
    )


def _venues(request: CampaignRequest, answer: BriefAnswer, language: Language) -> int:
    if request.venues is not None:
        return request.venues
    if answer.venues is None:
        return 1
    if answer.venues == 0:
        raise InvalidInputError(
            say(language, "这句话要的是 0 个会场", "the sentence asks for 0 venues"),
            where="sentence",
            mend=say(language, f"写 1 到 {MAX_VENUES} 个", f"ask for 1 to {MAX_VENUES}"),
            code="venues_out_of_range",
        )
    return min(answer.venues, MAX_VENUES)
