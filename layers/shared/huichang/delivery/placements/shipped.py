"""The placements that every deployment has from the start."""

from __future__ import annotations

from huichang.delivery.placements.model import Placement
from huichang.kernel.errors import InvalidInputError
from huichang.kernel.language import both

_SHIPPED = (
    Placement(name="home", kind="public", what=both("商城首页", "the marketplace's front page")),
    Placement(name="category", kind="public", what=both("类目页商品旁", "beside a category's goods")),
    Placement(name="search", kind="public", what=both("搜索结果上方", "above search results")),
    Placement(name="cart", kind="public", what=both("购物车下方与支付后", "below the cart and after paying")),
    Placement(name="channel", kind="public", what=both("频道页", "a channel's page")),
    Placement(name="shop", kind="private", what=both("商家自己的店铺页", "a merchant's own shop page")),
    Placement(name="group", kind="private", what=both("粉丝群", "a fan group")),
    Placement(name="message", kind="private", what=both("发给买家或群的消息", "a message to a buyer or a group")),
    Placement(name="direct", kind="private", what=both("直接打开会场地址", "somebody opened the page's address"), offered=False),
)
PLACEMENTS: dict[str, Placement] = {placement.name: placement for placement in _SHIPPED}


def placement_to_fill(name: str, known: dict[str, Placement] | None = None) -> Placement:
    """The placement a feed is asked for, out of `known` (default: the shipped ones). Raises InvalidInputError."""
    among = PLACEMENTS if known is None else known
    found = among.get(name)
    if found is None or not found.offered:
        offered = ", ".join(placement.name for placement in among.values() if placement.offered)
        raise InvalidInputError(
            "there is no such placement" if name else "no placement was named",
            where="placement",
            mend=f"one of {offered}",
            code="placement_unknown",
        )
    return found
