"""Wishes that no indicator measures, in the operator's own words.

What is told: services, promotions, payment, media, certificates, after-sales, and measures with a number that no indicator
has (binding.UNMEASURED). What is not told: the goods, their kind, style, season, audience and occasion - they are what the
venue is about and steer the search; and what the catalogue knows as a category, brand or attribute.
"""

from __future__ import annotations

import re

_ZH = (
    r"(?:[七7]|[十\d]+)天(?:内)?(?:无理由|可退|包退|包换)(?:退货|退换货?|换货)?|无理由退?换?货?|包退换?|退换无忧|满\s*[\d一二三四五六七八九十百千]+\s*(?:元)?\s*[减送返]\s*[\d一二三四五六七八九十百]+|满\s*[\d一二三四五六七八九十百千]+\s*(?:元)?\s*(?:打[\d一二三四五六七八九.]+折|可用|立减)|"
    r"买[一二三四五\d]+(?:件)?[送赠免][一二三四五\d]+|第二件(?:半价|[\d一二三四五六七八九]折|免费|0元)|满减|满赠|满送|赠品|送赠品|买赠|秒杀|拼团|团购价|优惠券|红包|返现|返利|积分|会员价|会员专享|预售|定金|抢购|限时|限量(?!版)|换购|保价|价保|"
    r"运费险|退货险|顺丰(?:发货|快递|直达)?|京东物流|京东快递|次日达|当日达|隔日达|小时达|准时达|送货上门|上门安装|免费安装|包安装|安装服务|上门维修|海外仓|保税仓|保税区|本地仓|冷链(?:配送|运输|物流|发货)?|空运|海运|专线|货到付款|到付|分期(?:付款)?|花呗|免息|账期|月结|先用后付|赊账|信用付|对公付款|"
    r"直播(?:间)?(?:带货|专供|专享|同款|货源|爆款|卖过)?|短视频(?:带货|同款)?|带货|网红(?:同款|推荐|款|爆款)?|明星(?:同款|代言)?|主播(?:推荐|同款|带货)?|达人(?:推荐|同款|带货)?|种草|小红书(?:爆款|同款|推荐|热门)?|抖音(?:同款|爆款|热门|热卖)?|快手(?:同款|爆款)?|李佳琦(?:同款|推荐)?|kol(?:推荐)?|代言|影视同款|"
    r"(?:环保|有机|质量|绿色|安全|食品|欧盟|权威|官方|国家|专业|原产地|碳中和|进口)?(?:体系)?认证(?!工厂|厂家)|质检报告|检测报告|检验报告|合格证|资质|专利(?:产品|设计)?|授权(?:书|正品)?|正品(?:保证|保障|险)?|假一赔[一二三四五六七八九十\d]+|溯源|防伪|(?<![a-z])(?:ce|fda|rohs|3c|ccc|iso\s?\d*|gots|oeko-tex|fsc|bsci|sgs|haccp|ukca|sedex)(?![a-z])(?:认证|证书|标准)?|"
    r"质保|保修|终身保修|三包|全国联保|售后(?:服务)?(?:好|无忧|保障|完善)?|客服(?:响应)?(?:快|好|在线|24小时)?|响应(?:快|及时)|服务(?:态度)?好|发票|开票|可开票|增票|专票|"
    r"高?利润(?:率)?(?:高|空间大|高的)?|毛利(?:率)?高?|高毛利|佣金高?|高佣金?|转化率?高?|高转化率?|点击率高?|收藏(?:多|量高|量)|加购(?:多|率高)?|好评率高?|浏览量高?|粉丝多|人气(?:高|旺|王|款)?|口碑店铺|金牌(?:卖家|商家|店铺|供应商)|皇冠(?:店铺|卖家)|旗舰店|官方店|实地认证|诚信通|诚信(?:商家|卖家)|"
    r"手感好|做工(?:精细|好|精致)|质量(?:好|可靠|过硬|有保障)|颜值高?|高颜值|性价比(?:高|之王)?|高性价比|不掉色|不褪色|不起球|耐用|舒适度高|好看|设计感强?|气味(?:小|淡)|无异味|碳中和|低碳|可回收|可降解|零碳|碳足迹|环保包装|礼盒包装|礼品包装|精美包装|免费包装|独家(?:款|供货|代理|货源)?|独家|原创设计|联名(?:款)?|ip联名|非遗|有视频|视频展示|实拍图?|主图视频|白底图|3d展示|vr展示|可议价|议价|面议|支持退货|支持换货|可退货|可退换|支持退换货?|包上架|一键铺货|数据包|独家专利|评价带图|带图评价|买家秀(?:多)?|有图评价|晒图(?:多)?|vip(?:专享|价)?|亚马逊(?:爆款|热销|同款)?|shein(?:同款)?|temu(?:同款|爆款)?|tiktok(?:爆款|同款)?"
)
_EN = (
    r"(?:\d+|seven|thirty|fourteen)[\s-]days?\s+(?:free\s+)?(?:returns?|refunds?|money[\s-]back|return polic(?:y|ies)|trial)(?:\s+(?:policy|guarantee|period|window))?|(?:free|easy|no[\s-]questions|hassle[\s-]free)\s+(?:returns?|exchanges?)|return polic(?:y|ies)|money[\s-]back(?: guarantee)?|satisfaction guarantee[d]?|"
    r"buy\s+(?:one|two|three|\w+)\s+get\s+(?:one|two|\w+)(?:\s+(?:free|half\s+off|off))?|bogo|coupons?|vouchers?|promo codes?|discount codes?|cash[\s-]?back|rebates?|gift cards?|loyalty points|reward points|rewards?|member(?:s|ship)?(?:'s)?(?:[\s-]only)?\s+(?:prices?|pricing|deals?|exclusive|discounts?)|flash (?:sale|deal)s?|lightning deals?|pre[\s-]?orders?|free gifts?|gifts? with purchase|bulk discounts?|volume discounts?|tiered pricing|price match(?:ing)?|"
    r"cash on delivery|(?<![a-z])cod(?![a-z])|pay[\s-]later|buy now,? pay later|klarna|afterpay|interest[\s-]free(?:\s+(?:instal?lments?|financing|payments?))?|(?<![\d.])0%\s+(?:instal?lments?|financing|payments?|interest)|instal?lments?|financing|net[\s-]?(?:30|60|90)(?:\s+terms)?|(?:trade )?credit terms|payment terms|paypal|trade assurance|letter of credit|emi(?![a-z])|"
    r"(?:next|same)[\s-]day (?:delivery|arrival)|prime (?:shipping|delivery|eligible)|express delivery|white[\s-]glove(?: delivery| service)?|free (?:installation|assembly|setup)|installation(?: service| included)?|assembly service|cold[\s-]chain(?: shipping| delivery| logistics)?|overseas warehouses?|local warehouses?|(?:us|eu|uk|european|american)[\s-](?:based )?warehouses?|bonded warehouses?|door[\s-]to[\s-]door|tracked shipping|tracking (?:numbers?|included)|air freight|sea freight|ddp(?: shipping| delivery| terms)?|click and collect|carbon[\s-]neutral(?: shipping| delivery)?|"
    r"(?:certified[\s-])?(?:organic|eco|eco[\s-]friendly|fair[\s-]trade|halal|kosher|oeko[\s-]tex|gots|fsc|ce|fda|rohs|iso(?:\s?\d+)?|bsci|ul|energy[\s-]star|sustainab(?:ly|le|ility)|b[\s-]corp|dermatologically|safety|quality)[\s-](?:certified|certificat(?:e|es|ion|ions)|approved|tested|marked|compliant|audited|sourced)|certified organic|certificat(?:e|es|ion|ions)|lab[\s-]tested|dermatologist[\s-](?:tested|approved|recommended)|fair[\s-]trade|vegan(?:[\s-]friendly)?|cruelty[\s-]free|sustainab(?:le|ly|ility)(?: sourced| packaging| materials?| production)?|ethical(?:ly)?(?:[\s-](?:made|sourced|produced))?|recyclable|biodegradable|compostable|plastic[\s-]free|zero[\s-]waste|carbon footprint|low[\s-]carbon|(?:recycled|eco(?:[\s-]friendly)?|plastic[\s-]free|gift|premium|recyclable) packaging|gift[\s-]?wrapp(?:ed|ing)|gift[\s-]?wrap|"
    r"celebrity(?:[\s-](?:endorsed|endorsements?|approved|favou?rites?|picks?|loved))?|influencer(?:s)?(?:[\s-](?:approved|endorsed|favou?rites?|picks?|recommended|promoted|loved))?|(?:tiktok|instagram|youtube|pinterest|social media)(?:[\s-](?:famous|viral|trending|hits?|favou?rites?|made me buy it))?|viral(?: on (?:tiktok|instagram|social media))?|trending(?: on (?:tiktok|instagram|social media))?|live[\s-]?stream(?:ed|ing|s|ers?)?(?:[\s-](?:exclusives?|only|deals?))?|livestream|as seen on (?:tv|tiktok|instagram)|endorsed by \w+|"
    r"(?:lifetime|extended|manufacturer'?s?|full|limited|(?:\w+|\d+)[\s-](?:year|month))\s+(?:warrant(?:y|ies)|guarantees?)|warrant(?:y|ies)|guarantees?|after[\s-]?sales?(?: service| support)?|customer (?:service|support)|24/7 support|(?:fast|quick|responsive|good)\s+(?:customer\s+)?(?:service|support|replies|response|communication)|authenticity(?: guarantee[d]?)?|authentic(?: guarantee[d]?)|patented|official stores?|flagship stores?|gold suppliers?|top[\s-]rated sellers?|trusted sellers?|invoices?|vat invoices?|"
    r"(?:high|good|fat|healthy|big)[\s-](?:profit(?:[\s-]margins?)?|margins?)|profit(?:able|ability)?(?: margins?)?|high[\s-]margin|high[\s-]commission|commission|high[\s-]conversion|conversion rates?|most wished|wish[\s-]?list(?:ed)?(?: favou?rites?)?|high click[\s-]through|most viewed|with (?:product )?videos?|product videos?|video reviews?|photo reviews?|reviews with (?:photos|pictures|images)|real photos|lifestyle photos|ar preview|3d (?:preview|view)|"
    r"good (?:quality|workmanship|value)|high[\s-]quality|good value for money|value for money|great value|durab(?:le|ility)|long[\s-]lasting|made in (?:the )?(?:usa?|uk|italy|japan|germany|china|india|korea|france|turkey|vietnam|portugal|europe)|handmade by \w+|woman[\s-]owned|women[\s-]owned|black[\s-]owned|family[\s-](?:owned|run)|small business(?:es)?|locally made|exclusive(?: rights| distribution| designs?)?|negotiable(?: prices?| pricing)?|amazon(?:'s)?[\s-](?:choice|best[\s-]?sellers?|bestsellers?)|editor'?s (?:choice|picks?)|award[\s-]winning|patent(?:ed)?"
)
_UNMEASURED = re.compile(rf"{_ZH}|(?<![a-z])(?:{_EN})(?![a-z])")
# A service that is asked for by its verb and that no indicator has: 支持货到付款, "comes with installation".
_ASKED = re.compile(
    r"(?:(?<!不)(?:支持|提供|包含|附带|带有?|送|赠送|享受|承诺|配有|需有|要有))([\u4e00-\u9fff]{2,6}?(?:服务|证书|报告|保险|保障|保证|承诺|权益|配送|培训|说明书|授权|售后|退换|退货|付款|安装|维修))"
)


def unmeasured_in(text: str, taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where such wishes stand in a plain text outside of what was read already, from the left."""
    found: list[tuple[int, int]] = []
    for pattern, group in ((_UNMEASURED, 0), (_ASKED, 1)):
        for match in pattern.finditer(text):
            start, end = match.span(group)
            if end > start and not any(a < end and start < b for a, b in [*taken, *found]):
                found.append((start, end))
    return sorted(found)
