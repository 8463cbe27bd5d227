"""First images: whose click it was is believed, probabilities are those of what is done, and no image that is off is ever picked."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.delivery.cells import Cell, window_of
from huichang.delivery.events.cells import CellKey, Counts
from huichang.delivery.images.beliefs import ImageBeliefs, style_of
from huichang.delivery.images.counted import Exposure, ImageHistory
from huichang.delivery.images.illustrating import BACKWARDS, READ_AT, Illustrate
from huichang.delivery.images.shares import DRAWS, ImageShares, image_shares, pack, pictures_of, unpack
from huichang.delivery.model import FirstImage, LiveVenue
from huichang.delivery.placements.shipped import PLACEMENTS
from huichang.delivery.ranking.history import History
from huichang.kernel.errors import NotFoundError

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
IDS = ("goods-1", "shelf-2", "scene-3")


def a_venue(venue_id: str, *images: str, picture: str = "/media/default.webp") -> LiveVenue:
    return LiveVenue(
        venue_id=venue_id,
        title="",
        href=f"/v/{venue_id}/",
        picture=picture,
        language="zh",
        published_at="",
        images=tuple(FirstImage(image_id=image, picture=f"/media/{image}.webp") for image in images),
    )


def a_cell(image: str, shown: int, clicks: int, venue_id: str = "v", **more: object) -> Cell:
    values = {"window": window_of(NOON - timedelta(hours=30)), "placement": "home", "venue_id": venue_id, "image": image}
    return Cell.model_validate(values | {"impressions": shown, "clicks": clicks} | more)


def a_history(*cells: Cell) -> ImageHistory:
    history = ImageHistory()
    for window in {cell.window for cell in cells}:
        history.put(window, [cell for cell in cells if cell.window == window])
    return history


def shares_of(*cells: Cell, venues: tuple[LiveVenue, ...] = (), **more: float) -> ImageShares:
    return image_shares([a_history(*cells)], venues or (a_venue("v", *IDS),), NOON, random.Random(1), **more)  # type: ignore[arg-type]


counted = st.lists(
    st.tuples(
        st.sampled_from(["v", "w", "x"]),
        st.sampled_from(["none", "bulk", "new"]),
        st.sampled_from(["", *IDS, "gone-9"]),
        st.integers(1, 4),
        st.integers(0, 3000),
        st.floats(0, 1),
    ),
    max_size=40,
)
offered = st.dictionaries(st.sampled_from(["v", "w", "x", "y"]), st.lists(st.sampled_from(IDS), unique=True), min_size=1)


@settings(max_examples=60, deadline=None)
@given(counted=counted, offered=offered, seed=st.integers(0, 99), explore=st.sampled_from([0.0, 0.05, 1.0]))
def test_probabilities_sum_to_one_over_the_images_that_are_on_and_no_other_is_ever_picked(
    counted: list[tuple[str, str, str, int, int, float]], offered: dict[str, list[str]], seed: int, explore: float
) -> None:
    cells = {
        (venue, segment, image, position): a_cell(image, shown, int(shown * rate), venue, segment=segment, position=position)
        for venue, segment, image, position, shown, rate in counted
    }
    venues = [a_venue(venue, *images) for venue, images in offered.items()]
    generator = random.Random(seed)
    built = image_shares([a_history(*cells.values())], venues, NOON, generator, explore=explore)
    assert unpack(pack(built)) == built
    for venue in venues:
        on = pictures_of(venue)
        for segment in ("none", "bulk", "new", "nobody-knows"):
            shares = built.of(venue.venue_id, segment)
            assert set(shares) == set(on)
            assert sum(shares.values()) == pytest.approx(1, abs=1e-12)
            assert all(share >= explore / len(on) - 1e-12 for share in shares.values())
            image, picture, probability = built.pick(venue.venue_id, segment, generator)
            assert probability == shares[image] > 0
            assert picture == (on[image] if len(on) > 1 else "")


def test_what_is_picked_is_picked_as_often_as_it_says() -> None:
    built = shares_of(*(a_cell(image, 900, clicks) for image, clicks in zip(("", *IDS), (27, 40, 30, 20), strict=True)))
    generator = random.Random(3)
    picked = Counter(built.pick("v", "none", generator)[0] for _ in range(8000))
    for image, share in built.of("v", "none").items():
        assert picked[image] / 8000 == pytest.approx(share, abs=0.02)
        assert (share - 0.05 / 4) / 0.95 * DRAWS == pytest.approx(round((share - 0.05 / 4) / 0.95 * DRAWS))  # a count


def test_one_picture_needs_no_choice() -> None:
    built = shares_of(venues=(a_venue("v"), a_venue("w", "goods-1", picture="")))
    assert built.venues == {}
    assert built.pick("v", "bulk", random.Random(1)) == ("", "", 1.0)
    assert built.of("nobody", "bulk") == {"": 1.0}


def test_a_better_image_is_shown_more_and_in_the_segment_where_it_is_better() -> None:
    cells = [a_cell(image, 3000, clicks) for image, clicks in zip(("", *IDS), (90, 90, 90, 150), strict=True)]
    cells += [a_cell(image, 3000, clicks, segment="bulk") for image, clicks in zip(("", *IDS), (90, 180, 90, 60), strict=True)]
    built = shares_of(*cells)
    assert max(built.of("v", "none").items(), key=lambda each: each[1])[0] == "scene-3"
    assert max(built.of("v", "bulk").items(), key=lambda each: each[1])[0] == "goods-1"


def test_a_segment_with_little_data_has_everybodys_shares() -> None:
    cells = [a_cell(image, 3000, 90) for image in ("", *IDS)]
    built = shares_of(*cells, a_cell("goods-1", 40, 3, segment="bulk"))
    assert set(built.venues["v"].segments) == {"none"}
    assert built.of("v", "bulk") == built.venues["v"].everybody


def test_a_venue_that_is_liked_in_a_segment_does_not_speak_for_the_image_it_was_shown_with_there() -> None:
    """Bulk buyers click everything of this venue three times as often; only goods-1 was shown to them so far."""
    cells = [a_cell(image, 4000, 120) for image in ("", *IDS)] + [a_cell("goods-1", 4000, 360, segment="bulk")]
    beliefs = ImageBeliefs([a_history(*cells).tally(NOON)], {"v": ("", *IDS)})
    assert beliefs.of("v", "goods-1", "bulk").mean == pytest.approx(1, abs=0.05)
    assert beliefs.of("v", "scene-3", "bulk").mean == pytest.approx(1, abs=0.05)


def test_a_lower_place_is_not_held_against_an_image() -> None:
    """goods-1 stood first, scene-3 fourth; both were clicked as often as their places are seen."""
    other = [a_cell("", 4000, 160, venue_id="w", position=1), a_cell("", 4000, 70, venue_id="w", position=4)]
    cells = [a_cell("goods-1", 4000, 160, position=1), a_cell("scene-3", 4000, 70, position=4), *other]
    beliefs = ImageBeliefs([a_history(*cells).tally(NOON)], {"v": ("", *IDS), "w": ("", "goods-9")})
    assert beliefs.of("v", "goods-1").mean == pytest.approx(beliefs.of("v", "scene-3").mean, rel=0.1)


def test_a_new_image_starts_at_the_venues_own_rate_and_where_its_style_does() -> None:
    known = {"v": {"none": {"": Exposure(4000, 120), "goods-1": Exposure(4000, 120)}}}
    assert ImageBeliefs([known], {"v": ("", *IDS)}).of("v", "scene-3", "none").mean == pytest.approx(1, abs=0.02)
    styled = {f"v{n}": {"none": {"": Exposure(4000, 120), f"scene-{n}": Exposure(4000, 190)}} for n in range(12)}
    beliefs = ImageBeliefs([styled], {venue: ("", f"scene-{venue[1:]}", "scene-99", "goods-99") for venue in styled})
    assert beliefs.of("v1", "scene-99").mean > beliefs.of("v1", "goods-99").mean
    assert (style_of("scene-99"), style_of("")) == ("scene", "")


def test_what_is_old_is_forgotten() -> None:
    old, fresh = NOON - timedelta(days=40), NOON - timedelta(hours=30)
    cells = [
        a_cell("goods-1", 4000, 240, window=window_of(old)), a_cell("scene-3", 4000, 120, window=window_of(old)),
        a_cell("goods-1", 2000, 60, window=window_of(fresh)), a_cell("scene-3", 2000, 100, window=window_of(fresh)),
    ]  # fmt: skip
    beliefs = ImageBeliefs([a_history(*cells).tally(NOON)], {"v": ("", *IDS)})
    assert beliefs.of("v", "scene-3").mean > beliefs.of("v", "goods-1").mean


def test_placements_learn_together_and_an_image_that_is_off_teaches_nothing_about_itself() -> None:
    one = a_history(a_cell("goods-1", 3000, 120), a_cell("", 3000, 60))
    other = a_history(a_cell("goods-1", 3000, 400), a_cell("", 3000, 200), a_cell("gone-9", 3000, 900))
    tallies = [one.tally(NOON), other.tally(NOON)]
    together = ImageBeliefs(tallies, {"v": ("", *IDS)})
    alone = ImageBeliefs(tallies[:1], {"v": ("", *IDS)})
    assert together.of("v", "goods-1").spread < alone.of("v", "goods-1").spread
    assert together.of("v", "goods-1").mean > together.of("v", "").mean
    assert "gone-9" not in image_shares([one, other], [a_venue("v", *IDS)], NOON, random.Random(1)).of("v", "none")


def test_ranking_counts_the_images_of_a_venue_together() -> None:
    cells = [a_cell("goods-1", 30, 3), a_cell("", 50, 2), a_cell("scene-3", 20, 1)]
    history = History()
    history.put(cells[0].window, cells)
    sums = history.tally(NOON)["none", "v", 1]
    assert sums.events / sums.shown == pytest.approx(6 / 100)


class Counters:
    """Cells by window, and which were read."""

    def __init__(self) -> None:
        self.windows: dict[str, dict[CellKey, Counts]] = {}
        self.read: list[str] = []

    def add(self, hours_ago: int, image: str, shown: int, clicks: int, **more: object) -> None:
        window = window_of(NOON - timedelta(hours=hours_ago))
        values = {"window": window, "placement": "home", "segment": "none", "position": 1, "venue_id": "v", "image": image}
        self.windows.setdefault(window, {})[CellKey.model_validate(values | more)] = Counts(impressions=shown, clicks=clicks)

    def cells(self, placement: str, window: str) -> dict[CellKey, Counts]:
        self.read.append(window)
        return self.windows.get(window, {}) if placement == "home" else {}


class Memory(dict[str, bytes]):
    def get(self, placement: str) -> bytes:  # type: ignore[override]
        if placement not in self:
            raise NotFoundError("nothing is kept", where=placement)
        return self[placement]

    def put(self, placement: str, body: bytes) -> None:
        self[placement] = body


HOME = PLACEMENTS["home"]


def test_shares_are_built_once_an_hour_and_at_once_when_an_image_goes() -> None:
    counters, memory = Counters(), Memory()
    for image, clicks in zip(("", *IDS), (30, 30, 30, 90), strict=True):
        counters.add(30, image, 1000, clicks)
    illustrate = Illustrate(counters, memory)
    body = illustrate(HOME, [a_venue("v", *IDS)], NOON)
    assert body is not None
    assert max(unpack(body).of("v", "none").items(), key=lambda each: each[1])[0] == "scene-3"
    assert len(counters.read) == BACKWARDS
    assert Illustrate(counters, memory)(HOME, [a_venue("v", *IDS)], NOON + timedelta(minutes=40)) == body
    assert len(counters.read) == BACKWARDS  # nothing was read again
    without = illustrate(HOME, [a_venue("v", "goods-1")], NOON + timedelta(minutes=41))
    assert without is not None
    assert set(unpack(without).of("v", "none")) == {"", "goods-1"}
    assert illustrate(HOME, [a_venue("v"), a_venue("w")], NOON) is None


def test_the_same_inputs_give_the_same_bytes_whoever_builds() -> None:
    counters = Counters()
    counters.add(3, "goods-1", 500, 20)
    one, other = (Illustrate(counters, Memory())(HOME, [a_venue("v", *IDS), a_venue("w", *IDS)], NOON) for _ in range(2))
    assert one == other


def test_late_beacons_are_read_and_what_is_settled_is_not_read_again() -> None:
    counters, memory = Counters(), Memory()
    illustrate, venues = Illustrate(counters, memory), [a_venue("v", *IDS)]
    counters.add(0, "goods-1", 100, 0)
    for hour in range(40):
        if hour == 20:
            counters.add(0, "goods-1", 5000, 900)  # told most of a day late
            counters.add(0, "scene-3", 5000, 100)
        illustrate(HOME, venues, NOON + timedelta(hours=hour))
    body = illustrate(HOME, venues, NOON + timedelta(hours=40))
    assert body is not None
    assert max(unpack(body).of("v", "none").items(), key=lambda each: each[1])[0] == "goods-1"
    assert counters.read.count(window_of(NOON)) == len(READ_AT)


def test_what_was_kept_and_cannot_be_read_is_counted_again() -> None:
    counters, memory = Counters(), Memory()
    counters.add(30, "goods-1", 1000, 90)
    counters.add(30, "goods-1", 9, 9, position=0)
    counters.add(30, "goods-1", 9, 9, venue_id="without-a-choice")
    illustrate, venues = Illustrate(counters, memory), [a_venue("v", *IDS)]
    body = illustrate(HOME, venues, NOON)
    for damaged in (b"", b"{}\n", b"[]\nx", memory["home"][:-5], b'{"format": "illustrated/0"}\n'):
        memory["home"] = damaged
        assert illustrate(HOME, venues, NOON) == body


def test_the_venues_own_propensity_weighs_a_decision_and_not_that_of_the_pair() -> None:
    """Weights 1 / propensity of a venue's rows add up to the number of decisions; over pairs they would be as many times that as it has
    images."""
    built = shares_of(*(a_cell(image, 900, clicks) for image, clicks in zip(("", *IDS), (27, 40, 30, 20), strict=True)))
    generator, of_venue, alone, together = random.Random(5), 0.4, 0.0, 0.0
    for _ in range(20_000):
        if generator.random() < of_venue:
            _, _, of_image = built.pick("v", "none", generator)
            alone += 1 / of_venue / 20_000
            together += 1 / (of_venue * of_image) / 20_000
    assert alone == pytest.approx(1, abs=0.05)
    assert together == pytest.approx(4, abs=0.4)


def test_what_is_no_packed_share_is_refused() -> None:
    for body in (b"", b"x" * 20, pack(ImageShares())[:-3]):
        with pytest.raises(ValueError, match="images"):
            unpack(body)
