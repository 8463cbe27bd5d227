"""Units of quantities: what they measure and how many of the base unit they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["money", "percent", "fold", "hours", "days", "years", "stars", "pieces", "reviews", "sold", "physical", "other", "none"]


@dataclass(frozen=True)
class Unit:
    """`kind` and factor to its base: yuan (or any currency), share, folds, hours, days, years, stars, pieces."""

    kind: Kind
    factor: float = 1.0


CURRENCY_BEFORE = re.compile(r"(?:(?:us|hk|a|c|s)?\$|[¥₹€£￥]|(?<![a-z])(?:rs\.?|rmb|inr|usd|cny|eur|gbp)|人民币)\s*$")
_MONEY = (
    r"元人民币|元钱|块钱|元(?![素旦宵气宝])|块(?![头状根])|圆(?![形领])|人民币|美元|美金|欧元|英镑|卢比|港币|日元|刀(?=以|$|，|,|的)|"
    r"(?:rmb|cny|yuan|kuai|us\s?dollars?|dollars?|usd|bucks?|rupees?|inr|rs|euros?|eur|pounds?(?=\s+(?:or|and|each|max))|gbp|quid|¥|\$|€|₹)(?![a-z])"
)
_TABLE: list[tuple[re.Pattern[str], Unit]] = [
    (re.compile(pattern), unit)
    for pattern, unit in (
        (_MONEY, Unit("money")),
        (r"[角毛](?!衣|巾|绒|线|笔|毯|呢|发|孩)|(?:cents?|jiao|mao)(?![a-z])", Unit("money", 0.1)),
        (r"个?百分点|个点(?!评)|%|(?:percent|per\s?cent|pct)(?![a-z])", Unit("percent", 0.01)),
        (r"折(?!叠|扇|纸|页|线)", Unit("fold")),
        (r"成(?!人|立|交|年|品|本|套|分|份|熟|长|双|对|员)", Unit("percent", 0.1)),
        (r"个?(?:小时|钟头)|(?:hours?|hrs?|h)(?![a-z])", Unit("hours")),
        (r"个?(?:工作日|自然日)|天(?!然|丝|猫|幕|线|鹅|空)|日(?!本|常|用|系|式|韩|料|记|历|霜|销|均)|(?:(?:working|business|calendar)\s)?(?:days?|d)(?![a-z])", Unit("days")),
        (r"个?(?:星期|礼拜)|周(?!年|边|岁|转|增|环|末|销|同)|(?:weeks?|wks?)(?![a-z])", Unit("days", 7)),
        (r"(?:fortnights?)(?![a-z])", Unit("days", 14)),
        (r"个月|月(?!饼|销|子|经|亮|光|季|售|份|供|白|均)|(?:months?|mos?)(?![a-z])", Unit("days", 30)),
        (r"quarters?(?![a-z])|个?季度", Unit("days", 90)),
        (r"年(?!货|轻|级|会|糕|夜|画|龄|度|销|终|货)|(?:years?|yrs?|yr)(?![a-z])", Unit("years")),
        (r"\s?(?:/|out\s+of|分满分|满分)\s?(?:5|five)(?:\s*(?:stars?|分))?(?![\d.])", Unit("stars")),
        (r"颗星|星级|星(?!期|空|座|球)|分(?!期|钟|享|销|装|类|体|层|格|之|区|开|期)|stars?(?![a-z])", Unit("stars")),
        (r"[条个](?:好评|评价|评论|真实评价)|(?:reviews?|comments?)(?![a-z])", Unit("reviews")),
        (r"[单笔](?!价|品|件|人|双|层|肩|鞋|身|杯|记)|(?:orders?|sales)(?![a-z])", Unit("sold")),
        (r"[件个只双套条包瓶盒支台张把本箱袋枚份块片](?!套|装|月|性|人|头|星|裙|子|纹|代)|(?:pieces?|pcs?|units?|items?|pairs?|sets?|boxes|packs?)(?![a-z])", Unit("pieces")),
        (r"(?:万|千)?人(?=付款|购买|评价|买|收货|好评)", Unit("sold")),
        (
            r"公斤|千克|克(?!拉)|斤|毫升|升(?!级)|公升|厘米|毫米|公分|英寸|寸|米(?!白|色|饭|其|奇|酒)|平米|平方|瓦|伏|毫安|赫兹|"
            r"(?:kg|g|mg|grams?|kilograms?|gigabytes?|millimet(?:er|re)s?|centimet(?:er|re)s?|met(?:er|re)s?|lbs?|oz|ounces?|ml|l|litres?|liters?|cm|mm|m|km|inch(?:es)?|ft|feet|foot|"
            r"watts?|w|v|volts?|mah|hz|khz|gb|tb|mb|gallons?|quarts?|yards?|lumens?)(?![a-z])|\"|''|″|”",
            Unit("physical"),
        ),
        (
            r"兆|岁|周岁|分钟|秒|码|号|层|人|口|位|"
            r"(?:mp|minutes?|mins?|seconds?|secs?|kids|children|people|persons?|venues?|pages?|themes?|products?|styles?|designs?|colou?rs?|sizes?|year[\s-]olds?|months?[\s-]olds?|count|ct|fl|"
            r"pounds?|degrees?|tiers?|layers?|shelves|drawers|seats?|seaters?|ports?|mil|dpi|fps|spf|carats?|k(?=\s*gold))(?![a-z])|°|×",
            Unit("other"),
        ),
    )
]  # fmt: skip


def unit_at(text: str) -> tuple[Unit, int]:
    """The unit the text begins with (after at most a space or hyphen) and how many characters it takes."""
    gap = re.match(r"\s|-(?=[a-z\u4e00-\u9fff])|", text)
    skip = gap.end() if gap else 0
    for pattern, unit in _TABLE:
        for start in dict.fromkeys((0, skip)):
            found = pattern.match(text, start)
            if found:
                return unit, found.end()
    return Unit("none"), 0
