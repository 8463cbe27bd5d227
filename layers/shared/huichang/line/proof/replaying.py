"""Rebuilds a released page from its manifest to the identical version, and names each input that is missing or changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from huichang.kernel.errors import HuichangError, NotFoundError
from huichang.kernel.ids import content_hash
from huichang.kernel.language import Text, both
from huichang.line.building import RenderPage
from huichang.line.proof.ingredients import ingredients_of
from huichang.line.proof.model import ProvedSibling, ReleaseManifest, RenderInputs, ReplayFinding, ReplayReport, inputs_key, manifest_key
from huichang.line.proof.sandbox import rebuild
from huichang.line.proof.writing import hashes, page_hash
from huichang.line.publishing import page_key
from huichang.materials.policy import the_gate
from huichang.pages.model import PageModel, PageStore
from huichang.pages.rendering import render
from huichang.venues.model import Documents, Venue, VenueStore


@dataclass(frozen=True)
class Replay:
    """Reads, and writes nothing. `station`: RenderPage as it is deployed; its pictures are not made again."""

    venues: VenueStore
    documents: Documents
    pages: PageStore
    station: RenderPage

    def __call__(self, venue_id: str, version_id: str = "") -> ReplayReport:
        """Replay the live version, or another one that was live. Whatever is wrong with the proof is a finding and no error.

        Raises NotFoundError for an unknown venue, one that nothing of is live, and a version that was never released here.
        """
        venue = self.venues.get(venue_id)
        wanted = version_id or venue.live_version
        if not wanted or wanted not in (venue.live_version, *venue.previous_versions):
            raise NotFoundError(
                f"version {wanted[:12]} was never live here" if wanted else "nothing of this venue has gone live yet",
                where="version_id",
                mend="name one that was live, as `huichang show` lists them" if wanted else "publish it first",
                code="not_released",
            )
        return _Run(self, venue, wanted).report()


class _Run:
    def __init__(self, replay: Replay, venue: Venue, version_id: str) -> None:
        self.replay = replay
        self.venue = venue
        self.version_id = version_id
        self.siblings: tuple[ProvedSibling, ...] = ()
        self.findings: list[ReplayFinding] = []
        self.checked = 0

    def report(self) -> ReplayReport:
        manifest = self._manifest()
        inputs = self._inputs(manifest) if manifest else None
        if manifest:
            self.siblings = manifest.siblings
            self._html(manifest)
            self._pictures(manifest)
            self._ingredients(manifest)
        rebuilt = self._deep(inputs) if inputs else ""
        shallow = self._shallow(manifest)
        rebuilt = rebuilt or shallow
        return ReplayReport(
            venue_id=self.venue.venue_id,
            version_id=self.version_id,
            manifest_sha256=self.venue.proofs.get(self.version_id, ""),
            rebuilt=rebuilt,
            identical=rebuilt == self.version_id,
            deep=inputs is not None,
            checked=self.checked,
            findings=tuple(self.findings),
        )

    # --- what is held against its hash -------------------------------------------------------------------------------------

    def _manifest(self) -> ReleaseManifest | None:
        sha256 = self.venue.proofs.get(self.version_id, "")
        if not sha256:
            self._found("manifest", "missing", both("这个版本上线时还没有发布证明", "this version went live before releases were proved"))
            return None
        try:
            kept = self.replay.documents.get(manifest_key(self.venue.venue_id, self.version_id, sha256), ReleaseManifest)
        except NotFoundError:
            self._found("manifest", "missing", both("发布证明不见了", "the manifest is gone"))
            return None
        except ValueError as error:
            self._found("manifest", "changed", _unreadable(error))
            return None
        self._holds("manifest", sha256, kept.sha256)
        return kept

    def _inputs(self, manifest: ReleaseManifest) -> RenderInputs | None:
        if not manifest.inputs_sha256:
            self._found("inputs", "missing", both("生成这个版本时没有记录输入", "what this version was rendered from was not written down"))
            return None
        try:
            kept = self.replay.documents.get(inputs_key(self.venue.venue_id, manifest.inputs_sha256), RenderInputs)
        except NotFoundError:
            self._found("inputs", "missing", both("生成时的输入不见了", "what it was rendered from is gone"))
            return None
        except ValueError as error:
            self._found("inputs", "changed", _unreadable(error))
            return None
        now = {each.name: each.sha256 for each in hashes(kept)}
        then = {each.name: each.sha256 for each in manifest.inputs}
        for name, sha256 in then.items():
            if name in now:
                self._holds(f"inputs/{name}", sha256, now[name])
            else:
                self._found(f"inputs/{name}", "missing", both("这项输入不见了", "this input is gone"))
        for name in sorted(set(now) - set(then)):
            self._found(f"inputs/{name}", "changed", both("发布时没有这项输入", "there was no such input when it was released"))
        return kept

    def _html(self, manifest: ReleaseManifest) -> None:
        try:
            html = self.replay.pages.read_version(self.venue.venue_id, self.version_id)
        except NotFoundError:
            self._found("html", "missing", both("页面本身不见了", "the page itself is gone"))
            return
        self._holds("html", manifest.html_sha256, content_hash(html))
        for each in manifest.siblings:
            try:
                html = self.replay.pages.read_version(self.venue.venue_id, each.version_id)
            except NotFoundError:
                self._found(f"sibling/{each.segment}", "missing", both("这个人群的页面不见了", "the page of this segment is gone"))
                continue
            self._holds(f"sibling/{each.segment}", each.html_sha256, content_hash(html))

    def _pictures(self, manifest: ReleaseManifest) -> None:
        for each in manifest.media:
            try:
                data = self.replay.pages.read_media(each.name)
            except NotFoundError:
                self._found(each.name, "missing", both("页面上的图片不见了", "a picture of the page is gone"))
                continue
            sha256 = content_hash(data)
            # What the studio put there itself is named by its hash, and by nothing else.
            self._holds(each.name, each.sha256 or each.name.rpartition("/")[2].partition(".")[0], sha256)

    def _ingredients(self, manifest: ReleaseManifest) -> None:
        if manifest.template and manifest.style:
            today = {(each.kind, each.id): each for each in ingredients_of(manifest.template, manifest.style.id, self.replay.documents)}
            for then in manifest.ingredients:
                now = today.get((then.kind, then.id))
                if now is None or now.sha256 != then.sha256:
                    version = f" v{then.version} → v{now.version}" if now and now.version != then.version else ""
                    self._found(
                        f"{then.kind}/{then.id}",
                        "other",
                        both(f"现在部署的和当时不同{version}", f"what is deployed today is another one{version}"),
                    )
        rules = the_gate().check(()).rules
        if manifest.gate_rules and manifest.gate_rules != rules:
            self._found("gate_rules", "other", both("审核规则已更新", "the rules of the policy gate are newer"))

    # --- what comes of it --------------------------------------------------------------------------------------------------

    def _deep(self, inputs: RenderInputs) -> str:
        try:
            made = rebuild(self.replay.station, inputs, self.replay.pages.read_media)
        except HuichangError as error:
            self._found("render", "failed", both(f"无法重新生成：{error.message}", f"it cannot be rendered again: {error.message}"))
            return ""
        except (ValueError, KeyError) as error:  # a stored part that is no JSON of its kind any more
            self._found("render", "failed", _unreadable(error))
            return ""
        if made.version_id != self.version_id:
            where = _differing(self._page(), made.page)
            self._found(
                "page",
                "changed",
                both(f"同样的输入生成了另一个页面{where}", f"another page comes of its inputs{where}"),
            )
        for each in self.siblings:
            if made.siblings.get(each.segment) != each.version_id:
                told = both("同样的输入没有生成这个人群的同一个页面", "the same inputs do not give this segment's page again")
                self._found(f"sibling/{each.segment}", "changed", told)
        return made.version_id

    def _shallow(self, manifest: ReleaseManifest | None) -> str:
        """From the stored page model to the HTML: what can be rebuilt where the inputs are gone."""
        page = self._page()
        if page is None:
            self._found("page_model", "missing", both("页面模型不见了", "the page model is gone"))
            return ""
        if manifest:
            self._holds("page_model", manifest.page_sha256, page_hash(page))
        choice = manifest.template if manifest else None
        try:
            package = self.replay.station.templates.package(choice) if choice else None
            return content_hash(render(page, choice.template_id if choice else self.venue.template, package))[:24]
        except HuichangError as error:
            self._found("render", "failed", both(f"无法重新生成：{error.message}", f"it cannot be rendered again: {error.message}"))
            return ""

    def _page(self) -> PageModel | None:
        try:
            return self.replay.documents.get(page_key(self.venue.venue_id, self.version_id), PageModel)
        except (NotFoundError, ValueError):
            return None

    def _holds(self, name: str, then: str, now: str) -> None:
        self.checked += 1
        # Media keys carry the first 32 digits of their hash only.
        if now != then and not (len(then) == 32 and now.startswith(then)):
            self._found(
                name,
                "changed",
                both(f"内容变了：{then[:12]} → {now[:12]}", f"its content changed: {then[:12]} → {now[:12]}"),
            )

    def _found(self, name: str, state: str, text: Text) -> None:
        self.findings.append(ReplayFinding.model_validate({"name": name, "state": state, "text": text}))


def _unreadable(error: Exception) -> Text:
    said = str(error).splitlines()[0][:200]
    return both(f"无法读取：{said}", f"it cannot be read: {said}")


def _differing(then: PageModel | None, now: PageModel | None) -> str:
    """The fields of the page model that differ, for people who look for the reason."""
    if then is None or now is None:
        return ""
    names = list(_differing_fields(then, now))
    return f": {', '.join(names[:6])}" if names else ": html"


def _differing_fields(then: PageModel, now: PageModel) -> Iterator[str]:
    for name in type(then).model_fields:
        if getattr(then, name) != getattr(now, name):
            yield name
