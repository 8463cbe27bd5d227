"""Who gets a place on a page."""

from __future__ import annotations

import math
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.selection.policy import load_policy
from huichang.selection.sharing import Claim, Shared, share_out

POLICY = load_policy()


def claims(*merchants: str, subthemes: str = "") -> list[Claim]:
    spread = subthemes or "-" * len(merchants)
    return [Claim(f"p{n:03d}", merchant, subtheme.strip("-")) for n, (merchant, subtheme) in enumerate(zip(merchants, spread, strict=True))]


def test_a_merchant_with_pins_has_so_much_less_left() -> None:
    wanted = claims(*["big"] * 40, *[f"m{n}" for n in range(60)])
    free = share_out(wanted, 60, {}, (), POLICY)
    pinned = share_out(wanted, 60, {"big": 4}, (), POLICY)
    big = [sum(wanted[int(name[1:])].merchant == "big" for name in shared.chosen) for shared in (free, pinned)]
    assert big == [15, 12]
    assert set(free.left.values()) == {"merchant_share", "over_limit"}


def test_a_sub_theme_with_few_goods_gets_its_part_and_the_goods_that_yielded_say_so() -> None:
    wanted = claims(*[f"m{n}" for n in range(120)], subthemes="a" * 100 + "b" * 20)
    shared = share_out(wanted, 40, {}, ("a", "b"), POLICY)
    parts = Counter(wanted[int(name[1:])].subtheme for name in shared.chosen)
    assert parts == {"a": 30, "b": 10}  # half of an even share of 40
    assert Counter(shared.left.values()) == {"over_limit": 70, "subtheme_share": 10}
    assert shared.chosen == tuple(sorted(shared.chosen))


def test_a_sub_theme_without_stock_takes_nothing_from_the_others() -> None:
    wanted = claims(*[f"m{n}" for n in range(50)], subthemes="a" * 50)
    assert len(share_out(wanted, 40, {}, ("a", "b", "c"), POLICY).chosen) == 40


def test_few_merchants_and_thin_pages_are_told() -> None:
    few = share_out(claims(*["a"] * 30, *["b"] * 30), 96, {}, (), POLICY)
    assert (len(few.chosen), few.yielded) == (60, "few_merchants")
    thin = share_out(claims(*["big"] * 30, *["m1", "m2", "m3", "m4", "m5", "m6"]), 96, {}, (), POLICY)
    assert (len(thin.chosen), thin.yielded) == (36, "thin_page")


def test_a_thin_page_is_filled_evenly() -> None:
    wanted = claims(*["a"] * 40, *["b"] * 40, *["c", "d", "e"])
    shared = share_out(wanted, 96, {}, (), POLICY)
    parts = Counter(wanted[int(name[1:])].merchant for name in shared.chosen)
    assert shared.yielded == "thin_page"
    assert len(shared.chosen) == POLICY.full_page
    assert abs(parts["a"] - parts["b"]) <= 1


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("xyz-")), max_size=120),
    st.integers(0, 100),
    st.dictionaries(st.sampled_from("abz"), st.integers(1, 9), max_size=2),
)
def test_the_cap_holds_wherever_it_can_and_everybody_has_one_answer(
    wanted: list[tuple[str, str]], room: int, pinned: dict[str, int]
) -> None:
    asked = claims(*(merchant for merchant, _ in wanted), subthemes="".join(subtheme for _, subtheme in wanted))
    shared: Shared = share_out(asked, room, pinned, ("x", "y", "z"), POLICY)
    assert set(shared.chosen).isdisjoint(shared.left)
    assert {*shared.chosen, *shared.left} == {claim.product_id for claim in asked}
    assert len(shared.chosen) <= room
    owners = Counter({claim.product_id: claim.merchant for claim in asked}[name] for name in shared.chosen)
    length, before = len(shared.chosen), sum(pinned.values())
    waiting = Counter(merchant for merchant, _ in wanted)

    def feasible(size: int) -> bool:
        cap = max(1, math.floor((size + before) * POLICY.merchant_share))
        return sum(min(count, max(0, cap - pinned.get(merchant, 0))) for merchant, count in waiting.items()) >= size

    full = max(0, min(room, len(asked), POLICY.full_page - before))
    capped = len({*waiting, *pinned}) > 4
    possible = capped and any(feasible(size) for size in range(full, min(room, len(asked)) + 1))
    if possible:
        cap = max(1, math.floor((length + before) * POLICY.merchant_share))
        assert all(count + pinned.get(merchant, 0) <= max(cap, pinned.get(merchant, 0)) for merchant, count in owners.items())
        assert shared.yielded == ""
        assert length >= full
    elif asked and room:
        assert shared.yielded
        assert length == (full if capped else min(room, len(asked)))
