"""What is believed an image does for its venue, from what happened with it and with its like.

    rate of (venue, image) in a stratum = rate of the venue there x ratio[style] x ratio[image] x ratio[image in the segment]

A stratum is a placement and a segment. How often a venue is clicked there is its own affair (ranking's): it is fitted from all its images
together and drops out, so that a venue being liked more in one segment never speaks for the image that happened to be shown there. What is
left is *whose click it was*. Ratios are Gamma around their parent, as ranking's are: how much siblings differ is estimated. A new image
starts where its style does, a new style at the venue's own rate; in a segment it starts from what the other segments say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from huichang.delivery.images.counted import Stratum
from huichang.delivery.ranking.beliefs import NEUTRAL_EXPOSURE, NEUTRAL_RATE, USUAL_SHAPE, Belief, estimate_shape

# A style that nobody has seen is believed to be like the others, as firmly as this (its shape).
STYLE_SHAPE = 60.0
_ROUNDS = 3

# Venue -> segment -> image -> exposure, of one placement (ImageHistory.tally).
Tally = Mapping[str, Mapping[str, Stratum]]


def style_of(image_id: str) -> str:
    """The style of an image: the first word of its id ("goods-1f3a…"); "" of a venue's default."""
    return image_id.partition("-")[0]


@dataclass
class _Known:
    """Events expected of an image at ratio 1, and events."""

    expected: float = 0.0
    events: float = 0.0


class ImageBeliefs:
    """Over all venues that have a choice. Build it once, ask it for any image."""

    def __init__(self, tallies: Sequence[Tally], choices: Mapping[str, Iterable[str]]) -> None:
        """`tallies`: of one placement each. `choices`: venue -> its images now, "" among them; of others nothing is read."""
        self._own: defaultdict[tuple[str, str], dict[str, _Known]] = defaultdict(dict)
        self._all: dict[tuple[str, str], _Known] = {}
        self._events: defaultdict[str, dict[str, float]] = defaultdict(dict)
        # What a venue earns in a stratum of which next to nothing is known.
        self._usual = _average(tallies)
        for venue_id, images in choices.items():
            self._read(venue_id, frozenset(images), tallies)
        self._styles()
        among = [(known.expected * self._style_mean(image), known.events) for (_, image), known in self._all.items()]
        self.shape_image = estimate_shape(among)
        in_segment = []
        for (venue_id, segment), own in self._own.items():
            for image, known in own.items():
                others = self._among_others(venue_id, image, segment)
                in_segment.append((known.expected * others.mean, known.events))
        many = len({segment for _, segment in self._own}) > 1
        # With one segment there is nothing to learn a difference from.
        self.shape_segment = estimate_shape(in_segment) if many else USUAL_SHAPE

    def _read(self, venue_id: str, images: frozenset[str], tallies: Sequence[Tally]) -> None:
        strata = [(segment, stratum) for tally in tallies for segment, stratum in tally.get(venue_id, {}).items()]
        ratio: dict[str, float] = {}
        rates: list[float] = []
        events = self._events[venue_id]
        # The venue's rate in a stratum and its images' ratios, in turns: a stratum is not better because the better image was shown in it.
        for _ in range(_ROUNDS):
            rates = [self._rate(stratum, ratio) for _, stratum in strata]
            sums: defaultdict[str, _Known] = defaultdict(_Known)
            for (_, stratum), rate in zip(strata, rates, strict=True):
                for image, exposure in stratum.items():
                    sums[image].expected += exposure.shown * rate
                    sums[image].events += exposure.events
            ratio = {image: (known.events + USUAL_SHAPE) / (known.expected + USUAL_SHAPE) for image, known in sums.items()}
        for (segment, stratum), rate in zip(strata, rates, strict=True):
            for image, exposure in stratum.items():
                events[segment] = events.get(segment, 0.0) + exposure.events
                if image not in images:
                    continue  # it is off, or of an earlier version
                for known in (
                    self._own[venue_id, segment].setdefault(image, _Known()),
                    self._all.setdefault((venue_id, image), _Known()),
                ):
                    known.expected += exposure.shown * rate
                    known.events += exposure.events

    def _styles(self) -> None:
        sums: defaultdict[str, _Known] = defaultdict(_Known)
        for (_, image), known in self._all.items():
            sums[style_of(image)].expected += known.expected
            sums[style_of(image)].events += known.events
        self._style = {style: (known.events + STYLE_SHAPE) / (known.expected + STYLE_SHAPE) for style, known in sums.items()}

    def _style_mean(self, image: str) -> float:
        return self._style.get(style_of(image), 1.0)

    def _among_others(self, venue_id: str, image: str, segment: str) -> Belief:
        """Ratio of the image as all segments but this one show it."""
        known = self._all.get((venue_id, image), _Known())
        own = self._own.get((venue_id, segment), {}).get(image, _Known())
        expected, events = max(0.0, known.expected - own.expected), max(0.0, known.events - own.events)
        return Belief(self.shape_image + events, self.shape_image / self._style_mean(image) + expected)

    def of(self, venue_id: str, image: str, segment: str | None = None) -> Belief:
        """Ratio (1: as the venue does on the whole) of an image, in a segment or over all. Any may be asked about."""
        if segment is None:
            return self._among_others(venue_id, image, "")
        others = self._among_others(venue_id, image, segment)
        own = self._own.get((venue_id, segment), {}).get(image, _Known())
        shape = 1 / (1 / self.shape_segment + 1 / others.shape)
        return Belief(shape + own.events, shape / others.mean + own.expected)

    def events(self, venue_id: str) -> dict[str, float]:
        """Segment -> remembered rewards of the venue, whichever image had them."""
        return dict(self._events.get(venue_id, {}))

    def _rate(self, stratum: Stratum, ratio: Mapping[str, float]) -> float:
        shown = sum(exposure.shown * ratio.get(image, 1.0) for image, exposure in stratum.items())
        events = sum(exposure.events for exposure in stratum.values())
        return (events + self._usual * NEUTRAL_EXPOSURE) / (shown + NEUTRAL_EXPOSURE)


def _average(tallies: Sequence[Tally]) -> float:
    exposures = [each for tally in tallies for venue in tally.values() for stratum in venue.values() for each in stratum.values()]
    shown, events = sum(each.shown for each in exposures), sum(each.events for each in exposures)
    return (events + NEUTRAL_RATE * NEUTRAL_EXPOSURE) / (shown + NEUTRAL_EXPOSURE)
