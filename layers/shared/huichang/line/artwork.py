"""The finished pictures of a page: its hero for phones and desktops, and the posters that placements and shared links show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from huichang.kernel.errors import PermanentError
from huichang.kernel.model import Model
from huichang.materials.policy.labels import ContentLabel, picture_findings
from huichang.materials.styles.model import TypeStyle
from huichang.pages.hero_shots import hung
from huichang.pages.model import HeroShot, PageModel, PageStore
from huichang.pages.rendering import checked_style
from huichang.pages.typesetting.formats import FORMATS
from huichang.pages.typesetting.layout import Words
from huichang.pages.typesetting.poster import Colours, Poster, Studio
from huichang.pages.words import words


class Posters(Model):
    """What a version's pictures came to."""

    posters: tuple[Poster, ...] = ()


def posters_key(venue_id: str, version_id: str) -> str:
    """Key of the posters that belong to a version."""
    return f"venues/{venue_id}/versions/{version_id}-posters"


class Finishing(Protocol):
    """Gives a page its finished pictures."""

    def on(self, page: PageModel, label: ContentLabel, style: TypeStyle, known: Iterable[str] = ()) -> PageModel:
        """The page with its hero for both screens and its posters."""
        ...


class Cut(Model):
    """What a background was cut to for a page."""

    hero_image: str
    hero_shots: tuple[HeroShot, ...] = ()


def cut_key(venue_id: str, background: str) -> str:
    """Key of what the background of this address ("/media/….webp") was last cut to on this venue's pages."""
    return f"venues/{venue_id}/cuts/{background.rsplit('/', 1)[-1]}"


@dataclass(frozen=True)
class Artwork:
    """Makes them from the reviewed background and the accepted words. The same page gives the same bytes, so the same keys."""

    studio: Studio
    pages: PageStore

    def on(self, page: PageModel, label: ContentLabel, style: TypeStyle, known: Iterable[str] = ()) -> PageModel:
        """The page with its hero cut for both screens and its posters; without a background, posters on the palette's own ground.

        `label`: the AI label that every picture carries in its metadata; posters also show it. `known`: words that lines do not cut.
        Raises PermanentError for a palette on which nothing can be read, and for a picture that would go out without its label.
        """
        colours = Colours.of(checked_style(page.style))
        background = self.pages.read_media(page.hero_image.lstrip("/")) if page.hero_image else None
        shots: tuple[HeroShot, ...] = ()
        if background is not None:

            def keep(data: bytes, content_type: str, suffix: str) -> str:
                return self._kept(data, "hero", content_type, suffix)

            shots = hung(self.studio.hero(background, colours, xmp=label.xmp), keep)
        said = Words(
            title=page.title, subtitle=page.subtitle, badge=page.slogan, ai_label=words(page.language)["ai_short"], language=page.language
        )
        known = tuple(known)
        posters = []
        for form in FORMATS.values():
            drawn = self.studio.poster(background, said, form, colours, style, xmp=label.xmp, known=known)
            posters.append(
                Poster(
                    format=form.name,
                    media_key=self._kept(drawn.data, f"{form.name} poster"),
                    bytes=len(drawn.data),
                    **drawn.model_dump(include={"width", "height", "veil", "measured"}),
                )
            )
        wide = next((shot.path for shot in shots if shot.screen == "desktop"), page.hero_image)
        return page.model_copy(update={"hero_image": wide, "hero_shots": shots, "posters": tuple(posters)})

    def _kept(self, data: bytes, place: str, content_type: str = "image/webp", suffix: str = "webp") -> str:
        if missing := picture_findings(data, place):
            raise PermanentError(missing[0].said("en"), where=place, mend=missing[0].mend["en"], code="policy_blocked")
        return self.pages.put_media(data, content_type, suffix)
