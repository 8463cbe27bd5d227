"""From selected products to a staged, inspected page that waits for its reviewer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from huichang.catalog.product import Product, promoted
from huichang.kernel.events import MaterialsRequested, PageStaged
from huichang.kernel.language import Language, Text, both
from huichang.line.artwork import Cut, Finishing, Posters, cut_key, posters_key
from huichang.line.budgets import CAP_REACHED, NO_MONEY
from huichang.line.evidence import catalogue_findings, keep_pictures, shown_products
from huichang.line.facts import facts_of, still_true, true_slogan
from huichang.line.first_images import FirstImageMaking
from huichang.line.keys import VenueStep
from huichang.line.lessons import Lessons
from huichang.line.living import recipe_key, recipe_of, reserve_ids
from huichang.line.locking import choice_of
from huichang.line.policing import Policing, policy_key
from huichang.line.publishing import page_key
from huichang.line.review import review_answer
from huichang.line.selecting import Records
from huichang.line.siblings import SiblingMaker, look_at_siblings, plan_for
from huichang.materials.by_hand import asked_again, given
from huichang.materials.desk import MaterialDesk
from huichang.materials.model import CopyResult, CopySlot, ImageResult, MaterialRequest, MaterialStore
from huichang.materials.painting import PROMPT_VERSION
from huichang.materials.policy import PolicyError, PolicyFinding, Verdict
from huichang.materials.policy.labels import VERSION, ContentMaker
from huichang.materials.styles.goods import GoodsMix
from huichang.materials.styles.matching import match_style
from huichang.materials.styles.model import TypeStyle
from huichang.materials.styles.packages import load_presets
from huichang.materials.styles.prompting import hero_image_prompt
from huichang.pages.addresses import linked
from huichang.pages.ends import end_of
from huichang.pages.inspection import inspect_html
from huichang.pages.matching import choose_template
from huichang.pages.model import Design, Inspection, PageModel, PageStore, PixelInspector, TemplateChoice
from huichang.pages.packages.checking import page_refused
from huichang.pages.packages.locks import FLOORS, locked_by, open_component, with_locked_words
from huichang.pages.packages.model import TemplatePackageError
from huichang.pages.packages.shelf import Templates
from huichang.pages.picture_shelf import PictureShelf
from huichang.pages.policing import as_findings
from huichang.pages.rendering import build_page, render
from huichang.pages.templates import copy_slots
from huichang.prompts import VERSIONS
from huichang.selection.index import ProductIndex
from huichang.selection.model import Floor, FloorPlan, Selection
from huichang.selection.words import say
from huichang.themes.model import CampaignBrief
from huichang.themes.promises import Promises
from huichang.trends.trend import TrendSource
from huichang.venues.model import TaskTokens, Venue


@dataclass(frozen=True)
class MatchTemplate:
    """Template and style by the designers' rules."""

    records: Records
    index: ProductIndex
    templates: Templates

    def __call__(self, step: VenueStep) -> dict[str, Any]:
        """Return {template}."""
        with self.records.journal.step(step, "MatchTemplate") as entry:
            venue = self.records.venues.get(step.venue_id)
            selection = self.records.documents.get(step.key("selection"), Selection)
            products = promoted(self.index.get([chosen.product_id for chosen in selection.products]), venue.promotion)
            brief = self.records.brief(step)
            choice = self._choice(venue, products, brief)
            starts = brief.window.start if brief.window else None
            matched = match_style(venue.theme, GoodsMix.of(products.values()), tone=brief.tone, starts=starts)
            style = load_presets()[matched.style_id]
            design = Design(
                template=choice,
                style_id=style.id,
                style_choice=matched,
                style=style.style(),
                image_prompt=hero_image_prompt(style, venue.theme.name),
                scene=style.scene,
            )
            self.records.documents.put(step.key("design"), design)
            reasons = "; ".join(choice.reasons)
            self.records.venues.update(step.venue_id, template=choice.template_id, template_reason=reasons)
            entry.note = f"{choice.template_id} · {style.id}"
        return {"template": choice.template_id}

    def _choice(self, venue: Venue, products: Mapping[str, Product], brief: CampaignBrief) -> TemplateChoice:
        """What somebody moved the venue to; what its live page has; else the best that matching finds now."""
        if venue.template_pin:
            record = self.templates.pinned(venue.template_pin)
            name = f"{record.template_id} v{record.version}"
            why = say(venue.language, f"由人迁移到 {name}", f"moved to {name} by a person")
            return TemplateChoice(template_id=record.template_id, version=record.version, score=0.0, reasons=(why,), package=record.package)
        if venue.live_version and (kept := choice_of(venue, self.records.documents)) and kept.package:
            return kept  # a newer version, or another template, comes to a live venue only when somebody moves it there
        offered = self.templates.offered()
        # What an operator has arranged or pinned must not come to stand in a region that is locked.
        done = bool(venue.arrangement or venue.edits.pins)
        open_ones = {name: each for name, each in offered.items() if not (done and locked_by(each.manifest, FLOORS))}
        choice = choose_template(
            venue.theme,
            venue.language,
            list(products.values()),
            {name: each.manifest for name, each in open_ones.items()},
            tone=brief.tone,
            signal=brief.signal,
            ends=bool(brief.window),
        )
        return choice.model_copy(update={"package": open_ones[choice.template_id].package})


@dataclass(frozen=True)
class RequestMaterials:
    """The material tasks of the whole page. The task token goes back when the last one has ended."""

    records: Records
    index: ProductIndex
    templates: Templates
    trends: TrendSource
    desk: MaterialDesk
    tokens: TaskTokens
    collect: CollectMaterials
    lessons: Lessons

    def __call__(self, step: VenueStep) -> dict[str, Any]:
        """Return {materials}; nobody reads it: the state waits for the token."""
        with self.records.journal.step(step, "RequestMaterials") as entry:
            venue = self.records.venues.get(step.venue_id)
            self.lessons.settle(venue)  # the reviewer's request may have died before it could
            requests = self._requests(step, venue)
            self.desk.request_page(requests, step.round)
            entry.note = f"{len(requests)}"
            entry.waits = True
        # Not before the tasks are this round's and the step is written down as waiting: a late message about the round
        # before would otherwise find a complete page, wake this state too early, and its closing entry would be lost.
        self.tokens.keep(step.venue_id, "materials", step.task_token)
        self.records.venues.update(step.venue_id, status="generating", round=step.round, materials_total=len(requests), materials_ready=0)
        self.records.bus.publish(
            MaterialsRequested(
                campaign_id=step.campaign_id,
                venue_id=step.venue_id,
                at=self.records.at(),
                materials=len(requests),
                round=step.round,
            )
        )
        # All may have ended before the token was kept, and a replay finds them ready: then no event will come.
        self.collect.collect(step.venue_id)
        return {"materials": len(requests)}

    def _requests(self, step: VenueStep, venue: Venue) -> list[MaterialRequest]:
        documents = self.records.documents
        floors = documents.get(step.key("floors"), FloorPlan)
        rules = documents.get(step.key("selection"), Selection).rules
        design = documents.get(step.key("design"), Design)
        manifest = self.templates.of(design.template)
        products = promoted(self.index.get([pid for floor in floors.floors for pid in floor.product_ids]), venue.promotion)
        brief = self.records.brief(step)
        promises = Promises(brief, rules, products.values())
        cited = set(venue.theme.trend_ids)
        trend_titles = [trend.title for trend in self.trends.all() if trend.id in cited] if cited else []
        requests: list[MaterialRequest] = []
        for component in manifest.components:
            places: list[tuple[str, Floor | None]] = [(component.name, None)]
            if component.per_floor:
                places = [(floor.floor_id, floor) for floor in floors.floors]
            for name, floor in places:
                ids = floor.product_ids if floor else tuple(products)
                scene = design.scene if component.image_slots else ""
                goods = [products[pid] for pid in ids if pid in products]
                facts = facts_of(venue, goods, trend_titles, promises, runs=brief.window, scene=scene)
                if floor:
                    facts |= {"floor_title": floor.title, "floor_by": floors.by}
                slots = copy_slots(open_component(manifest, component), venue.language)
                if slots:
                    requests.append(self._request(venue, name, "copy", facts, component.name, slots))
                requests += [
                    self._request(venue, name, "image", {"label": VERSION}, design.image_prompt, width=slot.width, height=slot.height)
                    for slot in component.image_slots
                ]
        titles = {floor.floor_id: floor.title for floor in floors.floors}
        sent_back = {material_id: len(said) for material_id, said in venue.constraints.items()}
        requests = given(venue.by_hand, requests, titles, sent_back)
        return asked_again(venue.by_hand, self.lessons.carried(venue, design.template.template_id, design.style_id, requests))

    def _request(
        self,
        venue: Venue,
        component: str,
        kind: str,
        facts: dict[str, Any],
        prompt: str,
        slots: tuple[CopySlot, ...] = (),
        width: int = 0,
        height: int = 0,
    ) -> MaterialRequest:
        material_id = f"{component}.{kind}"
        return MaterialRequest.model_validate(
            {
                "venue_id": venue.venue_id,
                "campaign_id": venue.campaign_id,
                "material_id": material_id,
                "component": component,
                "kind": kind,
                "language": venue.language,
                "prompt": prompt,
                "slots": slots,
                "width": width,
                "height": height,
                "facts": facts,
                "prompt_version": f"write_copy.v{VERSIONS['write_copy']}" if kind == "copy" else f"paint.v{PROMPT_VERSION}",
            }
        )


@dataclass(frozen=True)
class CollectMaterials:
    """Counts what has ended; the last one wakes the page. Late, repeated and reordered messages change nothing."""

    records: Records
    desk: MaterialDesk
    materials: MaterialStore
    tokens: TaskTokens

    def collect(self, venue_id: str) -> bool:
        """True if the page was complete and its waiting state was told."""
        progress = self.desk.progress(venue_id)
        venue = self.records.venues.get(venue_id)
        if venue.status == "generating" and (venue.materials_ready, venue.materials_total) != (
            progress.ready,
            progress.total,
        ):
            venue = self.records.venues.update(venue_id, materials_ready=progress.ready, materials_total=progress.total)
        if not progress.complete or progress.total == 0 or venue.status != "generating":
            return False
        # A page can do without a generated picture (the template has its own ground), and says so; without words it cannot.
        # A picture that only money kept from being made is none of those: the page waits for the cap to be raised.
        failed = [task for task in self.materials.of_venue(venue_id) if task.status == "failed"]
        capped = [task for task in failed if task.code in NO_MONEY]
        lost = capped or [task for task in failed if task.kind == "copy"]
        if lost:
            causes = dict.fromkeys(task.error for task in capped) or [f"{task.material_id}: {task.error}" for task in lost]
            cause = "; ".join(causes)
            if capped:
                code = next((task.code for task in capped if task.code == CAP_REACHED), capped[0].code)
                self.records.journal.fail_waiting(venue_id, "RequestMaterials", cause, code)
                return self.tokens.fail(venue_id, "materials", "PermanentError", cause)
            return self.tokens.fail(venue_id, "materials", "PermanentError", f"materials could not be made: {cause}")
        told = self.tokens.succeed(venue_id, "materials", {"ready": progress.ready})
        if told:
            self.records.journal.close(venue_id, "RequestMaterials", f"{progress.ready}/{progress.total}")
        return told

    def remind(self, venue: Venue) -> bool:
        """Repeat a review's answer that did not reach its waiting state. True if it was still waiting."""
        return bool(venue.decision) and self.tokens.succeed(venue.venue_id, "review", review_answer(venue))


@dataclass(frozen=True)
class RenderPage:
    """Everything to one staged version, which has passed the policy gate."""

    records: Records
    index: ProductIndex
    materials: MaterialStore
    pages: PageStore
    pictures: PictureShelf
    offline: bool
    policing: Policing
    maker: ContentMaker
    artwork: Finishing
    public_base: str = ""
    templates: Templates = field(default_factory=Templates)
    link_hosts: tuple[str, ...] = ()
    first_images: FirstImageMaking | None = None  # None: a replay, which proves the page; they lie beside it

    def __call__(self, step: VenueStep) -> dict[str, Any]:
        """Return {version}. Raises PolicyError for a page that may not be shown: nothing is staged then."""
        with self.records.journal.step(step, "RenderPage") as entry:
            venue = self.records.venues.get(step.venue_id)
            documents = self.records.documents
            floors = documents.get(step.key("floors"), FloorPlan)
            design = documents.get(step.key("design"), Design)
            products = promoted(self.index.get([pid for floor in floors.floors for pid in floor.product_ids]), venue.promotion)
            products, unlinked = linked(products, self.link_hosts)
            entry.told = tuple(_unlinked(host, count) for host, count in unlinked.most_common(5))
            products, dropped = self.policing.sellable(venue, products)
            lawful_venue, lawful_floors = self.policing.lawful(venue, floors)
            texts: dict[str, dict[str, str]] = {}
            images: dict[str, str] = {}
            ready = [task for task in self.materials.of_venue(step.venue_id) if task.status == "ready"]
            shown = {floor.floor_id: [products[pid] for pid in floor.product_ids if pid in products] for floor in floors.floors}
            stale: list[PolicyFinding] = []
            for task in ready:
                if task.kind == "copy":
                    written = documents.get(task.result_key, CopyResult).texts
                    request = documents.get(task.request_key, MaterialRequest)
                    texts[task.component], found = still_true(request, written, shown.get(task.component, list(products.values())))
                    stale += found
                else:
                    images[task.component] = "/" + documents.get(task.result_key, ImageResult).media_key
            pictures = self.pictures.with_photos(products.values())
            campaign = self.records.campaigns.get(step.campaign_id)
            texts = with_locked_words(self.templates.of(design.template), venue.language, texts)
            theme = lawful_venue.theme.model_copy(update={"slogan": true_slogan(lawful_venue, list(products.values()))})
            page = build_page(
                lawful_venue.model_copy(update={"theme": theme}),
                lawful_floors,
                products,
                texts,
                images,
                design.style,
                pictures.address,
                offline=self.offline,
                now=self.records.clock.now(),
                maker=self.maker,
                unreviewed=campaign.unreviewed_pictures,
                ends_at=campaign.ends_at or end_of(self.records.brief(step).window, campaign.zone),
            )
            ends_zone = campaign.zone if page.ends_at else ""
            page = page.model_copy(update={"public_base": self.public_base, "ends_zone": ends_zone, "pictures": pictures.sets()})
            # The pictures carry the id of the background they are made from: its label and theirs name one piece of content.
            painted = next((task.task_key for task in ready if task.kind == "image" and task.component == "hero"), step.venue_id)
            known = (*venue.theme.keywords, *(floor.title for floor in page.floors))
            background = page.hero_image
            page = self.artwork.on(page, self.maker.label(painted), TypeStyle.of(design.style), known)
            if background:  # the editor shows a page with another of its pictures, and cuts none itself
                documents.put(cut_key(step.venue_id, background), Cut(hero_image=page.hero_image, hero_shots=page.hero_shots))
            page, variants = plan_for(venue, campaign, page, products, self.templates.of(design.template))
            html = self._rendered(page, design.template)
            verdict = self.policing.verdict(venue, html, page)
            if verdict.blocked:
                documents.put(step.round_key("policy"), verdict)
                raise PolicyError(verdict, venue.language)
            version_id = self.pages.put_version(step.venue_id, html)
            documents.put(page_key(step.venue_id, version_id), page)
            documents.put(posters_key(step.venue_id, version_id), Posters(posters=page.posters))
            if self.first_images:
                self.first_images.make(venue, version_id, page, self.maker.label(painted), TypeStyle.of(design.style), known)
            if variants.made or variants.kept:
                SiblingMaker(
                    documents,
                    self.pages,
                    lambda arranged: self._rendered(arranged, design.template),
                    lambda text, arranged: self.policing.verdict(venue, text, arranged),
                ).make(step.venue_id, version_id, page, variants)
            spare = promoted(self.index.get(reserve_ids(documents, step.key("left-out"))), venue.promotion)
            conditions = documents.get(step.key("selection"), Selection).rules.conditions
            recipe = recipe_of(page, design.template, floors, products, ready, conditions, spare)
            documents.put(recipe_key(step.venue_id, version_id), recipe)
            # Products and texts left off are told beside what else the reviewer should see.
            told = verdict.model_copy(update={"findings": (*verdict.findings, *stale, *(each.told for each in dropped))})
            documents.put(policy_key(step.venue_id, version_id), told)
            # Collectors count side by side, and the last to write need not be the last to have counted.
            self.records.venues.update(step.venue_id, status="staged", staged_version=version_id, materials_ready=len(ready))
            entry.note = version_id
        self.records.bus.publish(
            PageStaged(campaign_id=step.campaign_id, venue_id=step.venue_id, at=self.records.at(), version_id=version_id)
        )
        return {"version": version_id}

    def _rendered(self, page: PageModel, choice: TemplateChoice) -> str:
        """The document. Raises TemplatePackageError where an uploaded layout makes of real data what no page may hold."""
        package = self.templates.package(choice)
        html = render(page, choice.template_id, package)
        refused = page_refused(html, page) if package else ()
        if refused:
            raise TemplatePackageError(refused, where=f"template {choice.template_id} v{choice.version}")
        return html


def _unlinked(host: str, count: int) -> Text:
    return both(
        f"{count} 件商品没有放链接：{host} 不在允许的链接域名里（LinkHosts）",
        f"{count} products carry no link: {host} is not among the hosts that may be linked to (LinkHosts)",
    )


@dataclass(frozen=True)
class InspectPage:
    """Looks at the staged page before people do."""

    records: Records
    pages: PageStore
    pixels: PixelInspector
    templates: Templates
    picture_hosts: tuple[str, ...] = ()
    index: ProductIndex | None = None  # the catalogue of now; None: only the model that the page was rendered from

    def __call__(self, step: VenueStep) -> dict[str, Any]:
        """Return {blocked}."""
        with self.records.journal.step(step, "InspectPage") as entry:
            venue = self.records.venues.get(step.venue_id)
            version_id = venue.staged_version
            html = self.pages.read_version(step.venue_id, version_id)
            page = self.records.documents.get(page_key(step.venue_id, version_id), PageModel)
            design = self.records.documents.get(step.key("design"), Design)
            manifest = self.templates.of(design.template)
            findings = inspect_html(html, page, manifest, picture_hosts=self.picture_hosts)
            key = policy_key(step.venue_id, version_id)
            if self.records.documents.exists(key):  # a version that was staged before there was a gate has none: release judges it
                findings += as_findings(self.records.documents.get(key, Verdict), page)
            if self.index is not None:
                findings += catalogue_findings(html, promoted(self.index.get(sorted(shown_products(page))), venue.promotion))
            verdict, note, seen = self.pixels.look(html, "https://venue.invalid", page)
            seen = keep_pictures(self.records.documents, step.venue_id, seen)
            left_out = look_at_siblings(
                self.records.documents, self.pages, self.pixels, manifest, step.venue_id, version_id, page, self.picture_hosts
            )
            inspection = Inspection(version_id=version_id, findings=(*findings, *seen, *left_out), pixels=verdict, pixels_note=note)
            self.records.documents.put(f"venues/{step.venue_id}/inspection", inspection)
            entry.note = _inspected(venue.language, len(inspection.findings), verdict)
            if inspection.blocked:
                blockers = [f.message for f in inspection.findings if f.severity == "blocker"]
                entry.note = "; ".join(blockers)[:300]
        return {"blocked": inspection.blocked}


def _inspected(language: Language, findings: int, pixels: str) -> str:
    """What the inspection came to, in the venue's language."""
    looked = {
        "passed": say(language, "像素检查通过", "pixels passed"),
        "failed": say(language, "像素检查未通过", "pixels failed"),
        "not_run": say(language, "像素检查没有运行", "pixels not run"),
    }
    return say(language, f"{findings} 处问题，{looked[pixels]}", f"{findings} finding{'' if findings == 1 else 's'}, {looked[pixels]}")
