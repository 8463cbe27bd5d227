"""Words shared by all industries: colour names, reviews, sentences of descriptions, chances of benefits."""

from __future__ import annotations

from infra.sample.tables import Pair

COLOURS: dict[str, Pair] = {
    name: Pair(zh, en)
    for name, zh, en in (
        ("black", "黑色", "black"), ("white", "白色", "white"), ("cream", "米白色", "cream"), ("beige", "杏色", "beige"),
        ("khaki", "卡其色", "khaki"), ("camel", "驼色", "camel"), ("brown", "咖啡色", "brown"), ("wood", "原木色", "natural wood"),
        ("grey", "灰色", "grey"), ("silver", "银色", "silver"), ("red", "红色", "red"), ("wine", "酒红色", "burgundy"),
        ("pink", "粉色", "pink"), ("magenta", "玫红色", "magenta"), ("coral", "珊瑚色", "coral"), ("orange", "橙色", "orange"),
        ("peach", "蜜桃色", "peach"), ("yellow", "黄色", "yellow"), ("gold", "金色", "gold"), ("rosegold", "玫瑰金", "rose gold"),
        ("green", "绿色", "green"), ("mint", "薄荷绿", "mint"), ("sage", "抹茶绿", "sage green"), ("olive", "军绿色", "olive"),
        ("darkgreen", "墨绿色", "dark green"), ("blue", "蓝色", "blue"), ("lightblue", "浅蓝色", "light blue"),
        ("navy", "藏青色", "navy"), ("denim", "牛仔蓝", "denim blue"), ("purple", "紫色", "purple"), ("lilac", "香芋紫", "lilac"),
    )
}  # fmt: skip

ORIGINS = (
    Pair("浙江", "Zhejiang"), Pair("广东", "Guangdong"), Pair("江苏", "Jiangsu"), Pair("福建", "Fujian"), Pair("山东", "Shandong"),
    Pair("四川", "Sichuan"), Pair("河北", "Hebei"),
)  # fmt: skip

BENEFITS: dict[str, float] = {
    "free_shipping": 0.42,
    "dropshipping": 0.5,
    "sample_available": 0.34,
    "customizable": 0.3,
    "cross_border": 0.3,
    "seven_day_return": 0.68,
    "coupon_300_30": 0.36,
}

BODIES: dict[str, list[str]] = {}
BODIES["zh"] = [
    "{noun}，{material}材质，{style}设计，{feat}实用。适合{use}，{moq}件起批，现货当天打包。",
    "本款{noun}采用{material}，{style}，做工细致，走线平整。{use}都合适，量大可议价，{moq}件起订。",
    "工厂直供{noun}：{style}，{material}，质检后发货。常用于{use}。支持混批，{moq}件起批。",
    "{feat}{noun}，{style}款式。材质为{material}，手感与图片一致，{use}首选之一，{moq}件起批。",
]
BODIES["en"] = [
    "{noun} in {material}, {style}. Good {use}. From {moq} pieces; in stock and packed the same day.",
    "This {noun} is made of {material}: {style}, neatly finished. Suits buyers looking for something {feat}. Minimum order {moq}.",
    "Straight from the factory: {noun}, {style}, {material}, checked before shipping. Mixed orders welcome from {moq} pieces.",
]
CUSTOM = {"zh": "支持来图定制和印标。", "en": " Custom prints and labels on request."}

SOFT = ("toys", "womenswear", "menswear", "home_textiles", "mother_baby", "pet")
"""Industries whose reviews speak of touch, seams and sizes."""

REVIEWS: dict[str, list[str]] = {
    "soft": [
        "手感很软，走线整齐，客户反馈不错，已经是第三次拿货。", "颜色和图片基本一致，没有异味，包装也干净。",
        "做工比上一家好，线头少，下次还来。", "物流很快，第二天就到了，店里卖得挺好。", "尺码标准，起批数量友好，适合小店。",
        "面料比想象中薄一点，不过这个价格可以接受。", "有两件有小线头，联系客服马上补发了，态度好。", "洗过一次没有掉色也没有起球。",
        "实物比照片可爱，女儿抱着不撒手。", "填充很饱满，捏下去回弹快。", "发货比承诺晚了一天，东西没问题。",
        "直播间卖爆了，请多备货。", "礼品客户很满意，绣的标也很清楚。", "袋子独立包装，拿来就能上架。",
    ],
    "hard": [
        "质量扎实，没有毛刺，包装防震做得好。", "和描述一样，客户没有退货，会继续拿。", "用了一个月没出问题，性价比高。",
        "外观好看，摆在店里很吸引人。", "发货快，数量没错，箱子有点压痕但产品完好。", "说明书是中英文的，跨境也能用。",
        "有一个有划痕，商家直接退了款。", "比实体批发市场便宜，省了跑腿。", "做工细，边角处理得不错。",
        "颜色比图片深一点点，不影响使用。", "客服回复及时，帮忙改了地址。", "定制的标识印得很清楚，交期也准。",
    ],
    "food": [
        "日期新鲜，独立包装很方便。", "味道正，不会太甜，办公室同事都说好。", "回购第四次了，口感一直稳定。",
        "包装结实，没有碎。", "送客户很体面，礼盒质感好。", "分量足，比超市划算。", "稍微有点甜，配茶正好。",
        "物流慢了一天，东西没有坏。",
    ],
    "beauty": [
        "味道淡淡的，不刺鼻，客人喜欢。", "颜色很正，不挑皮。", "质地清爽，夏天用刚好。", "包装很精致，送人没问题。",
        "备案信息齐全，店里放心卖。", "刷毛软，不掉毛。", "瓶口有一瓶漏了一点，客服补发了。", "回购率高，老客户都在问。",
    ],
}  # fmt: skip
