"""First images on the line: made with the page, judged like it, looked at by its reviewer, handed out only then.

What stands between a picture and a buyer, all of it in `handed_out_images`: it was made for the version that is live (and passed the gate
then, or it would not be there); a person has approved it; nobody has refused it or switched it off; and what it shows and says is
still what the page shows and says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from huichang.delivery.model import FirstImage
from huichang.kernel.errors import NotFoundError, PermanentError
from huichang.kernel.ids import content_hash
from huichang.kernel.model import Model
from huichang.line.policing import Policing
from huichang.line.releasing import reviewed_versions
from huichang.materials.policy import Passage
from huichang.materials.policy.labels import ContentLabel, picture_findings
from huichang.materials.styles.model import TypeStyle
from huichang.pages.first_images import (
    FEED,
    Composer,
    FirstImageMade,
    FirstImages,
    LeftOut,
    Wanted,
    first_images_key,
    holds_on,
    image_id_of,
    wanted_of,
)
from huichang.pages.model import PageModel, PageStore
from huichang.pages.rendering import checked_style
from huichang.pages.typesetting.poster import Colours, Studio
from huichang.venues.model import Documents, Venue

SEEN = "first-image."
"""What a review's `saw` calls them: "first-image.<id>" -> the hash of the picture's key."""
_KEPT = 60
"""Ids that a venue's record keeps: those of some twenty versions. Older ones are approved again before they are handed out."""


class FirstImageShown(Model):
    """A first image. `seen`: its content hash, which an approval says back. `approved`: by a person. `off`: refused, or switched off.
    `live`: placements may show it now."""

    image_id: str
    style: str
    picture: str
    width: int
    height: int
    alt: str
    contrast: float
    product_ids: tuple[str, ...]
    seen: str
    approved: bool = False
    off: bool = False
    live: bool = False


class FirstImageMaking(Protocol):
    """What the rendering station calls."""

    def make(self, venue: Venue, version_id: str, page: PageModel, label: ContentLabel, style: TypeStyle, known: Iterable[str]) -> None:
        """Make those of this version, if nobody did."""
        ...


@dataclass(frozen=True)
class FirstImageMaker:
    """Composes and sets them, holds them against the gate, and stores what passed. A picture that cannot be made is left out: a venue can
    always be shown with its default."""

    composer: Composer
    studio: Studio
    pages: PageStore
    documents: Documents
    policing: Policing

    def make(self, venue: Venue, version_id: str, page: PageModel, label: ContentLabel, style: TypeStyle, known: Iterable[str]) -> None:
        """Written once for a version; none for one that was approved without any: nobody would look at them. Raises TransientError."""
        key = first_images_key(venue.venue_id, version_id)
        if self.documents.exists(key) or version_id in reviewed_versions(venue):
            return
        colours, known = Colours.of(checked_style(page.style)), tuple(known)
        made: list[FirstImageMade] = []
        left_out: list[LeftOut] = []
        for wanted in wanted_of(page):
            try:
                made.append(self._made(venue, page, wanted, colours, label, style, known))
            except PermanentError as error:
                left_out.append(LeftOut(style=wanted.style, why=f"{error.code}: {error.message}"[:300]))
        unlike = {image.media_key: image for image in made}
        self.documents.put(key, FirstImages(images=tuple(unlike.values()), left_out=tuple(left_out)))

    def _made(
        self, venue: Venue, page: PageModel, wanted: Wanted, colours: Colours, label: ContentLabel, style: TypeStyle, known: tuple[str, ...]
    ) -> FirstImageMade:
        said = wanted.said
        texts = tuple(text for text in (said.title, said.subtitle, said.badge) if text)
        alt = f"{page.title} · {wanted.cards[0].title}"
        self._judge(venue, wanted, texts)
        goods = [self.pages.read_media(card.picture.lstrip("/")) for card in wanted.cards]
        background = self.pages.read_media(page.hero_image.lstrip("/")) if wanted.style == "scene" else None
        composed = self.composer.compose(wanted.style, goods, background, FEED, colours)
        drawn = self.studio.poster(composed.background, said, FEED, colours, style, xmp=label.xmp, known=known, over=composed.over)
        if missing := picture_findings(drawn.data, wanted.style):
            raise PermanentError(missing[0].said("en"), where=wanted.style, mend=missing[0].mend["en"], code="policy_blocked")
        media_key = self.pages.put_media(drawn.data, "image/webp", "webp")
        return FirstImageMade(
            image_id=image_id_of(wanted.style, media_key),
            style=wanted.style,
            media_key=media_key,
            width=drawn.width,
            height=drawn.height,
            bytes=len(drawn.data),
            contrast=min(each.contrast for each in drawn.measured),
            alt=alt,
            product_ids=tuple(card.product_id for card in wanted.cards),
            says=texts,
        )

    def _judge(self, venue: Venue, wanted: Wanted, texts: Iterable[str]) -> None:
        """The page's words were judged with it; these once more, by themselves: what is lawful on a page may not be as a headline."""
        policy, place = self.policing.of(venue), f"first-image.{wanted.style}"
        passages = [Passage(text=text, place=place, sector=policy.sector) for text in texts]
        theirs = Passage(text=wanted.cards[0].title, place=place, origin="product", sector=policy.sector)
        verdict = policy.check([*passages, theirs])
        if verdict.blocked:
            raise PermanentError(verdict.blocking[0].said("en"), where=place, code="policy_blocked")


def made_for(documents: Documents, venue_id: str, version_id: str) -> tuple[FirstImageMade, ...]:
    """All that were made for a version, whatever became of them."""
    return _of(documents, venue_id, version_id).images


def shown_as(images: Iterable[FirstImageMade]) -> dict[str, str]:
    """What a reviewer's `saw` says of them, by name."""
    return {SEEN + image.image_id: content_hash(image.media_key)[:32] for image in images}


def left_out_of(documents: Documents, venue_id: str, version_id: str) -> tuple[LeftOut, ...]:
    """Those that could not be made for a version."""
    return _of(documents, venue_id, version_id).left_out


def _of(documents: Documents, venue_id: str, version_id: str) -> FirstImages:
    """One read: a release of a hundred venues asks a hundred times."""
    if not version_id:
        return FirstImages()
    try:
        return documents.get(first_images_key(venue_id, version_id), FirstImages)
    except NotFoundError:  # rendered before there were any
        return FirstImages()


def approved_with(venue: Venue, images: Iterable[FirstImageMade], saw: Mapping[str, str] | None) -> tuple[str, ...]:
    """The venue's approved ids and those of these images that a reviewer says to have seen, less what was refused. One who does not say
    what was seen approves the page alone."""
    seen = [image.image_id for image in images if SEEN + image.image_id in (saw or {}) and image.image_id not in venue.images_off]
    return tuple(dict.fromkeys((*venue.images_seen, *seen)))[-_KEPT:]


def handed_out_images(documents: Documents, venue: Venue, version_id: str, page: PageModel) -> tuple[FirstImage, ...]:
    """What placements may show besides the default. `version_id`: the reviewed version that is live; `page`: what buyers get of it now.

    Of a version that went live without a review, none.
    """
    may = set(venue.images_seen) - set(venue.images_off)
    if not may or version_id not in reviewed_versions(venue):
        return ()
    return tuple(
        FirstImage(image_id=image.image_id, picture=f"/{image.media_key}", alt=image.alt)
        for image in made_for(documents, venue.venue_id, version_id)
        if image.image_id in may and holds_on(image, page)
    )


def images_shown(documents: Documents, venue: Venue, version_id: str, live: frozenset[str] = frozenset()) -> tuple[FirstImageShown, ...]:
    """Of one version, as a reviewer is shown them."""
    made = made_for(documents, venue.venue_id, version_id)
    hashes = list(shown_as(made).values())
    return tuple(_shown(image, venue, seen, live) for image, seen in zip(made, hashes, strict=True))


def _shown(image: FirstImageMade, venue: Venue, seen: str, live: frozenset[str]) -> FirstImageShown:
    return FirstImageShown(
        picture=f"/{image.media_key}",
        seen=seen,
        approved=image.image_id in venue.images_seen,
        off=image.image_id in venue.images_off,
        live=image.image_id in live,
        **image.model_dump(include={"image_id", "style", "width", "height", "alt", "contrast", "product_ids"}),
    )
