"""First images in a placement's snapshot: what was clicked is chosen, what was switched off is not, and windows are read once."""

from __future__ import annotations

from datetime import timedelta

from huichang.delivery.images.illustrating import Illustrate
from huichang.delivery.images.shares import ImageShares, unpack
from huichang.delivery.model import FirstImage
from huichang.delivery.serving.bundle import opened
from huichang.kernel.errors import NotFoundError
from tests.support.memory_snapshots import Delivery, venues

IMAGES = tuple(FirstImage(image_id=name, picture=f"/media/{name}.webp") for name in ("goods", "scene"))


class MemoryKept:
    """Kept."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    def get(self, placement: str) -> bytes:
        if placement not in self.bodies:
            raise NotFoundError(placement)
        return self.bodies[placement]

    def put(self, placement: str, body: bytes) -> None:
        self.bodies[placement] = body


def illustrated(images: tuple[FirstImage, ...] = IMAGES) -> tuple[Delivery, MemoryKept]:
    made, shelf = Delivery(*venues(3, picture="/media/default.webp", images=images)), MemoryKept()
    made.build.illustrate = Illustrate(made.cells, shelf)
    return made, shelf


def shares(made: Delivery) -> ImageShares:
    made.build("home")
    body = opened(made.snapshots.objects[made.snapshots.pointers["home"].key]).attachment("images")
    assert body is not None
    return unpack(body)


def test_what_is_clicked_more_is_shown_more_and_the_feed_says_with_what_probability() -> None:
    made, _ = illustrated()
    made.build("home")
    for image, clicks in (("", 20), ("goods", 200), ("scene", 20)):
        made.count("v-000", 1000, clicks, image=image)
    made.clock.moment += timedelta(hours=2)
    learnt = shares(made)
    assert learnt.of("v-000", "none")["goods"] > 0.8
    feed = made.another_feed(pictures=unpack)
    seen = [item for _ in range(40) for item in feed("home", 3).items if item.venue_id == "v-000"]
    assert max({item.image for item in seen}, key=[item.image for item in seen].count) == "goods"
    for item in seen:
        assert item.image_propensity == learnt.of("v-000", "none")[item.image]
        assert item.picture == (f"/media/{item.image}.webp" if item.image else "/media/default.webp")


def test_an_image_that_was_switched_off_is_gone_with_the_next_build_though_sums_are_young() -> None:
    made, shelf = illustrated()
    assert set(shares(made).of("v-001", "none")) == {"", "goods", "scene"}
    for venue in made.store.live():
        made.store.put_live(venue.model_copy(update={"images": IMAGES[:1]}))
    made.clock.moment += timedelta(minutes=1)
    assert set(shares(made).of("v-001", "none")) == {"", "goods"}
    assert shelf.bodies["home"]


def test_sums_of_an_hour_serve_without_a_window_being_read() -> None:
    made, _ = illustrated()
    first = shares(made)
    made.count("v-000", 100, 50, image="goods")
    made.clock.moment += timedelta(minutes=20)
    assert shares(made) == first
    made.clock.moment += timedelta(hours=1)
    assert shares(made) != first


def test_what_is_kept_in_another_format_is_read_again_and_one_picture_needs_no_shares() -> None:
    made, shelf = illustrated()
    shelf.bodies["home"] = b"{}"
    assert set(shares(made).of("v-002", "none")) == {"", "goods", "scene"}
    plain, _ = illustrated(images=())
    plain.build("home")
    assert opened(plain.snapshots.objects[plain.snapshots.pointers["home"].key]).attachment("images") is None
