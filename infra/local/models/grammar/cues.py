"""Words that say what a quantity measures, for each indicator, and what each indicator takes where no comparison is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from infra.local.models.grammar.units import Kind

UNMEASURED = "unmeasured"
"""The measure of a quantity that no indicator has: profit, freight, conversion, praise rates."""


@dataclass(frozen=True)
class Measure:
    """Which unit kinds it takes, whether its cue must touch the quantity for each of them, and its default comparison."""

    code: str
    words: re.Pattern[str]
    kinds: Mapping[Kind, bool]  # kind -> whether a cue elsewhere in the clause is enough
    default: str


def _measure(code: str, words: str, kinds: Mapping[Kind, bool], default: str) -> Measure:
    return Measure(code, re.compile(words), kinds, default)


_E = r"(?<![a-z])"
_F = r"(?![a-z])"
MEASURES: tuple[Measure, ...] = (
    _measure(
        UNMEASURED,
        r"毛?利润率?|毛利率?|佣金(?:率|比例)?|转化率|点击率|好评率|差评率?|投诉率|动销率|响应率|回复率|响应时间|收藏(?:量|数)?|加购(?:量|数|率)?|浏览量|访问量|曝光量?|粉丝(?:数|量)?|运费|邮费|快递费|"
        r"质保|保修|保质期|三包|账期|(?<!发货)(?:重量|体重|净重|克重|功率|容量|续航|尺寸|长度|高度|宽度|直径|厚度|面积)|差评|投诉|年销量?|日销量?|周销量?|累计销量?|总销量|历史销量|店铺评分|服务分|物流分|DSR|dsr|纠纷率|"
        rf"{_E}(?:profit(?:s| margins?)?|margins?|commissions?|conversion(?: rates?)?|click[- ]through(?: rates?)?|ctr|followers?|wish ?lists?|favou?rites|complaints?(?: rates?)?|"
        r"complaint rates?|response (?:rates?|times?)|reply rates?|positive (?:feedback|reviews?|ratings?) rates?|positive feedback|approval rates?|shipping (?:costs?|fees?|charges?)|freight(?: costs?)?|delivery (?:costs?|fees?|charges?)|"
        r"warrant(?:y|ies)|guarantees?|shelf[- ]life|battery life|weigh(?:t|s|ing)?|capacity|screen|payment terms|daily sales|annual sales|yearly sales|weekly sales|lifetime sales|seller rating|store rating|shop rating|"
        rf"on[- ]time (?:delivery )?rates?|defect rates?|dispute rates?|cancellation rates?){_F}",
        {
            "percent": True,
            "money": False,
            "none": False,
            "days": False,
            "years": False,
            "physical": False,
            "other": False,
            "hours": False,
            "pieces": False,
            "stars": False,
            "sold": False,
        },
        "",
    ),
    _measure(
        "list_price",
        rf"原价|划线价|吊牌价|标价|市场价|专柜价|建议零售价|官方价|{_E}(?:list(?:ed)? prices?|original(?:ly)?(?: prices?| priced)?|rrp|msrp|mrp|retail prices?|regular prices?|full prices?|prices? before (?:discount|sale))(?:\s+(?:at|of))?{_F}",
        {"money": False, "none": False},
        "",
    ),
    _measure(
        "sales_growth_7d",
        r"(?:近?[7七][天日])?(?:销量|销售额?|周)?(?:环比)?(?:增长率?|增幅|增速|上涨|涨幅|上升)(?:率|了|幅度)?|周环比|环比|销量涨了?|(?:7天|七天|周)涨|涨了|飙升|"
        rf"{_E}(?:(?:weekly|7[- ]day|sales|week[- ]on[- ]week|week[- ]over[- ]week|wow)\s+)*(?:growth(?: rates?)?|growing|grew|grown|grow|rising|risen|rose|increased?|increases|increasing|up by|(?<!and )up(?! to)|jumped|climbed|climbing|surging){_F}(?:\s+(?:by|of))?|{_E}(?:week[- ]on[- ]week|week[- ]over[- ]week|wow){_F}",
        {"percent": True},
        ">=",
    ),
    _measure(
        "repurchase_rate",
        rf"复购率?|回购率?|回头率|回头客(?:占比|比例)?|重复购买率?|再次购买率|{_E}(?:repurchas(?:e|es|ing)(?: rates?)?|re-?order(?:s|ing|ed)?(?: rates?)?|repeat[- ](?:purchase|buyer|customer|order|buy|business|sale)s?(?: rates?)?|buy[- ]again rates?|come back|customers? returning|bought again|buyers? (?:who )?(?:buy|bought) again){_F}",
        {"percent": True, "none": False},
        ">=",
    ),
    _measure(
        "return_rate",
        rf"退货率?|退款率?|退换货?率?|{_E}(?:returns?(?: rates?)?|refunds?(?: rates?)?|returned|sent back|refunded|rate of returns?){_F}",
        {"percent": True, "none": False},
        "<=",
    ),
    _measure(
        "discount_rate",
        r"折扣力度|折扣率|折扣|降价|优惠幅度|优惠力度|优惠|让利|降幅|减价|立减|打(?=\s*[一二三四五六七八九\d.]+\s*折)|"
        rf"{_E}(?:off|discount(?:s|ed)?(?: rates?)?(?: of)?|mark(?:ed)?[- ]?downs?|price cuts?|reduced(?: by)?|reductions?|savings?(?: of)?|save|slashed(?: by)?|cheaper than list){_F}",
        {"percent": True, "fold": True},
        ">=",
    ),
    _measure(
        "review_count",
        rf"评价数量?|评论数量?|评价量|评论量|评价|评论|买家反馈|{_E}(?:(?:customer |buyer |user |verified )?(?:reviews?|reviewed by|reviewers|comments|feedbacks?)|number of ratings|review counts?){_F}",
        {"reviews": True, "none": False, "pieces": False},
        ">=",
    ),
    _measure(
        "rating",
        rf"好评(?!率|度|数)|评分|星级|好评分|打分|得分|口碑分|评级|用户评价分|综合分|{_E}(?:rated|ratings?|scor(?:e|es|ed|ing)|stars?|star[- ]rat(?:ed|ings?)){_F}",
        {"stars": True, "none": False},
        ">=",
    ),
    _measure(
        "sales_30d",
        r"近?(?:30|三十)[天日](?:内)?(?:销量|销售量|售出|卖出|成交)|近一个?月销量|月均?销量?|月售|月成交量?|月出单|销售量|销量|已售|售出|卖出|卖了|卖过|卖到|成交(?:量|件数)?|出单量?|热销|热卖|爆卖|付款|购买|人买|"
        rf"{_E}(?:(?:monthly|30[- ]day)\s+)*(?:sold|sales(?: volumes?)?|orders?|purchases|sells?|selling|units moved|volume|bought){_F}",
        {"pieces": False, "sold": True, "none": False},
        ">=",
    ),
    _measure(
        "moq",
        r"最[小低少]?起[批订]量?|起[批订](?:件?数|数?量)?|起拍|起售|起卖|起购|起发|最小订[单货]量?|最低订[单货]量?|最小起订|最少[批订]|混批|"
        rf"{_E}(?:moqs?(?: quantity)?|(?:minimum|min\.?|smallest|lowest|starting) (?:order(?:s|ing)?(?: quantit(?:y|ies)| qty| sizes?| amounts?| of)?|quantity|qty|purchase|batch|lot)|order minimums?|minimums?(?: of)?|small(?:est)? orders?|batch(?:es)?(?: sizes?)?|order quantit(?:y|ies)|trial orders?|(?:per|an|each|every) order|start(?:ing)? (?:orders? )?from|orders? (?:of|from|as small as|as few as)){_F}",
        {"pieces": False, "none": False, "sold": False},
        "<=",
    ),
    _measure(
        "stock",
        rf"库存量?|现货|存货|备货|有货|余货|货量|可售|{_E}(?:in[- ]stock|stocks?(?: levels?| depth)?|stocked|inventory|inventories|available|on hand|availability|ready to ship){_F}",
        {"pieces": False, "none": False},
        ">=",
    ),
    _measure(
        "ship_within_hours",
        rf"发货(?:时效|时间|速度|周期|期)?|发出|出货|出库|寄出|发走|发得出|送出|发(?=$|[，,。;；\s的])|{_E}(?:ship(?:s|ped|ping|ment|pable)?(?: time)?|dispatch(?:es|ed|ing)?|despatch(?:ed)?|deliver(?:y|ed|s|able)?|sent out|send|sent|leaves?|lead[- ]times?|turnaround|handling|processing|fulfil(?:l)?(?:ed|ment|s)?|out the door){_F}",
        {"hours": True, "days": True, "none": False},
        "<=",
    ),
    _measure(
        "merchant_years",
        rf"经营(?:年限|时间|年数)?|开店|老店|店龄|商家|店铺|卖家|工厂|厂家|供应商|入驻|从业|成立|诚信通|老厂|源头厂|老牌|商户|年限|行业经验|老字号|开厂|开业|"
        rf"{_E}(?:in (?:the )?(?:business|trade|market|industry|operation)|merchants?|suppliers?|sellers?|factor(?:y|ies)|vendors?|manufacturers?|shops?|stores?|makers?|established|trading|experienced?|operating|operated|track record|old shops|wholesalers?|on the (?:platform|marketplace)|tenure|running){_F}",
        {"years": True, "days": True},
        ">=",
    ),
    _measure(
        "listed_days",
        rf"上架(?:时间|天数|日期)?|上新|上市|发布|推出|新上|新品|新款|上线|{_E}(?:list(?:ed|ing|ings)?|launch(?:ed|es)?|added|releas(?:ed|es)|uploaded|new(?: arrivals?| products?| items?| listings?)?|fresh(?:ly)?|arrived|arrivals|introduced|on the site|posted|published|came out|went live){_F}",
        {"days": True, "years": True},
        "<=",
    ),
    _measure(
        "price",
        rf"单价|价格|售价|价位|批发价|拿货价|进货价|出厂价|到手价|活动价|零售价|供货价|卖价|价钱|定价|客单价?|预算|均价|价|{_E}(?:(?:unit |wholesale |sale |selling )?pric(?:e|es|ed|ing)(?: points?| tags?)?|cost(?:s|ing)?|budgets?(?: of)?|spend(?:ing)?|pay|each|a piece|apiece|per (?:piece|unit|item)){_F}",
        {"money": True, "none": False},
        "",
    ),
)
BY_CODE = {measure.code: measure for measure in MEASURES if measure.code != UNMEASURED}
# What may stand between a cue and the quantity it touches.
GAP_LEFT = re.compile(
    r"(?:\s|[:：=()（]|在|为|是|有|要|需|达到?|约|均|都|能|可以|必须|要求|应该?|最好|保持|值|数|量|率|大|得|就|仅|只要?|不要求|全部|"
    r"(?<![a-z])(?:of|is|are|at|a|an|the|has|have|having|with|by|to|be|should|must|needs?|in|for|only|just|that|which|it|they|rate|rates|level|levels|count|volume|time|times|within|out|came|score|quantity|range|ranges|ranging|capped)(?![a-z])|区间|范围)*"
)
GAP_RIGHT = re.compile(
    r"(?:\s|[-()（）]|的|个|条|件|就|内|可|能|必|即|左右|每月|每|月|"
    r"(?<![a-z])(?:of|in|the|a|an|per|and|customer|buyer|buyers|verified|total|monthly|average|positive|real|genuine|user|units?|pieces?|pcs|items?|orders?|have|been|were|are|is|minimum|or|month|current|unique)(?![a-z]))*"
)
