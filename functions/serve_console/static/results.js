// What came of what was shown: a table with intervals, charts drawn by the server, and what happened meanwhile.

import { ApiError, get, id } from "/console/api.js";
import { h, show as render } from "/console/dom.js";
import { button, chip, empty, problem, section, skeleton, switcher, toastError } from "/console/parts.js";
import { bearer } from "/console/session.js";
import { dayTime, has, lang, number, percent, pick, t } from "/console/words.js";

const BY = ["venue", "campaign", "placement", "segment", "image"];
const RANGES = [["1", "results.today"], ["7", "results.days7"], ["28", "results.days28"], ["own", "results.own"]];
const COLUMNS = ["impressions", "ctr", "uplift", "clicks", "carts", "orders", "order_value"];
const SERVER_SORTS = new Set(["impressions", "clicks", "carts", "orders", "order_value"]);
const FILTERS = ["placement", "campaign", "venue", "segment"];
const CHARTS = ["share", "ctr", "uplift"];
const DAY = 86400e3;
const MOST_TRIES = 40;

const pad = (value) => String(value).padStart(2, "0");
const localDay = (date) => `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
const windowOf = (date) => date.toISOString().slice(0, 13);

/** UTC hours of a range in the reader's own days: both ends included. */
export function hoursOf(range, from, to, now = new Date()) {
  if (range === "own") {
    const first = new Date(`${from}T00:00:00`);
    const last = new Date(new Date(`${to}T00:00:00`).getTime() + DAY - 1);
    return Number.isNaN(first.getTime()) || Number.isNaN(last.getTime()) ? null : { from: windowOf(first), to: windowOf(last) };
  }
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  return { from: windowOf(new Date(today.getTime() - (Number(range) - 1) * DAY)), to: windowOf(now) };
}

/** An amount of minor units. */
export function minor(value, told) {
  return number(value / 10 ** told.minor_digits, { style: "currency", currency: told.currency, currencyDisplay: "narrowSymbol", minimumFractionDigits: told.minor_digits, maximumFractionDigits: told.minor_digits });
}

export const rate = (value) => (value === null ? "–" : number(value, { style: "percent", maximumFractionDigits: value < 0.1 ? 2 : 1 }));
const signed = (value, digits = 0) => (value === null ? t("results.open") : number(value, { style: "percent", maximumFractionDigits: digits, signDisplay: "exceptZero" }));

/** "+12.3 % (+2 % … +24 %)" with a bar from -100 % to +100 % on which the interval lies. */
export function upliftBar(uplift) {
  if (!uplift) return h("span", { class: "quiet" }, "–");
  if (uplift.value === null) return h("span", { class: "quiet", title: t("results.cannot_text") }, t("results.cannot"));
  const place = (value) => `${(50 + 50 * Math.max(-1, Math.min(1, value))).toFixed(1)}%`;
  const low = uplift.low ?? -1;
  const high = uplift.high ?? 1;
  const sure = low > 0 ? "up" : uplift.high !== null && high < 0 ? "down" : "";
  const words = t("results.uplift_said", { value: signed(uplift.value, 1), low: signed(uplift.low), high: signed(uplift.high), sure: number(1 - uplift.alpha, { style: "percent" }) });
  return h("span", { class: ["uplift", sure], title: words },
    h("b", null, signed(uplift.value, 1)),
    h("span", { class: "uplift-bar", "aria-hidden": "true" },
      h("i", { class: "uplift-zero" }),
      h("i", { class: "uplift-range", css: { left: place(low), right: `${(100 - parseFloat(place(high))).toFixed(1)}%` } }),
      h("i", { class: "uplift-dot", css: { left: place(uplift.value) } })),
    h("small", null, `${signed(uplift.low)} … ${signed(uplift.high)}`));
}

async function asked(path) {
  const token = bearer();
  const answer = await fetch(path, { headers: token ? { Authorization: `Bearer ${token}` } : {}, cache: "no-store" });
  if (!answer.ok) throw new ApiError(answer.status, await answer.json().catch(() => ({})));
  return answer;
}

function asPicture(text) {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return `data:image/svg+xml;base64,${btoa(binary)}`;
}

function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const anchor = h("a", { href: url, download: name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

/** Fill `host` with the results of a placement ("" or none: of all). */
export async function show(host, params = {}) {
  const now = new Date();
  const state = {
    by: "venue", range: "7", from: localDay(new Date(now.getTime() - 6 * DAY)), to: localDay(now),
    filter: { placement: params.placement || "", campaign: params.campaign || "", venue: params.venue || "", segment: params.segment || "" },
    sort: "impressions", down: true, limit: 20, told: null, error: null, waiting: "", charts: {}, saving: false,
  };
  let round = 0;
  const names = new Map(); // what ids are called, as far as rows have told

  function query(more = {}) {
    const hours = hoursOf(state.range, state.from, state.to);
    if (!hours) return null;
    const said = { by: state.by, ...state.filter, ...hours, sort: SERVER_SORTS.has(state.sort) ? state.sort : "impressions", ...more };
    return Object.entries(said).filter(([, value]) => value !== "").map(([name, value]) => `${name}=${id(value)}`).join("&");
  }

  async function load() {
    const mine = ++round;
    const room = host.clientWidth || 760;
    const width = Math.max(280, Math.min(1000, Math.round(room >= 980 ? (room - 20) / 2 : room) - 2));
    const asking = query({ limit: state.limit, charts: CHARTS.join(","), lang: lang(), width, minutes: -new Date().getTimezoneOffset() });
    if (!asking) return;
    state.error = null;
    state.told = null;
    draw();
    for (let tries = 1; mine === round; tries += 1) {
      try {
        const told = await get(`/api/results?${asking}`, { signal: params.signal });
        if (mine !== round) return;
        state.charts = Object.fromEntries(Object.entries(told.charts).map(([name, text]) => [name, asPicture(text)]));
        Object.assign(state, { told, waiting: "" });
        for (const row of told.rows) if (Object.keys(row.name).length) names.set(state.by === "image" ? row.venue_id : row.key, row.name);
        draw();
        return;
      } catch (error) {
        if (mine !== round || error.name === "AbortError") return;
        if (error.code !== "results_preparing" || tries >= MOST_TRIES || !host.isConnected) {
          Object.assign(state, { error, waiting: "" });
          draw();
          return;
        }
        // What it got done is kept: each try goes on where the one before stopped.
        state.waiting = pick(error.problem.told) || error.detail;
        draw();
        await new Promise((after) => setTimeout(after, 2500));
      }
    }
  }

  function change(changes, { filter = {} } = {}) {
    Object.assign(state, changes);
    state.filter = { ...state.filter, ...filter };
    load();
  }

  async function exportCsv() {
    state.saving = true;
    draw();
    try {
      const answer = await asked(`/api/results.csv?${query({ limit: 1000, lang: lang() })}`);
      save(await answer.blob(), `results-${state.by}-${state.told.first}-${state.told.last}.csv`);
    } catch (error) {
      toastError(error);
    }
    state.saving = false;
    draw();
  }

  const nameOf = (row) => {
    const name = pick(row.name) || row.key;
    return state.by === "image" ? `${name} · ${row.image || t("results.default_image")}` : name;
  };

  /** What a click on a row asks next. */
  function deeper(row) {
    if (state.by === "campaign" && row.campaign_id) return () => change({ by: "venue" }, { filter: { campaign: row.campaign_id } });
    if (state.by === "placement") return () => (params.choose && row.key !== params.placement ? params.choose(row.key) : change({ by: "venue" }, { filter: { placement: row.key } }));
    if (state.by === "segment") return () => change({ by: "venue" }, { filter: { segment: row.key } });
    if (state.by === "venue") return () => change({ by: "image" }, { filter: { venue: row.key } });
    return null;
  }

  const measure = { ctr: (row) => row.ctr.value ?? -1, uplift: (row) => row.uplift?.value ?? -Infinity };
  function sorted(rows) {
    const by = measure[state.sort] || ((row) => row.counts[state.sort]);
    return [...rows].sort((one, other) => (state.down ? 1 : -1) * (by(other) - by(one)));
  }

  function head(name) {
    const chosen = state.sort === name;
    return h("th", { scope: "col", class: "figure-column", "aria-sort": chosen ? (state.down ? "descending" : "ascending") : null },
      h("button", { type: "button", class: "sorter", title: has(`results.${name}_text`) ? t(`results.${name}_text`) : null, on: { click() {
        if (chosen) { state.down = !state.down; draw(); return; }
        const ask = SERVER_SORTS.has(name) && state.told.found > state.told.rows.length;
        Object.assign(state, { sort: name, down: true });
        if (ask) load();
        else draw();
      } } }, t(`results.${name}`), chosen ? h("span", { "aria-hidden": "true" }, state.down ? " ↓" : " ↑") : ""));
  }

  function line(row, kind = "") {
    const told = state.told;
    const go = kind ? null : deeper(row);
    const cell = (name, ...what) => h("td", { class: "figure-column", "data-label": t(`results.${name}`) }, ...what);
    return h("tr", { key: `${kind}${row.key}`, class: kind },
      h("th", { scope: "row" },
        go ? h("button", { type: "button", class: "deeper", title: t("results.deeper"), on: { click: go } }, nameOf(row)) : kind ? pick(row.name) : nameOf(row),
        state.by === "venue" && row.venue_id ? h("a", { class: "quiet", href: `/console/venues/${id(row.venue_id)}`, "aria-label": t("results.open_venue", { name: nameOf(row) }) }, "↗") : ""),
      cell("impressions", number(row.counts.impressions), h("small", { class: "share" }, h("span", { class: "bar-track", "aria-hidden": "true" }, h("i", { css: { width: `${Math.max(1, row.share * 100)}%` } })), percent(row.share))),
      cell("ctr", rate(row.ctr.value), row.ctr.value === null ? "" : h("small", null, `${rate(row.ctr.low)} – ${rate(row.ctr.high)}`), row.few && row.counts.impressions ? h("span", { class: "tag few", title: t("results.few_text") }, t("results.few")) : ""),
      cell("uplift", upliftBar(row.uplift)),
      cell("clicks", number(row.counts.clicks)),
      cell("carts", number(row.counts.carts)),
      cell("orders", number(row.counts.orders)),
      cell("order_value", minor(row.counts.order_value, told)));
  }

  function table() {
    const told = state.told;
    const left = told.found - told.rows.length;
    return h("div", { class: "results-scroll", key: "table" },
      h("table", { class: "results" },
        h("caption", { class: "unseen" }, t("delivery.results")),
        h("thead", null, h("tr", null, h("th", { scope: "col" }, t(`results.by.${state.by}`)), COLUMNS.map(head))),
        h("tbody", null, sorted(told.rows).map((row) => line(row)), told.others ? line({ ...told.others, name: { zh: `其余 ${left} 项`, en: `${left} others` } }, "others") : ""),
        h("tfoot", null, line(told.total, "total"))),
      left > 0 && state.limit < 200 ? h("div", { class: "row center" }, button(t("show_more", { n: Math.min(left, 60) }), { on: () => change({ limit: state.limit + 60 }) })) : "");
  }

  function chart(name) {
    return h("figure", { class: "results-chart", key: name }, h("img", { src: state.charts[name], alt: t(`results.chart.${name}`) }));
  }

  function timeline() {
    const found = state.told.why;
    return section(t("results.why"), { id: "why", count: found.length ? number(found.length) : undefined },
      h("p", { class: "quiet" }, t("results.why_text")),
      found.length ? h("ol", { class: "timeline" }, found.map((each, index) => h("li", { key: `${each.at}${index}`, class: `timeline-${each.kind}` },
        h("span", { class: "timeline-number", "aria-hidden": "true" }, String(index + 1)),
        h("div", null,
          h("b", null, pick(each.what)), " ", h("span", { class: "tag" }, t(`results.kind.${each.kind}`)),
          h("small", { class: "quiet" }, [dayTime(each.at), each.who, pick(names.get(each.subject)) || each.subject, each.said].filter(Boolean).join(" · ")))))) : h("p", { class: "quiet" }, t("results.why_none")));
  }

  function pickers() {
    const here = params.placement && params.placements?.find((each) => each.placement.name === params.placement);
    const scopes = here ? [[params.placement, pick(here.placement.what)], ["", t("results.everywhere")]] : [];
    const chosen = FILTERS.filter((name) => state.filter[name] && !(name === "placement" && scopes.length));
    return h("div", { class: "results-pickers", key: "pickers" },
      h("div", { class: "row filters" },
        scopes.length ? switcher(t("results.by.placement"), scopes, state.filter.placement, (placement) => change({}, { filter: { placement } })) : "",
        switcher(t("results.by"), BY.map((name) => [name, t(`results.by.${name}`)]), state.by, (by) => change({ by }, by === "placement" ? { filter: { placement: "" } } : {})),
        switcher(t("results.range"), RANGES.map(([value, word]) => [value, t(word)]), state.range, (range) => change({ range }))),
      state.range === "own" ? h("div", { class: "row" },
        ["from", "to"].map((name) => h("label", { class: "field" }, h("span", { class: "field-label" }, t(`results.${name}`)),
          h("input", { type: "date", value: state[name], max: localDay(new Date()), on: { change() { if (this.value) change({ [name]: this.value }); } } })))) : "",
      chosen.length ? h("div", { class: "row" }, chosen.map((name) => h("span", { class: "row", key: name },
        chip(t(`results.by.${name}`), pick(names.get(state.filter[name])) || state.filter[name]), button(t("results.without"), { small: true, on: () => change({}, { filter: { [name]: "" } }) })))) : "");
  }

  function body() {
    if (state.error) return problem(state.error, { retry: load });
    if (!state.told) return [state.waiting ? h("p", { class: "quiet", role: "status" }, state.waiting) : "", skeleton(6)];
    if (!state.told.total.counts.impressions) return [empty(t("results.none"), t("results.none_text")), state.told.why.length ? timeline() : ""];
    return [
      h("p", { class: "quiet", key: "as-of" }, state.told.settled ? t("results.settled") : t("results.counted_to", { at: dayTime(state.told.counted_to) })),
      h("div", { class: "results-charts", key: "charts" }, CHARTS.map(chart)),
      table(),
      timeline(),
      h("div", { class: "row", key: "export" },
        button(t("results.csv"), { busy: state.saving, on: exportCsv, iconName: "imports" }),
        h("span", { class: "quiet" }, t("results.parquet"), " ", h("code", null, `huichang delivery results --by ${state.by} --parquet results.parquet`))),
    ];
  }

  function draw() {
    if (params.signal?.aborted) return;
    render(host, h("div", { class: "results-tab" }, pickers(), body()));
  }

  await load();
}
