"""The goods that an English sentence names, as search words; Chinese words in it are read as such."""

from __future__ import annotations

import re

from infra.local.models.subjects_zh import subjects_zh
from infra.local.models.words import Match, find, singular

_EN_REQUEST = re.compile(
    r"\b(?:please|can you|could you|would you|i want|i need|i'd like|i would like|we want|we need|we'd like|we are|i am|i'm|we're|help me|help us|let's|"
    r"make|create|build|generate|prepare|design|set up|plan|planning|launch|launching|run|running(?=\s+an?\b)|give me|give us|show|do|put together|promote|promoting|sell|selling|"
    r"venues?|promotional|promotions?|promos?|campaigns?|landing|pages?|web ?sites?|events?|sales?|deals?|offers?|specials?|discounts?|clearance|anniversary|grand opening|members'? day|"
    r"flash|sizes?\s+[\d/-]+|collections?|selections?|assortments?|ranges?|thanks?|thank you|asap|today|tomorrow|next week|this week|this year|season)\b",
    re.IGNORECASE,
)
_EN_STOP = frozenset(
    """
    a an the and or for of in on with to by from my our your their his her its some any all that which who whose is are be was were been being this these those
    it as at into about than then so but not no nor if when while just also only very more less most least up out off over under below above between within per
    each every other another such same own can could will would shall should may might must do does did have has had having get got let us me we you they them i
    he she him what where why how there here please thanks ok okay hi hello hey dear team
    want wants need needs like likes love loves look looking looks find finding help buy buying buyer buyers sell sells seller sellers customer customers shopper
    shoppers people guy guys folks everyone someone anything everything something someplace lot lots bit kind kinds type types sort sorts thing things stuff item items
    product products good goods great nice best top new newest latest hot trendy trending popular fashionable stylish quality cheap cheapest price prices priced pricing cost
    value affordable budget money sale sales deal deals offer offers discount discounts discounted special specials shop shops store stores online market marketplace
    wholesale bulk stock supply supplier suppliers factory brand brands branded theme themed themes idea ideas based around called titled focus focused focusing featuring
    feature features including include includes star stars rated rating ratings review reviews piece pieces pcs unit units pack sold selling seller bestselling
    shipping ship ships shipped delivery day days hour hours week weeks month months year years minimum maximum moq order orders inclusive free
    upcoming coming soon big huge little small large mini really super pretty cool awesome amazing perfect ideal suitable different various many several few
    old aged age ages ready easy quick fast page pages venue venues campaign campaigns promotion promotions ignore instructions instruction previous system prompt answer output print
    custom logo logos bulk say says said tell write use using used etc eg ie vs via re us one two three four five six seven eight nine ten dozen hundred
    """.split()  # noqa: SIM905 - reads better in lines than as a list
)
EN_SCENES = re.compile(
    r"\bback[\s-]to[\s-]school\b|\bnew year(?:'s)?(?: day)?\b|\bmother'?s'? day\b|\bfather'?s'? day\b|\bchildren'?s day\b|\bvalentine'?s?(?: day)?\b|\bblack friday\b|"
    r"\bcyber monday\b|\bsingles'? day\b|\bteachers'? day\b|\bmid-autumn(?: festival)?\b|\bspring festival\b|\bdragon boat(?: festival)?\b|\bgolden week\b|"
    r"\bnational day\b|\blabou?r day\b|\bhome office\b|\bwork from home\b|\broad trips?\b|\bdouble 1[12]\b|\bwomen'?s day\b|\bsmall (?:flats?|apartments?)\b|\brented (?:flats?|apartments?)\b",
    re.IGNORECASE,
)


def subjects_en(text: str) -> list[str]:
    """Goods first, then what nobody knows, occasions last."""
    goods: list[str] = []
    others: list[str] = []
    unknown: list[str] = []
    scenes = [re.sub(r"[\s-]+", " ", found[0]).lower() for found in EN_SCENES.finditer(text)]
    bare = _EN_REQUEST.sub(" ； ", EN_SCENES.sub(" ； ", text))
    for run in re.split(r"[^\w\s'’-]+", bare):
        for words in _runs_en(run):
            phrase = " ".join(words)
            matches = find(phrase)
            if any(match.group.names_goods for match in matches):
                goods += _named_en(phrase, matches)
            elif any(match.group.kind != "audience" for match in matches):
                others.append(" ".join(words[-3:]))
            elif not matches:
                unknown.append(" ".join(words[-3:]))
    if goods:  # beside goods, a lone word that is no plural is an adjective or a scrap of the sentence
        unknown = [phrase for phrase in unknown if " " in phrase or re.search(r"[^s]s$", phrase)]
        others = [phrase for phrase in others if any(match.group.kind in ("motif", "season", "scene") for match in find(phrase))]
    unknown = [phrase for phrase in unknown if phrase not in ("gifts", "presents")]
    others = [phrase for phrase in others if phrase not in ("gift", "gifts", "present", "presents", "gift boxes")]
    han = re.findall(r"[\u4e00-\u9fff]+", text)
    return list(dict.fromkeys([*goods, *subjects_zh("；".join(han)), *unknown, *others, *scenes]))


def _runs_en(text: str) -> list[list[str]]:
    """Stretches of content words, lower case, as they are written (plurals kept)."""
    runs: list[list[str]] = [[]]
    for word in re.findall(r"[A-Za-z][A-Za-z0-9'’]*(?:-[A-Za-z0-9]+)*|\d[\w-]*", text.lower().replace("’", "'")):
        bare = word.strip("'-")
        if bare in _EN_STOP or singular(bare) in _EN_STOP or len(bare) < 2 or not re.search(r"[a-z]{2}", bare):
            runs.append([])
        else:
            runs[-1].append(bare)
    return [run for run in runs if run]


def _named_en(phrase: str, matches: list[Match]) -> list[str]:
    found: list[str] = []
    named = [match for match in matches if match.group.names_goods]
    cut = 0
    for place, match in enumerate(named):
        following = named[place + 1] if place + 1 < len(named) else None
        if following and following.start - match.end <= 1 and len(phrase[match.start : following.end].split()) <= 4:
            continue  # "toy storage boxes": the last noun says what it is
        before = phrase[cut : match.start].split()
        known = [other for other in matches if cut <= other.start and other.end <= match.start]
        modifiers = before[-2:]
        for other in known:  # half of "eco-friendly" would be nonsense
            inside = len(phrase[other.start : match.start].split())
            if other.start < match.start - len(" ".join(modifiers)) - 1 < other.end:
                modifiers = before[-inside:] if inside <= 3 else before[len(before) - inside + len(other.word.split()) :]
        whole = " ".join([*modifiers, match.word])
        found.append(whole)
        narrows = any(other.group.kind in ("motif", "material", "goods", "broad") for other in known)
        if modifiers and not narrows:
            found.append(match.word)
        cut = match.end
    return found
