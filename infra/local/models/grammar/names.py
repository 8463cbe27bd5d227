"""Numbers that are names, sizes, ages, packs and rough amounts: blotted out before any limit is read."""

from __future__ import annotations

import re

from infra.local.models.grammar.text import BLOT, blotted, plain
from infra.local.models.grammar.units import unit_at

_N = r"(?:\d+(?:\.\d+)?|[零一二两三四五六七八九十]+)"
_NOT_MONEY = r"(?!\s*(?:元|块|以下|以内|以上|\+|yuan|rmb|usd|dollars?|rupees|包邮|件|条|单|%))"
_NAMES = re.compile(
    rf"""
    (?<!\d,)(?<!\d\.)(?<![\d¥$₹€£])618(?![,.]?\d){_NOT_MONEY} | 双\s*(?:11|12|十一|十二|旦|节) | (?:double|singles?)[\s-]*(?:eleven|twelve|1[12]) | 11[.·]11 | 12[.·]12
  | (?:9[.·]9|8[.·]8|6[.·]18|3[.·]8|10[.·]10)\s*(?:大促|活动|节|狂欢|sale|mega|shopping) | 三八(?=节|女神|妇女|活动|大促|$) | 38节 | 五一(?!百) | 六一(?!百) | 十一(?=黄金周|国庆|假期|长假|出游|出行) | 八一
  | 百亿补贴 | 万圣 | 万里 | 千岛 | 三伏天? | 三九天 | 四六级 | 二次元 | 二十四节气 | 一线|二线 | 双十 | 双[1１]{{2}}
  | (?<![a-z0-9])(?:iphone|ipad|galaxy|redmi|xiaomi|huawei|honor|mate|pixel|oneplus|oppo|vivo|realme|note|xbox|ps|playstation|windows|usb|type|core|ryzen|rtx|gtx|air|airpods|gopro|nokia|
      pro|model|no\.?|number|grade|class|level|stage|step|phase|version|vol|gen|series|chapter|room|vitamin|omega|spf|wifi|bluetooth|ddr|hdmi|apple\ watch|watch|macbook|kindle|switch|nova|reno|p|k|a|s|c|m|x)
      [\s-]*\d+(?![\d.]*\s*(?:元|块|%|yuan|dollars?|stars?|hours?|days?|pcs|pieces|units|reviews|years))[a-z0-9]*(?:\s*(?:pro|plus|max|mini|ultra|se))*(?![\d.,]*\d)
  | 100\s*%\s*(?:cotton|silk|wool|linen|pure|natural|original|leather|organic|bamboo|polyester|authentic|genuine|real|human|cashmere|merino|virgin|recycled|
      waterproof|brand\ new|positive|satisfaction|money|纯?棉|全棉|真丝|羊毛|桑蚕丝|亚麻|真皮|正品|羊绒|天然|竹纤维|聚酯|好评|[\u4e00-\u9fff])
  | (?<!under\ )(?<!below\ )(?<!over\ )(?<!above\ )(?<!than\ )(?<!to\ )(?<!most\ )(?<!least\ )(?<![$₹¥.\d])(?<!rs\ )(?<!inr\ )(?:19|20)\d\d\s*年?(?=\s*(?:款|新款|新品|春|夏|秋|冬|早|
      spring|summer|autumn|fall|winter|new|edition|collection|model|fashion|年|$))
  | (?<![a-z0-9.])(?:[2-5]g|[2458]k)(?=\s*(?:屏|高清|超清|电视|显示|手机|网络|投影|摄像|画质|monitors?|tvs?|televisions?|hd|uhd|videos?|screens?|cameras?|displays?|phones?|smartphones?|networks?|wifi|routers?|projectors?|resolution|webcams?|dash|ultra|action)) | (?<![a-z0-9])[23]d(?![a-z]) | 24/7 | (?<![\d.])\d+[ap](?![a-z]) | \d+\s*k\s*(?:gold|rose|white|yellow|金) | (?<!\d)9(?:25|99|90)\s*(?:纯?银|足金|sterling|silver|千足)
  | (?<![\d.])\d+(?:\.\d+)?\s*(?:mah|gb|tb|ml|毫升|mm|毫米|hz|dpi|spf|lm|ghz|mp|fps|db|ct|毫安)(?![a-z])(?!\s*(?:以上|以下|以内|\+|or|and))
  | (?<![\d.])\d+\s*w(?=\s*(?:快充|充电|灯|超级|大功率|功率|氮化|pd|charg|fast|bulb|led|adapter|power))
  | {_N}\s*(?:件套|件装|只装|片装|支装|个装|包装|斤装|寸|英寸|码|号(?!店)|头(?=餐具|碗)|层|段(?!价)|折叠|面体|轮|座|人座|人份|人用|人餐|人帐|门|抽|孔|色(?=眼影|口红|可选|入)|合一|代(?!发)|级|档|味|入|支入|片入|袋装|瓶装|罐装|盒装|粒|枚装|度(?!以)|匹|核|联|卷|针|排|股)
  | (?<![\u4e00-\u9fff])[一二两三四五六七八]件套
  | (?:\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty)[\s-](?:piece|pack|pk|pc|pcs|in-1|in\s1|in-one|in\sone|seater|door|ply|layer|tier|way|person|drawer|burner|panel|light|speed|string|button|pocket|panel|bar|strap)(?![a-z])(?!\s*(?:minimum|moq|in\s+stock|sold|min\b|or\s+(?:less|more|fewer)|and\s+up|orders?))
  | (?:pack|packs|set|sets|box|case|bundle|count|lot|quantity|pair|pairs)\s+of\s+(?:\d+|two|three|four|five|six|eight|ten|twelve)
  | (?<![a-z])(?:size|sizes|us|eu|uk|waist|chest|inseam|length|width|dimensions?|measuring|sz|height|尺码|尺寸|身高|码数|型号|编号|年级|款号)\s*(?:of|is|in|:|：|为|是)?\s*\d+(?:\.\d+)?(?:\s*(?:-|~|到|至|to)\s*\d+(?:\.\d+)?)?(?:\s*(?:cm|inches|inch|码|号|w|x|wide|large))?
  | {_N}\s*(?:-|到|至|~)?\s*{_N}?\s*(?:岁|周岁|个月大|月龄)(?:以上|以下|以内|及以上|\+)?
  | {_N}\s*(?:-|到|至|~)\s*{_N}\s*(?:个?月)(?=宝宝|婴儿|婴幼儿|龄)
  | (?<![a-z])(?:men|women|people|adults|seniors|ladies|those|anyone|someone)\s+aged\s+\d+(?![\d.]*\s*(?:yuan|dollars|usd|%))
  | (?<![a-z])(?:ages?|aged|kids|children|boys|girls|babies|toddlers|infants|teens)\s+(?:from|ages?|aged)?\s*\d+(?:\s*(?:-|to|and)\s*\d+)?(?:\s*(?:years?|months?|up|\+))?(?![\d.]*\s*(?:yuan|dollars|usd|%))
  | (?<![a-z])(?:ages?|aged)\s+(?:under|over|above|below|up\s+to)\s+\d+
  | (?<![a-z])\d+\s*(?:-|to)\s*\d+\s*(?:years?|months?)[\s-]*olds? | (?<![a-z])(?:under|over)\s+\d+\s*(?:years?|yrs?)(?:\s+old|\s+of\s+age)
  | (?<![a-z])\d+[\s-]*(?:years?|months?|yr)[\s-]*olds?(?![a-z]) | (?<![a-z])(?:\d+)(?:st|nd|rd|th)(?![a-z]) | \d+s(?=\s+(?:style|fashion|music|retro|theme|vintage))
  | \d+(?:\.\d+)?\s*(?:x|×|\*)\s*\d+(?:\.\d+)?(?:\s*(?:x|×|\*)\s*\d+(?:\.\d+)?)?\s*(?:cm|mm|m|inch(?:es)?|in|ft|厘米|米)?
  | (?<![a-z])(?:top|first|best|前)\s*\d+(?!\s*%)(?![\d.]) | (?<![\d.])\d+\s*/\s*(?!5(?!\d))\d+\s*(?:inch|cup|oz)? | (?:[45五四]|five|four)[\s-]?(?:star|星级?)\s*(?:hotel|resort|级?酒店|级?宾馆) | 360\s*(?:°|度|degrees?|-degree)
  | 全?[场店]\s*{_N}\s*(?:个|家) | 七天无理由 | 7天无理由 | [一二三四五六七八九]年级 | [一二三四]季(?=通用|可用|皆宜|被|可穿) | 一次性 | 一体(?:机|式)? | 三明治 | 万向 | 万能 | 百搭 | 千层 | 百褶 | 五金 | 百洁 | 百货 | 千纸鹤 | 百家 | 四季 | 八宝 | 五谷 | 三文鱼 | 六角 | 八角 | 七巧板 | 九宫格 | 四件套 | 一站式 | 一人食 | 九分裤 | 七分[裤袖] | 五分[裤袖] | 三分裤 | 八分裤 | 十字 | 一字 | 一品 | 二手
  | [一二两\d]\s*(?:面|边|头|用|色)(?=[\u4e00-\u9fff])
    """,
    re.IGNORECASE | re.VERBOSE,
)
# 十元店 is a kind of shop; 几十块, 三百来块, 二三十元, "a few hundred" say roughly how much.
_ROUGH = re.compile(
    r"(?:十元店|两元店|十块钱店|百元店|dollar\s+stores?)"
    r"|(?:好几|几|数|若干)[十百千万]+[多来]?(?:元|块钱?|件|个|天|条)?(?:以下|以内|以上|左右|上下)?|(?:十几|几)(?:元|块钱?|件|个|天|条|十|百)(?:以下|以内|以上|左右|上下)?"
    r"|(?:\d+|[一二两三四五六七八九十百千万]+)(?:来|多|几|余)(?=[块元件个条天人单]|销量)(?:块钱?|元钱?|件|个|条|天|人|单)?(?:以下|以内|左右|上下)?"
    r"|(?:[一二三四五六七八九]{2}(?:十|百|千|万)|十[一二三四五六七八九]{2}|[一二三四五六七八九]{2}(?=[块件个天]))(?:元|块钱?|件|个|天)?(?:左右|上下)?"
    r"|(?<![a-z])(?:a\s+few|several|a\s+couple\s+of|some|tens\s+of|dozens\s+of|hundreds\s+of|thousands\s+of|many)\s+(?:hundred|thousand|dozen|bucks|dollars|yuan|days|pieces|orders|reviews)s?"
)
# A window over which sales are counted is no limit; the words around say that sales are meant.
_WINDOW = re.compile(
    r"(?:近|最近|过去|前)?\s*(?:30|三十|7|七)\s*[天日](?:内|之内|里)?(?:的)?(?=\s*(?:累计|平均)?(?:内)?(?:销量|销售|卖|成交|售|增长|增幅|涨|销))|(?:近|最近|过去|这)\s*(?:一|1)\s*(?:个月|周|星期)(?:内|里)?(?:的)?(?=\s*(?:累计)?(?:销量|销售|卖|成交|售|增长|增幅|涨|销))"
    r"|(?:(?:in|over|within|during|for)\s+)?(?:the\s+|a\s+|each\s+|every\s+)?(?:last|past|previous|recent|trailing)\s+(?:30|7|thirty|seven)[\s-]days?|(?:(?:in|over|within|during|for)\s+)?(?:30|7|thirty|seven)[\s-]days?(?=\s+(?:sales|growth|volume|window))"
    r"|(?:(?:in|over|within|during|for)\s+)?(?:the\s+)?(?:last|past|this)\s+(?:month|week)|(?:per|a|each|every)\s+(?:month|week)|(?:in|within|over)\s+(?:a|one|30|thirty)\s*[\s-]?(?:month|days)"
)
_SALES_WORDS = re.compile(
    r"(?<![a-z])(?:sold|sales|orders?|sells?|selling|growth|growing|grew|grown|up|rising|rose|increase[sd]?|units|volume)(?![a-z])"
)
# Whom goods are for, and how old such people are at most: "kids under 12" is an age, "kids under 20" can only be a price.
_OLDEST = (
    (5, "bab(?:y|ies)|toddlers?|infants?|newborns?"),
    (17, "kids?|child(?:ren)?|boys?|girls?|sons?|daughters?|grandchildren|grandkids|pupils"),
    (19, "teens?|teenagers?|youths?"),
    (99, "men|women|man|woman|people|adults?|seniors?|lad(?:y|ies)|those|anyone|someone|students|parents|mums|moms|dads"),
)
_AGE_SAID = re.compile(
    rf"(?<![a-z])(?:{'|'.join(f'(?P<upto{most}>{who})' for most, who in _OLDEST)})\s+"
    r"(?P<age>(?:under|over|above|below|up\s+to)\s+(?P<number>\d+(?:\.\d+)?))(?!\d|,\d)"
)
_OLD = re.compile(r"[\s-]*(?:years?|months?|yrs?|mos?)(?:[\s-]*old|\s+of\s+age)?(?![a-z])")
_PERIOD = re.compile(r"[，。;；!！?？\n]|,(?!\d)|\sand\s")


def ages(text: str) -> list[tuple[int, int, bool]]:
    """Where a plain text limits an age after saying whose ("kids under 12"), and whether its unit says so.

    A bare number that is too high for such people, or not whole, or that has another unit, is no age.
    """
    found: list[tuple[int, int, bool]] = []
    for match in _AGE_SAID.finditer(text):
        unit, length = unit_at(text[match.end() : match.end() + 24])
        aged = _OLD.match(text, match.end())
        most = next(most for most, _ in _OLDEST if match[f"upto{most}"])
        if aged:
            found.append((match.start("age"), aged.end(), True))
        elif unit.kind == "years":
            found.append((match.start("age"), match.end() + length, True))
        elif unit.kind == "none" and match["number"].isdigit() and int(match["number"]) <= most:
            found.append((match.start("age"), match.end(), False))
    return found


def hidden(text: str) -> str:
    """Plain text with every number that is no limit blotted out."""
    text = _NAMES.sub(lambda m: BLOT * len(m[0]), text)
    for start, end, _ in ages(text):
        text = blotted(text, start, end)
    text = _ROUGH.sub(lambda m: BLOT * len(m[0]), text)
    return _WINDOW.sub(lambda m: BLOT * len(m[0]) if _of_sales(text, m) else m[0], text)


def _of_sales(text: str, window: re.Match[str]) -> bool:
    if re.search(r"[\u4e00-\u9fff]", window[0]):
        return True
    start = max((m.end() for m in _PERIOD.finditer(text, 0, window.start())), default=0)
    following = _PERIOD.search(text, window.end())
    return bool(_SALES_WORDS.search(text, start, following.start() if following else len(text)))


def without_names(sentence: str) -> str:
    """The sentence with numbers that are names blotted out, every other character at its place."""
    seen = hidden(plain(sentence))
    return "".join(BLOT if mark == BLOT else char for mark, char in zip(seen, sentence, strict=True))
