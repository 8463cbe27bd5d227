"""What selection tells operators, in both languages: why a product is not there, and where edits contradict each other."""

from __future__ import annotations

import re
from collections.abc import Mapping

from huichang.kernel.language import Language, Text

_LABEL = re.compile(r"(pin|boost|bury|exclude)( [+-]\d)? (product|attribute|brand|merchant|category) (.*)", re.DOTALL)
_ZH = {
    "pin": "置顶",
    "boost": "提升",
    "bury": "压低",
    "exclude": "排除",
    "product": "商品",
    "attribute": "属性",
    "brand": "品牌",
    "merchant": "商家",
    "category": "类目",
}


def rule_words(label: str, language: Language) -> str:
    """A rule's label (EditRule.label) in a language; what is no label stays as it is."""
    found = _LABEL.fullmatch(label)
    if language == "en" or found is None:
        return label
    action, level, scope, what = found.groups()
    return f"{_ZH[action]}{level or ''}：{_ZH[scope]} {what}"


# Keys are LeftOutCode of selection/model.py; tests/unit/test_selection_merchandising.py holds the two together.
WHY: Mapping[str, Text] = {
    "gone": {"zh": "商品库里已没有这件商品", "en": "it is no longer in the catalogue"},
    "excluded": {"zh": "被运营排除", "en": "an operator excluded it"},
    "other_catalogue": {"zh": "属于另一个商品库", "en": "it belongs to another catalogue"},
    "not_enrolled": {"zh": "商家没有报名这次活动", "en": "its merchant has not enrolled it for the promotion"},
    "not_open": {"zh": "商家报名的活动时间不含这个时刻", "en": "its enrolment for the promotion does not hold at this time"},
    "out_of_stock": {"zh": "没有库存", "en": "it is out of stock"},
    "no_price": {"zh": "没有价格", "en": "it has no price"},
    "policy": {"zh": "标题里有不能上页面的词", "en": "its title holds words that may not stand on a page"},
    "price_outlier": {"zh": "价格远离同类商品，像占位价", "en": "its price is far from its kind's: it looks like a placeholder"},
    "condition": {"zh": "不满足会场的选品条件", "en": "it does not meet a condition of the venue"},
    "off_topic": {"zh": "与主题无关", "en": "it does not speak of the theme"},
    "unspoken": {"zh": "只有类目相近，没有提到主题", "en": "it shares only a category with the theme, and enough goods speak of it"},
    "near_duplicate": {"zh": "与另一件更靠前的商品几乎相同", "en": "it nearly repeats a better placed product"},
    "look_alike": {"zh": "看起来相似的商品已经够多，留作备选", "en": "enough goods that look like it are shown; it is in reserve"},
    "merchant_share": {"zh": "该商家的份额已满", "en": "its merchant has its whole share of the page"},
    "subtheme_share": {"zh": "位置留给了商品较少的子主题", "en": "its place went to a sub-theme with fewer goods"},
    "over_limit": {"zh": "页面已满，排名更靠后", "en": "the page was full before its rank"},
    "not_recalled": {
        "zh": "可以售卖，但搜索、语义和规则三条召回都没有把它排进来",
        "en": "it can be sold, but none of the three recalls (search, meaning, rules) ranked it high enough",
    },
}

# What an operator can do about it.
MEND: Mapping[str, Text] = {
    "gone": {"zh": "重新导入商品", "en": "import the product again"},
    "excluded": {"zh": "撤销排除规则", "en": "take back the exclusion"},
    "other_catalogue": {"zh": "用这个商品库发起活动", "en": "start a campaign on that catalogue"},
    "not_enrolled": {"zh": "请商家报名", "en": "ask its merchant to enrol it"},
    "not_open": {"zh": "请商家调整报名时间", "en": "ask its merchant for another time of enrolment"},
    "out_of_stock": {"zh": "请商家补货，再重新选品", "en": "ask for stock, then select again"},
    "no_price": {"zh": "请商家补上价格", "en": "ask its merchant for a price"},
    "policy": {"zh": "请商家改标题后重新导入", "en": "ask its merchant to change the title and import it again"},
    "price_outlier": {"zh": "核对价格；确实要展示就置顶", "en": "check its price; pin it if it is meant"},
    "condition": {"zh": "换一句条件更宽的需求", "en": "ask for less in the campaign's sentence"},
    "off_topic": {"zh": "确实要展示就置顶", "en": "pin it if it belongs there"},
    "unspoken": {"zh": "确实要展示就置顶", "en": "pin it if it belongs there"},
    "near_duplicate": {"zh": "想展示这一件，就置顶它或排除另一件", "en": "pin it, or exclude the other one"},
    "look_alike": {"zh": "想展示这一件就置顶它", "en": "pin it"},
    "merchant_share": {"zh": "想展示就置顶它", "en": "pin it"},
    "subtheme_share": {"zh": "想展示就置顶或提升它", "en": "pin or boost it"},
    "over_limit": {"zh": "想展示就提升或置顶它", "en": "boost or pin it"},
    "not_recalled": {"zh": "确实要展示就置顶", "en": "pin it if it belongs there"},
}

# What it is, and how to mend it. Keys are ConflictCode of selection/merchandising.py.
CONFLICTS: Mapping[str, tuple[Text, Text]] = {
    "pin_excluded": (
        {"zh": "{count} 件商品同时被置顶和排除；排除优先，不会展示", "en": "pinned and excluded at once ({count}): the exclusion wins"},
        {"zh": "去掉排除，或去掉置顶", "en": "take back the exclusion or the pin"},
    ),
    "excludes_all_of_a_pin": (
        {
            "zh": "排除规则盖住了整个置顶（{count} 件）；排除优先，置顶不起作用",
            "en": "an exclusion covers the whole pin ({count}): the exclusion wins and the pin does nothing",
        },
        {"zh": "去掉这条置顶，或缩小排除的范围", "en": "take back the pin, or exclude less"},
    ),
    "boost_and_bury": (
        {
            "zh": "{count} 件商品同时被提升和压低；更具体的规则优先",
            "en": "boosted and buried at once ({count}): the more exact rule wins",
        },
        {"zh": "把其中一条改得更具体，或去掉一条", "en": "make one of the rules more exact, or take one back"},
    ),
    "pin_and_bury": (
        {"zh": "{count} 件商品同时被置顶和压低；置顶优先", "en": "pinned and buried at once ({count}): the pin wins"},
        {"zh": "去掉压低，或去掉置顶", "en": "take back the bury or the pin"},
    ),
    "same_target": (
        {"zh": "两条规则说的是同一个对象；只有一条起作用", "en": "two rules are about the same thing: only one counts"},
        {"zh": "去掉其中一条", "en": "take one of them back"},
    ),
    "same_position": (
        {
            "zh": "两件商品都置顶到第 {place} 位；先写的在前，另一件排在它后面",
            "en": "two products are pinned to place {place}: the earlier rule has it",
        },
        {"zh": "换一个位置", "en": "choose another place for one of them"},
    ),
    "pin_unavailable": (
        {"zh": "置顶的商品不能展示：{why_zh}", "en": "a pinned product cannot be shown: {why_en}"},
        {"zh": "去掉置顶；商品可售后会重新出现", "en": "take back the pin, or let its merchant mend it: then the pin counts"},
    ),
    "pin_overrules_check": (
        {
            "zh": "这件商品本来不会入选（{why_zh}）；置顶让它入选",
            "en": "without the pin it would not be chosen ({why_en}); the pin overrules that",
        },
        {"zh": "如果不是有意的，去掉置顶", "en": "take back the pin if that is not meant"},
    ),
    "matches_nothing": (
        {"zh": "召回的商品里没有一件符合这条规则", "en": "no recalled product is what this rule is about"},
        {
            "zh": "核对写法：品牌、商家、类目或属性要与商品一致",
            "en": "check the spelling: a brand, merchant, category or attribute as the goods have it",
        },
    ),
    "over": (
        {"zh": "这条规则的时间窗已经结束", "en": "the time window of this rule is over"},
        {"zh": "去掉它，或延长时间窗", "en": "take it back or move its end"},
    ),
}
