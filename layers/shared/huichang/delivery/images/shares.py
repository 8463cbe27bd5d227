"""How often each image of a venue is shown to whom: finite, exact, small enough to lie in a snapshot.

As with answers of ranking, an image's probability under Thompson sampling has no closed form, and an estimate of it would spoil every later
judgement of the logs. So `DRAWS` samples are taken once, when the shares are built; an image's probability is the number of samples in
which it was best, mixed with an even part. Serving draws from these numbers, so they are what is logged.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from huichang.delivery.images.beliefs import ImageBeliefs
from huichang.delivery.images.counted import ImageHistory
from huichang.delivery.model import LiveVenue

FORMAT = "images/1"
DEFAULT = ""
"""The id of a venue's default picture."""
DRAWS = 64
EXPLORE = 0.05
"""Share that is drawn evenly among a venue's images, so that no image is ever forgotten and logs can judge another choice."""
CALM = 2.0
"""As ranking's: samples come from a posterior that many times as certain. 1, 3 and 6 differ by less than worlds do (decision 41)."""
SEGMENT_EVENTS = 25.0
"""Remembered rewards of a venue in a segment from which its images have shares of their own there."""


@dataclass(frozen=True)
class Choice:
    """Of one venue. `pictures`: image id -> address. `everybody`, `segments`: image id -> probability, summing to one."""

    pictures: Mapping[str, str]
    everybody: Mapping[str, float]
    segments: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def of(self, segment: str) -> Mapping[str, float]:
        """The segment's own, or everybody's; also for a segment nobody knows."""
        return self.segments.get(segment, self.everybody)


@dataclass(frozen=True)
class ImageShares:
    """Venue -> its choice. A venue with one picture has none and is not in here."""

    venues: Mapping[str, Choice] = field(default_factory=dict)

    def of(self, venue_id: str, segment: str) -> Mapping[str, float]:
        """image id -> probability; {"": 1.0} where there is no choice."""
        choice = self.venues.get(venue_id)
        return choice.of(segment) if choice else {DEFAULT: 1.0}

    def pick(self, venue_id: str, segment: str, generator: random.Random) -> tuple[str, str, float]:
        """(image id, its address, the probability with which it was picked). ("", "", 1.0): the venue's own picture, without a choice."""
        choice = self.venues.get(venue_id)
        if choice is None:
            return DEFAULT, "", 1.0
        shares = choice.of(segment)
        image = generator.choices(list(shares), weights=list(shares.values()))[0]
        return image, choice.pictures[image], shares[image]


def image_shares(
    histories: Iterable[ImageHistory],
    venues: Iterable[LiveVenue],
    now: datetime,
    generator: random.Random,
    *,
    draws: int = DRAWS,
    explore: float = EXPLORE,
    calm: float = CALM,
    segment_events: float = SEGMENT_EVENTS,
) -> ImageShares:
    """From what each placement counted (one, or several that learn together). The same arguments and generator give the same shares."""
    pictures = {venue.venue_id: pictures_of(venue) for venue in venues}
    choices = {venue_id: images for venue_id, images in sorted(pictures.items()) if len(images) > 1}
    if not choices:
        return ImageShares()
    beliefs = ImageBeliefs([history.tally(now) for history in histories], choices)
    made = {}
    for venue_id, images in choices.items():
        names = sorted(images)

        def shares(segment: str | None, venue_id: str = venue_id, names: Sequence[str] = names) -> dict[str, float]:
            believed = [beliefs.of(venue_id, image, segment).draw(generator, draws, calm) for image in names]
            best = [max(range(len(names)), key=lambda i: believed[i][draw]) for draw in range(draws)]
            return {image: (1 - explore) * best.count(i) / draws + explore / len(names) for i, image in enumerate(names)}

        own = sorted(segment for segment, events in beliefs.events(venue_id).items() if events >= segment_events)
        made[venue_id] = Choice(images, shares(None), {segment: shares(segment) for segment in own})
    return ImageShares(made)


def pictures_of(venue: LiveVenue) -> dict[str, str]:
    """Image id -> address of everything the venue may be shown with, "" its default. What is off is not in LiveVenue.images."""
    default = {DEFAULT: venue.picture} if venue.picture else {}
    return default | {image.image_id: image.picture for image in venue.images}


def pack(shares: ImageShares) -> bytes:
    """As bytes, for a snapshot. JSON under zlib; probabilities as they are, so that what is read back is what was built."""
    body = {
        "format": FORMAT,
        "venues": {
            venue_id: [
                [[image, choice.pictures[image]] for image in choice.everybody],
                list(choice.everybody.values()),
                {segment: [own[image] for image in choice.everybody] for segment, own in choice.segments.items()},
            ]
            for venue_id, choice in shares.venues.items()
        },
    }
    return zlib.compress(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def unpack(body: bytes) -> ImageShares:
    """What `pack` wrote. ValueError if it is of another format."""
    try:
        read = json.loads(zlib.decompress(body))
    except (zlib.error, ValueError) as error:
        raise ValueError("these are no packed shares of images") from error
    if not isinstance(read, dict) or read.get("format") != FORMAT:
        raise ValueError(f"shares of images are packed as {FORMAT}")
    venues = {}
    for venue_id, (pictures, everybody, segments) in read["venues"].items():
        names = [image for image, _ in pictures]
        venues[venue_id] = Choice(
            dict(pictures),
            dict(zip(names, everybody, strict=True)),
            {segment: dict(zip(names, own, strict=True)) for segment, own in segments.items()},
        )
    return ImageShares(venues)
