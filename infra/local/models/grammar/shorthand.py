"""Set phrases that say several things at once or carry no comparison: 9.9包邮, 次日发货, half price with a number, top 10 % by sales."""

from __future__ import annotations

import re

from infra.local.models.grammar.numbers import ZH_CHARS, number

Said = tuple[str, str, "float | bool | None", "float | None"]

_NUM = rf"(?:\d+(?:,\d{{3}})*(?:\.\d+)?|[{ZH_CHARS}]+(?:点[{ZH_CHARS}]+)?)"
_FREE = "包邮|免邮|免运费|免邮费"
_MONEY_ZH = r"(?:元钱|块钱|元|块|rmb|yuan)?"
_TENTH = re.compile(
    rf"(?<![\d.])(?P<whole>{_NUM})\s*[块元]\s*(?P<tenth>[\d一二三四五六七八九])(?!\d|[百千万])\s*(?:毛|角)?(?:钱)?(?P<limit>以下|以内|之内|内|封顶)?\s*(?:全国)?(?P<free>{_FREE})"
)
_PRICE_FREE = re.compile(
    rf"(?<![\d.多])(?P<not>不超过|低于|最多)?[¥￥]?\s*(?P<price>{_NUM})\s*{_MONEY_ZH}(?:以内|以下|之内|内|封顶)?\s*(?:全国|全场|还|就|就能|可|且|并)?(?P<free>{_FREE})"
)
_ALL_AT = re.compile(
    rf"(?<![\d.到至~-])(?P<price>{_NUM})(?:[元块](?P<tenth>[\d一二三四五六七八九])|\s*(?:元钱|块钱|元|块))\s*(?:特价)?(?:专区|专场|会场|特卖|均价|一口价|任选|任意选)"
)
_SUM_FREE = re.compile(
    rf"满\s*{_NUM}\s*{_MONEY_ZH}(?:件)?\s*(?:就|即|可)?(?:{_FREE})|free[\s-](?:shipping|delivery)\s+(?:on\s+orders?\s+|for\s+orders?\s+|on\s+purchases\s+)?(?:over|above|from|of)\s+(?:[¥$€£₹]|rs\.?\s*)?\d[\d,.]*\s*(?:yuan|dollars|usd|rupees)?(?:\s+(?:or more|and up))?"
)
_MONEY_FREE = re.compile(
    r"(?:[$¥€£₹]\s?|(?<![a-z])(?:at|for)\s+(?:[$¥€£₹]\s?)?)(?P<price>\d[\d,]*(?:\.\d+)?)(?:\s*(?:yuan|rmb|dollars|usd))?\s+(?:with\s+|including\s+|and\s+)?(?P<free>free[\s-](?:shipping|delivery)|shipped|delivered)(?![a-z])"
)
_COMPARED = re.compile(r"(?:(?<![a-z])(?:under|below|over|above|than|to|least|most|and|from|within)|[-<>=≤≥~])\s*$")
_SOON = re.compile(
    r"(?:(?P<same>当天|当日|同日|same[\s-]day)|次日|隔日|隔天|第二天|next[\s-](?:business\s+|working\s+)?day|overnight)(?:内|就|即|可|能|before noon)?\s*"
    r"(?:发货|发出|出货|寄出|发走|shipping|shipment|dispatch|ship(?:s|ped)?|despatch|sent out)|(?:ships?|shipped|dispatch(?:ed|es)?|sent|shipping|leaves)\s+(?:out\s+)?(?:the\s+)?(?:on\s+the\s+)?(?:(?P<same2>same[\s-]day)|next[\s-](?:business\s+|working\s+)?day|overnight|(?P<today>today)|tomorrow)"
    r"|(?:within|in|inside)\s+(?:a|one)\s+day(?:'s)?\s+(?P<one>shipping|dispatch)|(?:当天|当日)(?:下单)?(?:当天|当日)(?:发货|发)|现拍现发|拍下即发"
)
_FEW = re.compile(
    r"一件起(?:批|订|发|售|卖)|1件起(?:批|订|发|售|卖)|单件(?:起批|起订|可批|起售|也批)|(?:no|without(?:\s+any)?|zero)\s+(?:minimum\s+order(?:\s+quantity)?|moq|minimums?|order\s+minimum)(?![a-z])|无起批量|无起订量|不限起批量?|(?:sold|order|orders|buy|bought)\s+(?:singly|single\s+pieces|by\s+the\s+piece)|single[\s-]piece\s+orders?"
)
_TOP = re.compile(
    rf"(?P<what3>销量|评分|复购率?|折扣|增长率?|评价)最(?:高|大|好|多|快)的?(?:前)?\s*(?P<n5>{_NUM})\s*%|(?P<what>销量|销售|评分|复购率?|折扣|增长率?|评价数?|价格最低|价格最高|最便宜|最贵)(?:排名|排行|榜|最高)?(?:的)?前\s*(?P<n>{_NUM})\s*%|(?:top|best|highest)\s+(?P<n2>\d+)\s*(?:%|percent)\s+(?:by|in|of|for)\s+(?P<what2>sales|sellers|rating|ratings|repurchase|discounts?|growth|reviews)"
    r"|(?:the\s+)?(?P<cheap>cheapest|lowest[\s-]priced|least\s+expensive|priciest|most\s+expensive|best[\s-]selling|top[\s-]selling|highest[\s-]rated)\s+(?P<n3>\d+)\s*(?:%|percent)|(?P<last>最便宜|最贵|价格最低|价格最高)的?\s*(?P<n4>\d+)\s*%"
)
_TOP_CODES = {
    "销": ("sales_30d", ">="), "评分": ("rating", ">="), "复": ("repurchase_rate", ">="), "折": ("discount_rate", ">="), "增": ("sales_growth_7d", ">="),
    "评价": ("review_count", ">="), "价格最低": ("price", "<="), "最便宜": ("price", "<="), "价格最高": ("price", ">="), "最贵": ("price", ">="),
    "sales": ("sales_30d", ">="), "sellers": ("sales_30d", ">="), "rating": ("rating", ">="), "repurchase": ("repurchase_rate", ">="),
    "discount": ("discount_rate", ">="), "growth": ("sales_growth_7d", ">="), "reviews": ("review_count", ">="),
    "cheapest": ("price", "<="), "lowest": ("price", "<="), "least": ("price", "<="), "priciest": ("price", ">="), "most": ("price", ">="),
    "best": ("sales_30d", ">="), "top": ("sales_30d", ">="), "highest": ("rating", ">="),
}  # fmt: skip
_FREE_TRUE: Said = ("free_shipping", "=", True, None)


def shorthands(text: str) -> list[tuple[int, int, list[Said]]]:
    """(start, end, conditions) of every set phrase of a plain text, from the left; they do not overlap."""
    found: list[tuple[int, int, list[Said]]] = []

    def add(start: int, end: int, said: list[Said]) -> None:
        if said and not any(a < end and start < b for a, b, _ in found):
            found.append((start, end, said))

    for m in _SUM_FREE.finditer(text):
        add(*m.span(), [_FREE_TRUE])
    for m in _TENTH.finditer(text):
        whole, tenth = number(m["whole"]), number(m["tenth"])
        if whole is not None and tenth is not None:
            add(*m.span(), [("price", "<=", round(whole + tenth / 10, 2), None), _FREE_TRUE])
    for m in _PRICE_FREE.finditer(text):
        price = number(m["price"])
        strict = m["not"] == "低于"
        if price is not None and price > 0 and not re.search(r"(?:满|到|至|-|~|—|几|数|第|[天件个])\s*$", text[: m.start()]):
            add(*m.span(), [("price", "<" if strict else "<=", price, None), _FREE_TRUE])
    for m in _ALL_AT.finditer(text):
        price, rest = number(m["price"]), number(m["tenth"] or "零")
        if price is not None and rest is not None and price > 0:
            add(*m.span(), [("price", "<=", round(price + rest / 10, 2), None)])
    for m in _MONEY_FREE.finditer(text):
        if not _COMPARED.search(text[: m.start()]):
            add(*m.span(), [("price", "<=", float(m["price"].replace(",", "")), None), _FREE_TRUE])
    for m in _SOON.finditer(text):
        add(*m.span(), [("ship_within_hours", "<=", 24.0, None)])
    for m in _FEW.finditer(text):
        add(*m.span(), [("moq", "<=", 1.0, None)])
    for m in _TOP.finditer(text):
        share = number(m["n"] or m["n2"] or m["n3"] or m["n4"] or m["n5"] or "")
        what = m["what"] or m["what2"] or m["what3"] or m["cheap"] or m["last"]
        code, op = next(entry for key, entry in _TOP_CODES.items() if what.startswith(key))
        if share is not None and 0 < share <= 100:
            add(*m.span(), [(code, op, None, share if op == "<=" else 100 - share)])
    return sorted(found, key=lambda one: one[0])
