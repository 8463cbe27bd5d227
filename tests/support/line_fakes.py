"""In-memory fakes of the line's ports: records, materials, tokens, queues, pages. Small, but they keep the ports' promises."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, TypeVar

from huichang.catalog.imports import ImportRecord
from huichang.delivery.model import Decision, LiveVenue, LoggedDecision
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, NotFoundError, PermanentError, TransientError
from huichang.kernel.events import DomainEvent
from huichang.kernel.ids import content_hash
from huichang.kernel.model import Model
from huichang.line.artwork import Artwork
from huichang.line.asking import RequestReview
from huichang.line.building import (
    CollectMaterials,
    InspectPage,
    MatchTemplate,
    RenderPage,
    RequestMaterials,
)
from huichang.line.edging import EdgeTeller
from huichang.line.ending import FailVenue, PublishVenue
from huichang.line.floors import VenueFloors
from huichang.line.journal import Journal
from huichang.line.keys import VenueStep
from huichang.line.lessons import Lessons
from huichang.line.listing import SiblingShelf
from huichang.line.locking import TemplateLocks
from huichang.line.merchandising import DueEditsDesk, Merchandising
from huichang.line.pacing import PaceKeeper
from huichang.line.policing import Policing
from huichang.line.promoting import CampaignReleases
from huichang.line.proof.writing import Proofs
from huichang.line.publishing import Publisher
from huichang.line.readiness import Readiness
from huichang.line.release_schedule import ReleaseSchedule
from huichang.line.releases import Releases
from huichang.line.review import Review
from huichang.line.runs import ExecutionStatus, Runs
from huichang.line.selecting import Records
from huichang.line.truth import Truth
from huichang.materials.desk import MaterialDesk
from huichang.materials.model import (
    OPEN,
    CopyResult,
    ImageResult,
    MaterialMove,
    MaterialReference,
    MaterialRequest,
    MaterialStatus,
    MaterialTask,
    move_of,
    moved,
    succeeding,
)
from huichang.materials.policy import BrandBook
from huichang.materials.policy.labels import ContentMaker
from huichang.materials.styles.model import TypeStyle
from huichang.pages.model import Finding
from huichang.pages.packages.shelf import Templates
from huichang.pages.picture_shelf import PictureShelf
from huichang.pages.typesetting.formats import Format
from huichang.pages.typesetting.layout import Layout, Words
from huichang.pages.typesetting.poster import Colours, Drawn, HeroCrop, Legibility
from huichang.selection.edits import MerchandisingEdits
from huichang.selection.floors import FloorPlanner
from huichang.selection.fusion import Fusion
from huichang.selection.model import Reason, RuleSet, SelectedProduct, Selection
from huichang.themes.model import CampaignBrief, CampaignRequest, Theme
from huichang.venues.model import Actor, AuditEntry, Campaign, StepRecord, Venue, VenueStatus, brief_changed, edits_changed
from tests.support.fakes import FakeProductIndex, FakeTrendStore, a_product
from tests.support.memory_constraints import MemoryConstraints, MemoryFeedback
from tests.support.memory_floors import MemoryFloorLibrary
from tests.support.memory_ledger import MemoryLedger
from tests.support.memory_pace import MemoryDecisions
from tests.support.memory_releases import MemoryEdge, MemoryPlans, MemoryReleases
from tests.support.memory_templates import MemoryTemplates

Body = TypeVar("Body", bound=Model)
START = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


class TickingClock:
    """Goes on by a millisecond at each look, so that every write has its own time; `pass_time` for the rest."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def now(self) -> datetime:
        self.moment += timedelta(milliseconds=1)
        return self.moment

    def pass_time(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class FakeDocuments:
    """Documents by key, as JSON: what does not survive JSON does not survive here."""

    def __init__(self) -> None:
        self.bodies: dict[str, str] = {}
        self.failures: list[Exception] = []

    def put(self, key: str, body: Model) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.bodies[key] = body.model_dump_json()
        return key

    def get(self, key: str, kind: type[Body]) -> Body:
        if key not in self.bodies:
            raise NotFoundError(f"nothing is stored under {key}", where=key)
        return kind.model_validate_json(self.bodies[key])

    def exists(self, key: str) -> bool:
        return key in self.bodies


class FakeMaterials:
    """MaterialStore over a dict. `before_move` may change the store under a caller's hands."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.tasks: dict[tuple[str, str], MaterialTask] = {}
        self.log: list[tuple[str, MaterialMove]] = []
        self.before_move: Callable[[MaterialTask, MaterialStatus], None] | None = None

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """(material, from, to) of every move but the creation of tasks."""
        return [(move.material_id, move.before, move.after) for _, move in self.log if move.before]

    def create(self, task: MaterialTask) -> MaterialTask | None:
        known = self.tasks.get((task.venue_id, task.material_id))
        if known and known.task_key == task.task_key and known.status != "superseded":
            return None
        fresh, moves = succeeding(known, task, iso(self.clock.now()))
        self.tasks[task.venue_id, task.material_id] = fresh
        self.log += [(task.venue_id, move) for move in moves]
        return fresh

    def get(self, venue_id: str, material_id: str) -> MaterialTask:
        if (venue_id, material_id) not in self.tasks:
            raise NotFoundError(f"venue {venue_id} has no material {material_id}")
        return self.tasks[venue_id, material_id]

    def of_venue(self, venue_id: str) -> list[MaterialTask]:
        return [task for (of, _), task in self.tasks.items() if of == venue_id and task.status != "superseded"]

    def moves(self, venue_id: str, material_id: str) -> list[MaterialMove]:
        return [move for of, move in self.log if (of, move.material_id) == (venue_id, material_id)]

    def move(self, task: MaterialTask, to: MaterialStatus, **changes: Any) -> MaterialTask | None:
        after = moved(task, to, iso(self.clock.now()), **changes)
        if self.before_move:
            self.before_move(task, to)
        known = self.tasks.get((task.venue_id, task.material_id))
        if known is None or known.version != task.version:
            return None
        self.tasks[task.venue_id, task.material_id] = after
        self.log.append((task.venue_id, move_of(task, after)))
        return after

    def touch(self, task: MaterialTask) -> bool:
        return self._note(task, heard_at=iso(self.clock.now()), suspected_at="")

    def suspect(self, task: MaterialTask) -> bool:
        known = self.tasks.get((task.venue_id, task.material_id))
        if known is None or known.heard_at != task.heard_at:
            return False
        return self._note(task, suspected_at=iso(self.clock.now()))

    def _note(self, task: MaterialTask, **noted: str) -> bool:
        known = self.tasks.get((task.venue_id, task.material_id))
        if known is None or known.version != task.version:
            return False
        self.tasks[task.venue_id, task.material_id] = known.model_copy(update=noted)
        return True

    def stale(self, before: str, limit: int = 500) -> list[MaterialTask]:
        return sorted((task for task in self._open() if _silent_from(task) < before), key=_silent_from)[:limit]

    def ahead(self, after: str, limit: int = 500) -> list[MaterialTask]:
        return sorted((task for task in self._open() if _silent_from(task) > after), key=_silent_from)[:limit]

    def _open(self) -> list[MaterialTask]:
        return [task for task in self.tasks.values() if task.status in OPEN]


def _silent_from(task: MaterialTask) -> str:
    return task.heard_at or max(task.updated_at, task.due_at)


class FakeMaterialQueue:
    """What was sent, with its delay. Fails as often as told."""

    def __init__(self) -> None:
        self.sent: list[tuple[MaterialTask, int]] = []
        self.failures = 0

    def send(self, tasks: list[MaterialTask], delay_seconds: int = 0) -> None:
        if self.failures:
            self.failures -= 1
            raise TransientError("the queue is away")
        self.sent += [(task, delay_seconds) for task in tasks]

    def take(self) -> list[tuple[MaterialTask, int]]:
        taken, self.sent = self.sent, []
        return taken


class FakeBus:
    """Events in order."""

    def __init__(self) -> None:
        self.events: list[DomainEvent] = []
        self.failures = 0

    def publish(self, *events: DomainEvent) -> None:
        if self.failures:
            self.failures -= 1
            raise TransientError("the bus is away")
        self.events += events

    @property
    def names(self) -> list[str]:
        return [event.name for event in self.events]

    def last(self, kind: type[Body]) -> Body:
        found = [event for event in self.events if isinstance(event, kind)]
        assert found, f"no {kind.__name__} among {self.names}"
        return found[-1]


class FakeCampaigns:
    """CampaignStore over a dict."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.items: dict[str, Campaign] = {}

    def create(self, campaign: Campaign) -> bool:
        if campaign.campaign_id in self.items:
            return False
        self.items[campaign.campaign_id] = campaign
        return True

    def get(self, campaign_id: str) -> Campaign:
        if campaign_id not in self.items:
            raise NotFoundError(f"there is no campaign {campaign_id}")
        return self.items[campaign_id]

    def update(self, campaign_id: str, *, expect_plan: int | None = None, **changes: Any) -> Campaign:
        campaign = self.get(campaign_id)
        if expect_plan is not None and campaign.plan != expect_plan:
            raise brief_changed(campaign, expect_plan)
        changed = campaign.model_dump() | changes | {"updated_at": iso(self.clock.now())}
        self.items[campaign_id] = Campaign.model_validate(changed)
        return self.items[campaign_id]

    def recent(self, limit: int = 50) -> list[Campaign]:
        return sorted(self.items.values(), key=lambda c: c.created_at, reverse=True)[:limit]

    def with_status(self, status: str, limit: int = 50) -> list[Campaign]:
        return sorted((c for c in self.items.values() if c.status == status), key=lambda c: c.updated_at)[:limit]


class FakeVenues:
    """VenueStore over a dict."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.items: dict[str, Venue] = {}
        self.records: dict[str, dict[str, StepRecord]] = {}
        self.history: list[StepRecord] = []

    def create(self, venue: Venue) -> bool:
        if venue.venue_id in self.items:
            return False
        self.items[venue.venue_id] = venue
        return True

    def get(self, venue_id: str) -> Venue:
        if venue_id not in self.items:
            raise NotFoundError(f"there is no venue {venue_id}")
        return self.items[venue_id]

    def update(
        self,
        venue_id: str,
        *,
        expect_status: tuple[VenueStatus, ...] = (),
        expect_edits: int | None = None,
        expect_revision: int | None = None,
        **changes: Any,
    ) -> Venue:
        venue = self.get(venue_id)
        if expect_revision is not None and venue.revision != expect_revision:
            raise ConflictError("the venue was changed meanwhile")
        if expect_status and venue.status not in expect_status:
            raise ConflictError(f"the venue is {venue.status}")
        if expect_edits is not None and venue.edits_version != expect_edits:
            raise edits_changed(venue, expect_edits)
        stamped = {"updated_at": iso(self.clock.now()), "revision": venue.revision + 1}
        self.items[venue_id] = Venue.model_validate(venue.model_dump() | changes | stamped)
        return self.items[venue_id]

    def of_campaign(self, campaign_id: str) -> list[Venue]:
        return sorted((v for v in self.items.values() if v.campaign_id == campaign_id), key=lambda v: v.created_at)

    def with_status(self, status: VenueStatus, limit: int = 200) -> list[Venue]:
        return sorted((v for v in self.items.values() if v.status == status), key=lambda v: v.updated_at)[:limit]

    def recent(self, limit: int = 100) -> list[Venue]:
        return sorted(self.items.values(), key=lambda v: v.created_at, reverse=True)[:limit]

    def record_step(self, venue_id: str, step: StepRecord) -> None:
        self.records.setdefault(venue_id, {})[step.step] = step
        self.history.append(step)

    def step(self, venue_id: str, name: str) -> StepRecord | None:
        return self.records.get(venue_id, {}).get(name)

    def steps(self, venue_id: str) -> list[StepRecord]:
        return sorted(self.records.get(venue_id, {}).values(), key=lambda record: record.started_at)

    def statuses(self, step: str) -> list[str]:
        """Every status that this step was written down with."""
        return [record.status for record in self.history if record.step == step]


class FakeDueEdits:
    """DueEdits over a dict."""

    def __init__(self) -> None:
        self.moments: dict[str, str] = {}

    def set(self, venue_id: str, at: str | None) -> None:
        self.moments.pop(venue_id, None)
        if at is not None:
            self.moments[venue_id] = at

    def due(self, now: str, limit: int = 100) -> list[str]:
        return sorted((venue for venue, at in self.moments.items() if at <= now), key=lambda venue: self.moments[venue])[:limit]


class FakeTokens:
    """TaskTokens: what was kept, and what was told to whom. `gone` are tokens whose state waits no more."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.told: list[tuple[str, str, dict[str, Any]]] = []
        self.gone: set[str] = set()
        self.failures = 0

    def keep(self, venue_id: str, purpose: str, token: str) -> None:
        self.kept[venue_id, purpose] = token

    def succeed(self, venue_id: str, purpose: str, output: dict[str, Any]) -> bool:
        return self._answer(venue_id, purpose, output)

    def fail(self, venue_id: str, purpose: str, error: str, cause: str) -> bool:
        return self._answer(venue_id, purpose, {"error": error, "cause": cause})

    def _answer(self, venue_id: str, purpose: str, said: dict[str, Any]) -> bool:
        if self.failures:
            self.failures -= 1
            raise TransientError("Step Functions throttles")
        token = self.kept.pop((venue_id, purpose), None)
        if token is None or token in self.gone:
            return False
        self.told.append((purpose, token, said))
        return True


class FakeAudit:
    """Entries in order."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []

    def record(self, entry: AuditEntry) -> None:
        self.entries.append(entry)

    def of(self, subject: str, limit: int = 100) -> list[AuditEntry]:
        return [entry for entry in reversed(self.entries) if entry.subject == subject][:limit]

    def recent(self, limit: int = 100) -> list[AuditEntry]:
        return self.entries[::-1][:limit]

    @property
    def actions(self) -> list[str]:
        return [entry.action for entry in self.entries]


class FakePages:
    """PageStore: versions, media and what buyers see."""

    def __init__(self) -> None:
        self.versions: dict[tuple[str, str], str] = {}
        self.media: dict[str, bytes] = {}
        self.stood: dict[str, str] = {}
        self.gone: dict[str, tuple[str, int]] = {}
        self.edge = MemoryEdge()

    def put_version(self, venue_id: str, html: str, *, refreshed: bool = False) -> str:
        version_id = content_hash(html)[:24]
        self.versions[venue_id, version_id] = html
        return version_id

    def read_version(self, venue_id: str, version_id: str) -> str:
        if (venue_id, version_id) not in self.versions:
            raise NotFoundError(f"there is no version {version_id}")
        return self.versions[venue_id, version_id]

    def put_media(self, data: bytes, content_type: str, suffix: str) -> str:
        key = f"media/{content_hash(data)[:32]}.{suffix}"
        self.media[key] = data
        return key

    def read_media(self, key: str) -> bytes:
        if key not in self.media:
            raise NotFoundError(f"there is no picture {key}")
        return self.media[key]

    def media_exists(self, key: str) -> bool:
        return key in self.media

    def open_version(self, venue_id: str, version_id: str, code: str) -> None:
        self.stood[f"/r/{venue_id}/{code}.html"] = self.read_version(venue_id, version_id)

    def opened(self, venue_id: str, code: str) -> str | None:
        html = self.stood.get(f"/r/{venue_id}/{code}.html")
        return None if html is None else content_hash(html)[:24]

    def put_gone(self, name: str, html: str, status: int) -> None:
        self.gone[name] = (html, status)

    @property
    def live(self) -> MutableMapping[str, str]:
        """venue id -> what buyers see, by way of the edge's store. Setting one changes what stands at its released address."""
        return _Street(self)


class _Street(MutableMapping[str, str]):
    def __init__(self, pages: FakePages) -> None:
        self._pages = pages

    def _paths(self) -> dict[str, str]:
        venues = [key.removeprefix("v/") for key in self._pages.edge.values if key.startswith("v/")]
        shown = {venue_id: self._pages.edge.shows(venue_id) for venue_id in venues}
        return {venue_id: path for venue_id, path in shown.items() if path in self._pages.stood}

    def __getitem__(self, venue_id: str) -> str:
        return self._pages.stood[self._paths()[venue_id]]

    def __setitem__(self, venue_id: str, html: str) -> None:
        self._pages.stood[self._paths()[venue_id]] = html

    def __delitem__(self, venue_id: str) -> None:
        del self._pages.stood[self._paths()[venue_id]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths())

    def __len__(self) -> int:
        return len(self._paths())


class FakeDelivery:
    """DeliveryStore."""

    def __init__(self) -> None:
        self.items: dict[str, LiveVenue] = {}
        self.failures = 0

    def put_live(self, venue: LiveVenue) -> None:
        if self.failures:
            self.failures -= 1
            raise TransientError("the table is away")
        self.items[venue.venue_id] = venue

    def remove_live(self, venue_id: str) -> None:
        if self.failures:
            self.failures -= 1
            raise TransientError("the table is away")
        self.items.pop(venue_id, None)

    def live(self) -> list[LiveVenue]:
        return list(self.items.values())

    def logged(self, placement: str, window: str) -> list[LoggedDecision]:
        return []

    def log_decision(self, decision: Decision) -> None:
        return None


class FakeMachines:
    """Executions by ARN and status. Starting one that exists finds it."""

    def __init__(self) -> None:
        self.executions: dict[str, ExecutionStatus] = {}
        self.inputs: dict[str, dict[str, Any]] = {}
        self.stopped: list[tuple[str, str]] = []
        self.failures = 0

    def start_campaign(self, campaign_id: str, run: int = 1) -> str:
        return self._start(f"campaign:{campaign_id}-run-{run}", {"campaign_id": campaign_id})

    def start_venue(self, venue_id: str, campaign_id: str, run: int, round: int = 1) -> str:  # noqa: A002
        payload = {"campaign_id": campaign_id, "venue_id": venue_id, "run": run, "round": round}
        return self._start(self.venue_execution(venue_id, run), payload)

    def venue_execution(self, venue_id: str, run: int) -> str:
        return f"venue:{venue_id}-run-{run}"

    def _start(self, execution: str, payload: dict[str, Any]) -> str:
        if self.failures:
            self.failures -= 1
            raise TransientError("Step Functions throttles")
        if execution not in self.executions:
            self.executions[execution] = "RUNNING"
            self.inputs[execution] = payload
        return execution

    def status(self, execution: str) -> ExecutionStatus:
        return self.executions.get(execution, "MISSING")

    def stop(self, execution: str, reason: str) -> None:
        if self.executions.get(execution) == "RUNNING":
            self.executions[execution] = "ABORTED"
            self.stopped.append((execution, reason))


class FakePixels:
    """A browser that saw what it was told to see."""

    def __init__(self, *findings: Finding) -> None:
        self.findings = findings

    def look(self, html: str, base_url: str, page: Any = None) -> tuple[Any, str, tuple[Finding, ...]]:
        return ("failed" if self.findings else "passed"), "a fake browser", self.findings


class FakeFiles:
    """FileStore: a bucket in a dict."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.failures: dict[str, BaseException] = {}

    def put(self, key: str, data: bytes, content_type: str, cache_control: str = "") -> None:
        for part, error in list(self.failures.items()):
            if part in key:
                del self.failures[part]
                raise error
        self.objects[key] = data

    def get(self, key: str) -> bytes:
        if key not in self.objects:
            raise NotFoundError(f"nothing is stored under {key}")
        return self.objects[key]

    def stream(self, key: str) -> BinaryIO:
        return io.BytesIO(self.get(key))

    def exists(self, key: str) -> bool:
        return key in self.objects

    def upload_url(self, key: str, seconds: int = 3600) -> str:
        return f"https://bucket.example/{key}?put"

    def download_url(self, key: str, seconds: int = 3600) -> str:
        return f"https://bucket.example/{key}?get"


class FakeTextQueue:
    """Bodies in order. Fails as often as told."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.failures: list[BaseException] = []

    def send(self, bodies: list[str], delay_seconds: int = 0) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.bodies += bodies

    def take(self) -> list[str]:
        taken, self.bodies = self.bodies, []
        return taken


class FakeImports:
    """ImportStore over a dict."""

    def __init__(self) -> None:
        self.items: dict[str, ImportRecord] = {}
        self.chunks: set[tuple[str, str]] = set()
        self.failures: list[Exception] = []

    def create(self, record: ImportRecord) -> None:
        self.items.setdefault(record.import_id, record)

    def get(self, import_id: str) -> ImportRecord:
        if import_id not in self.items:
            raise NotFoundError(f"there is no import {import_id}")
        return self.items[import_id]

    def change(self, import_id: str, edit: Callable[[ImportRecord], ImportRecord]) -> ImportRecord:
        if self.failures:
            raise self.failures.pop(0)
        self.items[import_id] = edit(self.get(import_id)).settled()
        return self.items[import_id]

    def count(self, import_id: str, chunk: str, edit: Callable[[ImportRecord], ImportRecord]) -> bool:
        if (import_id, chunk) in self.chunks:
            return False
        self.change(import_id, edit)
        self.chunks.add((import_id, chunk))
        return True


# --- things to begin with ---------------------------------------------------------------------------------------------


def a_theme(name: str = "熊猫玩偶专场", **changes: Any) -> Theme:
    return Theme.model_validate({"name": name, "keywords": ("熊猫", "玩偶"), "industry": "toys"} | changes)


def a_brief(campaign_id: str = "c-1", **changes: Any) -> CampaignBrief:
    values: dict[str, Any] = {
        "campaign_id": campaign_id,
        "sentence": "帮我生成一个熊猫玩偶会场",
        "language": "zh",
        "idea": "熊猫玩偶",
        "industries": ("toys",),
        "subjects": ("熊猫玩偶",),
        "constraints": (),
    }
    return CampaignBrief.model_validate(values | changes)


def a_campaign(campaign_id: str = "c-1", **changes: Any) -> Campaign:
    values: dict[str, Any] = {
        "campaign_id": campaign_id,
        "request": CampaignRequest(sentence="帮我生成一个熊猫玩偶会场"),
        "requested_by": "op",
        "created_at": iso(START),
        "updated_at": iso(START),
        "brief": a_brief(campaign_id),
    }
    return Campaign.model_validate(values | changes)


def a_venue(venue_id: str = "v-1", campaign_id: str = "c-1", **changes: Any) -> Venue:
    values: dict[str, Any] = {
        "venue_id": venue_id,
        "campaign_id": campaign_id,
        "language": "zh",
        "theme": a_theme(),
        "created_at": iso(START),
        "updated_at": iso(START),
    }
    return Venue.model_validate(values | changes)


def a_copy_request(material_id: str = "hero.copy", **changes: Any) -> MaterialRequest:
    values: dict[str, Any] = {
        "venue_id": "v-1",
        "campaign_id": "c-1",
        "material_id": material_id,
        "component": material_id.partition(".")[0],
        "kind": "copy",
        "language": "zh",
        "prompt": "hero",
        "slots": ({"name": "title", "max_chars": 12, "what": "headline"}, {"name": "subtitle", "max_chars": 20, "what": "line"}),
        "facts": {"theme_name": "熊猫玩偶专场", "product_count": 24, "price_min": "12.00", "price_max": "1280", "currency": "CNY"},
    }
    return MaterialRequest.model_validate(values | changes)


def an_image_request(material_id: str = "hero.image", **changes: Any) -> MaterialRequest:
    values: dict[str, Any] = {"kind": "image", "prompt": "竹林背景", "slots": (), "width": 1200, "height": 500, "facts": {}}
    return a_copy_request(material_id, **(values | changes))


def ids_of(tasks: Iterable[MaterialTask]) -> list[str]:
    return [task.material_id for task in tasks]


# --- a whole line -----------------------------------------------------------------------------------------------------


_KINDS, _SIZES = ("公仔", "挂件", "抱枕"), ("大号", "迷你", "中号")
_STYLES = ("云朵", "星空", "田园", "复古", "森林", "都市", "海岛", "雪山", "樱花", "晚霞", "银河", "竹林")


class Line:
    """The stations of one venue over fakes: real jobs, no vendors. Venue v-1 of campaign c-1, 24 pandas in the index."""

    def __init__(self, *findings: Finding, max_rounds: int = 3, products: int = 24) -> None:
        self.clock = TickingClock()
        self.documents = FakeDocuments()
        self.template_store = MemoryTemplates()
        self.templates = Templates(self.template_store, self.documents)
        self.locks = TemplateLocks(self.documents, self.templates)
        self.campaigns = FakeCampaigns(self.clock)
        self.venues = FakeVenues(self.clock)
        self.materials = FakeMaterials(self.clock)
        self.queue = FakeMaterialQueue()
        self.bus = FakeBus()
        self.tokens = FakeTokens()
        self.audit = FakeAudit()
        self.pages = FakePages()
        self.delivery = FakeDelivery()
        self.machines = FakeMachines()
        self.trends = FakeTrendStore()
        self.index = FakeProductIndex(
            a_product(
                f"p-{n:02d}",
                f"{_STYLES[n % 12]}熊猫{_KINDS[n % 3]}{_SIZES[n // 12 % 3]}玩偶",
                category_path=("玩具", _KINDS[n % 3]),
                price=10 + n,
                benefits=("free_shipping",) if n % 2 else (),
            )
            for n in range(products)
        )
        self.index.now = lambda: self.clock.moment  # a question does not make the time pass
        self.journal = Journal(self.venues, self.clock)
        self.records = Records(
            campaigns=self.campaigns,
            venues=self.venues,
            documents=self.documents,
            journal=self.journal,
            bus=self.bus,
            clock=self.clock,
        )
        self.desk = MaterialDesk(self.materials, self.documents, self.queue, self.bus, self.clock, stale_seconds=180, max_attempts=5)
        self.collect = CollectMaterials(self.records, self.desk, self.materials, self.tokens)
        self.runs = Runs(self.venues, self.campaigns, self.machines, self.bus, self.clock)
        self.constraints = MemoryConstraints()
        self.feedback = MemoryFeedback()
        self.lessons = Lessons(self.constraints, self.feedback, self.materials, self.documents, self.bus, self.clock)
        self.brands = BrandBook()
        self.policing = Policing(self.pages, lambda: self.brands)
        self.ledger = MemoryLedger(self.clock)
        self.proofs = Proofs(self.campaigns, self.venues, self.documents, self.pages, self.ledger, self.audit)
        self.truth = Truth(
            self.documents, self.index, self.pages, self.policing, PictureShelf(self.pages), self.clock, self.templates
        )  # fmt: skip
        self.release_store, self.plans = MemoryReleases(), MemoryPlans()
        self.releases = Releases(
            self.release_store, self.campaigns, self.venues, self.documents, self.pages, self.delivery, self.bus, self.clock,
            EdgeTeller(self.release_store, self.pages.edge, sleep=lambda _: None), sleep=lambda _: None, proofs=self.proofs,
            siblings=SiblingShelf(self.campaigns, self.venues, self.documents, self.pages, self.policing, self.truth),
        )  # fmt: skip
        self.publisher = Publisher(
            self.campaigns, self.venues, self.documents, self.pages, self.policing, self.releases, Readiness(self.truth, min_products=8)
        )
        self.campaign_releases = CampaignReleases(
            self.campaigns, self.venues, self.releases, self.publisher, self.audit, self.bus, self.clock
        )
        self.release_schedule = ReleaseSchedule(self.campaigns, self.plans, self.campaign_releases, self.audit, self.clock)
        self.pace = PaceKeeper(MemoryDecisions(), self.clock)
        self.review = Review(
            venues=self.venues,
            materials=self.materials,
            documents=self.documents,
            tokens=self.tokens,
            audit=self.audit,
            bus=self.bus,
            clock=self.clock,
            journal=self.journal,
            publisher=self.publisher,
            lessons=self.lessons,
            pace=self.pace,
            max_rounds=max_rounds,
            locks=self.locks,
        )
        self.due = FakeDueEdits()
        self.due_edits = DueEditsDesk(self.venues, self.audit, self.clock, self.runs, self.due)
        self.merchandising = Merchandising(
            venues=self.venues,
            campaigns=self.campaigns,
            documents=self.documents,
            audit=self.audit,
            clock=self.clock,
            index=self.index,
            fusion=Fusion(self.index, clock=self.clock),
            floors=VenueFloors(FloorPlanner(), MemoryFloorLibrary(), self.index),
            runs=self.runs,
            due=self.due,
            min_products=8,
            locks=self.locks,
        )
        templates = self.templates
        self.match_template = MatchTemplate(self.records, self.index, templates)
        self.request_materials = RequestMaterials(
            self.records, self.index, templates, self.trends, self.desk, self.tokens, self.collect, self.lessons
        )
        shelf = PictureShelf(self.pages)
        self.render_page = RenderPage(
            self.records, self.index, self.materials, self.pages, shelf, offline=True, policing=self.policing, maker=ContentMaker(),
            artwork=Artwork(FakeStudio(), self.pages), public_base="https://venues.example",
            templates=templates,
        )  # fmt: skip
        self.inspect_page = InspectPage(self.records, self.pages, FakePixels(*findings), templates)
        self.request_review = RequestReview(self.records, self.tokens, self.audit)
        self.publish_venue = PublishVenue(self.records, self.publisher, self.lessons, self.plans)
        self.fail_venue = FailVenue(self.records, self.runs, self.lessons, self.ledger)
        self.campaigns.create(a_campaign(status="building", venue_ids=("v-1",)))
        self.venues.create(a_venue(status="selecting", reviewed_versions=()))
        self.machines.start_venue("v-1", "c-1", 1)

    @property
    def venue(self) -> Venue:
        return self.venues.get("v-1")

    def step(self, token: str = "", **changes: Any) -> VenueStep:
        values = {"campaign_id": "c-1", "venue_id": "v-1", "run": self.venue.run, "round": self.venue.round, "task_token": token}
        return VenueStep.model_validate(values | changes)

    def select(self) -> None:
        """As if the recalls had found every product."""
        ids = sorted(self.index.items)
        selection = Selection(
            products=tuple(
                SelectedProduct(product_id=pid, rank=rank, reason=Reason(ranks={"search": rank}, score=1 / rank))
                for rank, pid in enumerate(ids, 1)
            ),
            recalled={"search": len(ids)},
            rules=RuleSet(),
        )
        step = self.step()
        self.documents.put(step.key("selection"), selection)
        plan = FloorPlanner().plan(self.venue.theme, selection, self.index.get(ids), self.venue.language)
        self.documents.put(step.key("floors"), plan)
        self.match_template(step)

    def make(self, *lost: str) -> None:
        """Do all queued materials; those named fail for good."""
        for task, _ in self.queue.take():
            self.desk.work(reference_to(task), lambda request: produced(request, lost, self.pages))
            self.collect.collect(task.venue_id)

    def stage(self, token: str = "review-token", *, materials_token: str = "materials-token") -> Venue:
        """From the materials of this round to a page in review."""
        self.request_materials(self.step(materials_token))
        self.make()
        self.render_page(self.step())
        self.inspect_page(self.step())
        self.request_review(self.step(token))
        return self.venue

    def edit(self, edits: MerchandisingEdits, **more: Any) -> Venue:
        """Saved by the operator, who looked at the newest version."""
        return self.merchandising.save("v-1", edits, self.venue.edits_version, OPERATOR, **more)

    def approve(self) -> Venue:
        """The staged version, by the reviewer."""
        return self.review.approve("v-1", self.venue.staged_version, REVIEWER)


OPERATOR, REVIEWER = Actor(name="olga", role="operator"), Actor(name="rita", role="reviewer")


def reference_to(task: MaterialTask) -> MaterialReference:
    return MaterialReference(venue_id=task.venue_id, material_id=task.material_id, task_key=task.task_key)


class FakeStudio:
    """Studio that sets nothing: labelled bytes (or, `forgets`, unlabelled ones), and measurements as a good picture has them."""

    def __init__(self, *, forgets: bool = False) -> None:
        self.forgets = forgets
        self.set: list[Words] = []

    def poster(
        self,
        background: bytes | None,
        words: Words,
        form: Format,
        colours: Colours,
        style: TypeStyle,
        *,
        xmp: bytes,
        known: Iterable[str] = (),
        over: bytes | None = None,
    ) -> Drawn:
        self.set.append(words)
        measured = (Legibility(place="title.1", contrast=7.0, lowest=5.0),)
        xmp = b"" if self.forgets else xmp
        return Drawn(
            data=webp_with(xmp + form.name.encode()),
            width=form.width,
            height=form.height,
            veil=0.3,
            measured=measured,
            layout=Layout(runs=(), plates=()),
        )

    def hero(self, background: bytes, colours: Colours, *, xmp: bytes) -> tuple[HeroCrop, HeroCrop]:
        phone = HeroCrop(screen="phone", data=webp_with(xmp + b"p"), width=780, height=936, veil=0.6, contrast=4.7)
        return phone, phone.model_copy(
            update={"screen": "desktop", "data": webp_with(xmp + b"d"), "width": 1680, "height": 600, "veil": 0.4}
        )


def labelled_webp(content_id: str = "made") -> bytes:
    """A generated picture's labels in as much of a WebP as carries them."""
    return webp_with(ContentMaker().label(content_id).xmp)


def webp_with(xmp: bytes) -> bytes:
    """As much of a WebP as carries metadata: one chunk."""
    chunk = b"XMP " + len(xmp).to_bytes(4, "little") + xmp + b"\0" * (len(xmp) % 2)
    return b"RIFF" + (len(chunk) + 4).to_bytes(4, "little") + b"WEBP" + chunk


def produced(request: MaterialRequest, lost: tuple[str, ...] = (), pages: FakePages | None = None) -> Model:
    """What a good worker makes of a request; another text for every constraint."""
    if request.material_id in lost:
        raise PermanentError(f"no {request.kind} for {request.component}")
    if request.picked is not None:
        return request.picked
    if request.kind == "image":
        key = f"media/{request.task_key}.webp"
        if pages is not None:
            pages.media[key] = labelled_webp(request.task_key)
        return ImageResult(media_key=key, width=request.width, height=request.height, bytes=3)
    tries = request.rejections
    made = {slot.name: ("熊猫来了" + "啊" * tries)[: slot.max_chars] for slot in request.slots}
    return CopyResult(texts=made | (request.written or {}))
