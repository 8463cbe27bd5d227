"""Results of delivery: as JSON, as CSV for other programs, as charts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from huichang.delivery.results.charts import ChartName, chart
from huichang.delivery.results.model import MOST_ROWS, Ask, By, Results, Sort, hours_between
from huichang.delivery.results.table import csv_lines, values
from huichang.kernel.language import Language
from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE
from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.routing import Routes
from huichang.web.services import Services

_BY: TypeAdapter[By] = TypeAdapter(By)
_SORT: TypeAdapter[Sort] = TypeAdapter(Sort)
_CHART: TypeAdapter[ChartName] = TypeAdapter(ChartName)
_CHARTS: TypeAdapter[str] = TypeAdapter(Annotated[str, Field(pattern=r"^(share|ctr|uplift)(,(share|ctr|uplift)){0,2}$")])
_LANGUAGE: TypeAdapter[Language] = TypeAdapter(Literal["zh", "en"])
_NAME: TypeAdapter[str] = TypeAdapter(Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")])
_MOMENT: TypeAdapter[str] = TypeAdapter(Annotated[str, Field(max_length=13)])
_LIMIT: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=1, le=MOST_ROWS)])
_OFFSET: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=0, le=1_000_000)])
_WIDTH: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=280, le=1600)])
_MINUTES: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=-840, le=840)])


def routes(services: Services) -> Routes:
    """GET /api/results, /api/results.csv, /api/results.svg."""
    on = Routes()

    def found(request: Request, limit: int) -> Results:
        first, end = hours_between(request.asked("from", _MOMENT, ""), request.asked("to", _MOMENT, ""), services.results.now())
        return services.results(
            Ask(
                by=request.asked("by", _BY, "venue"),
                **{name: request.asked(name, _NAME, "") for name in ("placement", "campaign", "venue", "segment")},
                first=first,
                end=end,
                sort=request.asked("sort", _SORT, "impressions"),
                limit=request.asked("limit", _LIMIT, limit),
                offset=request.asked("offset", _OFFSET, 0),
            )
        )

    def draw(request: Request, told: Results, name: ChartName) -> str:
        width, minutes = request.asked("width", _WIDTH, 760), request.asked("minutes", _MINUTES, 0)
        return chart(told, name, width=width, language=request.asked("lang", _LANGUAGE, "en"), minutes=minutes)

    @on.on("GET", "/api/results", ANY_ROLE)
    def results(request: Request, _: Actor) -> Answer:
        told = found(request, 20)
        names = request.asked("charts", _CHARTS, "")
        if not names:
            return json_answer(told)
        # Drawn from the same sums: a screen with three charts costs one look.
        drawn = {name: draw(request, told, _CHART.validate_python(name)) for name in names.split(",")}
        return json_answer(told.model_dump(mode="json") | {"charts": drawn})

    @on.on("GET", "/api/results.csv", ANY_ROLE)
    def as_csv(request: Request, _: Actor) -> Answer:
        language = request.asked("lang", _LANGUAGE, "en")
        told = found(request, MOST_ROWS)
        digits = told.minor_digits
        table = (values(row, by=told.by, currency=told.currency, digits=digits, language=language) for row in told.rows)
        return Answer(
            200,
            "".join(csv_lines(table, digits)),
            "text/csv; charset=utf-8",
            {
                "Content-Disposition": f'attachment; filename="results-{told.by}-{told.first}-{told.last}.csv"',
                "Cache-Control": "no-store",
                "X-Total-Rows": str(told.found),
            },
        )

    @on.on("GET", "/api/results.svg", ANY_ROLE)
    def as_chart(request: Request, _: Actor) -> Answer:
        drawn = draw(request, found(request, 20), request.asked("chart", _CHART, "share"))
        return Answer(200, drawn, "image/svg+xml; charset=utf-8", {"Cache-Control": "no-store"})

    return on
