// Which venues earn their place: each one's interval against the placement's baseline, who was taken out and why, and what people decide.

import { get, id, post, put } from "/console/api.js";
import { h, show as draw } from "/console/dom.js";
import { ago, button, dialog, empty, field, problem, shape, skeleton, switcher, toast, toastError } from "/console/parts.js";
import { exact, number, pick, t } from "/console/words.js";

const FIRST = ["weak_and_there", "eliminated", "overdue", "promote", "cannot_tell", "keep"];
const SHAPES = { weak_and_there: "warning", eliminated: "retired", overdue: "waiting", promote: "passed", cannot_tell: "to_come", keep: "approved" };
const TONES = { weak_and_there: "bad", eliminated: "quiet", overdue: "mine", promote: "good", cannot_tell: "quiet", keep: "good" };
const AGAIN = 20000;
const MORE = 100;
const MOST = 1000;
const WIDE = 240;
const TALL = 26;

const signed = (ratio) => number(ratio - 1, { style: "percent", signDisplay: "exceptZero", maximumFractionDigits: Math.abs(ratio - 1) < 0.1 ? 1 : 0 });

export async function show(host, params) {
  const path = `/api/placements/${id(params.placement)}/standing`;
  let found = null;
  let error = null;
  let attention = "";
  let limit = MORE;
  let busy = "";

  async function load(signal = params.signal) {
    found = await get(`${path}?limit=${limit}${attention ? `&attention=${attention}` : ""}`, { signal });
    error = null;
    redraw();
  }

  async function ask(signal) {
    await load(signal);
    return AGAIN;
  }

  params.live(ask, (trouble) => {
    error = trouble;
    redraw();
    return trouble.passing;
  });

  async function choose(next) {
    attention = next;
    limit = MORE;
    await again();
  }

  async function again() {
    try {
      await load();
    } catch (trouble) {
      if (trouble.name !== "AbortError") toastError(trouble);
    }
  }

  /** Ask why; undefined if they think better of it. */
  const because = (title, text, yes, danger = false) => dialog((close) => {
    const input = h("textarea", { rows: 3, minlength: 2, maxlength: 500, required: true, autofocus: true });
    return h("form", { method: "dialog", class: "reason-form", on: { submit(event) { event.preventDefault(); close(input.value.trim()); } } },
      h("h2", null, title), h("p", null, text),
      field(t("standing.why"), input, { help: t("standing.why_help") }),
      h("div", { class: "row end" },
        h("button", { type: "button", class: "button", on: { click() { close(); } } }, h("span", null, t("cancel"))),
        h("button", { type: "submit", class: ["button", danger ? "danger" : "primary"] }, h("span", null, yes))));
  }, { label: title });

  async function decide(row, what) {
    const name = row.title || row.venue_id;
    const few = what === "retire" && found.staying <= found.slots;
    const text = few ? t("standing.retire_few", { n: found.staying - 1, slots: found.slots }) : t(`standing.${what}_text`);
    const why = await because(t(`standing.${what}_title`, { name }), text, t(`standing.${what}`), what === "retire");
    if (!why) return;
    busy = row.venue_id;
    redraw();
    try {
      const done = await post(`${path}/${id(row.venue_id)}/${what}`, { why });
      toast(t(`standing.${what}_done`, { name, n: done.staying }), { tone: "good", state: "done" });
      await again();
    } catch (trouble) {
      toastError(trouble);
    }
    busy = "";
    redraw();
  }

  async function freeze(frozen) {
    const what = frozen ? "freeze" : "thaw";
    const why = await because(t(`standing.${what}_title`), t(`standing.${what}_text`), t(`standing.${what}`));
    if (!why) return;
    try {
      await put(`${path}/freeze`, { frozen, why });
      await again();
    } catch (trouble) {
      toastError(trouble);
    }
  }

  function redraw() {
    if (!params.signal?.aborted) draw(host, view());
  }

  function view() {
    if (!found) return error && !error.passing ? problem(error, { retry: again }) : skeleton(4);
    const reach = reachOf(found.rows);
    return h("div", { class: "standing" },
      found.frozen ? h("div", { class: "banner", role: "status" },
        h("div", null, h("b", null, t("standing.frozen")), h("span", null, t("standing.frozen_by", { name: found.frozen.by, why: found.frozen.why }), " ", ago(found.frozen.at))),
        button(t("standing.thaw"), { small: true, roles: ["operator"], on: () => freeze(false) })) : "",
      h("div", { class: "standing-head" },
        h("div", { class: "figures" },
          figure(number(found.staying), t("standing.staying", { slots: found.slots })),
          figure(number(found.counts.eliminated || 0), t("standing.out")),
          figure(t("standing.percent_points", { n: number(found.rule.margin * 100) }), t("standing.margin", { sure: number((1 - found.rule.alpha) * 100) }))),
        found.frozen ? "" : button(t("standing.freeze"), { small: true, roles: ["operator"], on: () => freeze(true) })),
      h("p", { class: "quiet standing-note" }, found.judged_at
        ? [t("standing.judged"), " ", ago(found.judged_at), found.windows[1] ? ` · ${t("standing.counted_to", { time: exact(ended(found.windows[1])) })}` : "", found.unread ? ` · ${t("standing.unread", { n: found.unread })}` : ""]
        : t("standing.not_judged")),
      switcher(t("standing.show"), [["", `${t("all")} ${number(total(found.counts))}`], ...FIRST.filter((each) => found.counts[each]).map((each) => [each, `${t(`standing.${each}`)} ${number(found.counts[each])}`])], attention, choose),
      found.rows.length ? h("ul", { class: "plain standings" }, found.rows.map((row) => card(row, reach))) : empty(t("standing.none"), t("standing.none_text")),
      found.total > found.rows.length && limit < MOST ? h("div", { class: "row center" }, button(t("show_more", { n: Math.min(MORE, found.total - found.rows.length) }), { on() { limit = Math.min(MOST, limit + MORE); again(); } })) : "",
      h("details", { class: "standing-how" }, h("summary", null, t("standing.how")), h("p", null, t("standing.how_text")), h("p", null, t("standing.promise_text")), h("p", null, t("standing.expected", { n: number(found.expected_wrong, { maximumFractionDigits: 1 }), of: number(total(found.counts)) }))));
  }

  const figure = (value, words) => h("div", { class: "figure" }, h("b", null, value), h("span", null, words));

  function card(row, reach) {
    const out = row.state === "eliminated";
    return h("li", { class: ["panel", "standing-card", out && "out"], key: row.venue_id },
      h("div", { class: "standing-name" },
        h("a", { href: `/console/venues/${id(row.venue_id)}` }, row.title || row.venue_id),
        h("span", { class: `state tone-${TONES[row.attention]}` }, shape(SHAPES[row.attention]), h("span", null, t(`standing.${row.attention}`)))),
      bar(row, reach, found.rule.margin),
      h("div", { class: "standing-words" },
        h("p", null, pick(row.words)),
        row.state ? h("p", { class: "quiet" }, t(`standing.was_${row.state}`, { name: row.by === "verdicts" ? t("standing.system") : row.by }), " ", ago(row.at),
          row.state === "restored" && row.row?.since ? ` · ${t("standing.since", { time: exact(`${row.row.since}:00:00Z`) })}` : "",
          pick(row.why) && h("span", { class: row.by === "verdicts" ? "standing-told" : "standing-why" }, pick(row.why))) : "",
        out && row.by === "verdicts" && pick(row.rests_on) !== pick(row.words) ? h("p", { class: "quiet" }, t("standing.rested_on"), " ", pick(row.rests_on)) : "",
        out ? "" : owed(row.row)),
      h("div", { class: "standing-act" }, out
        ? button(t("standing.restore"), { small: true, roles: ["operator"], busy: busy === row.venue_id, on: () => decide(row, "restore") })
        : button(t("standing.retire"), { small: true, kind: "danger", roles: ["operator"], busy: busy === row.venue_id, on: () => decide(row, "retire") })));
  }

  redraw();
}

/** How much of what it is promised a venue had. */
function owed(row) {
  if (!row || row.promised === null || row.kind !== "cannot_tell") return "";
  const had = Math.min(1, row.shown / row.promised);
  return h("div", { class: "standing-owed" },
    h("span", { class: "meter", role: "img", "aria-label": number(had, { style: "percent" }) }, h("i", { css: { width: `${Math.max(1, had * 100)}%` } })),
    h("small", { class: "quiet" }, row.missing ? t("standing.missing", { n: row.missing, of: row.promised }) : t("standing.overdue_text", { of: row.promised })));
}

/** How far the picture reaches on both sides of the baseline, in logarithms: all rows have the same scale. */
function reachOf(rows) {
  const known = rows.flatMap(({ row }) => (row && row.estimate !== null ? [row.low, row.high ?? row.estimate, row.estimate] : [])).filter((each) => each > 0);
  const most = Math.max(0, ...known.map((each) => Math.abs(Math.log(each))));
  return Math.min(Math.log(4), Math.max(Math.log(1.25), most * 1.05));
}

/** The interval against the baseline. Left is weaker; the shaded stretch is what is still kept. */
function bar({ row }, reach, margin) {
  const known = row && row.estimate !== null;
  const at = (ratio) => Math.round((WIDE / 2) * (1 + Math.max(-1, Math.min(1, ratio > 0 ? Math.log(ratio) / reach : -1))) * 10) / 10;
  const [left, right] = known ? [at(row.low), row.high === null ? WIDE : at(row.high)] : [0, 0];
  const from = at(1 - margin);
  const words = known ? t("standing.interval", { estimate: signed(row.estimate), low: signed(row.low), high: row.high === null ? "∞" : signed(row.high) }) : t("standing.no_interval");
  return h("div", { class: "standing-bar" },
    h("svg", { class: `interval is-${known ? row.kind : "nothing"}`, viewBox: `0 0 ${WIDE} ${TALL}`, role: "img", "aria-label": words },
      h("rect", { class: "ground", x: 0, y: 11, width: WIDE, height: 4, rx: 2 }),
      h("rect", { class: "tolerance", x: from, y: 4, width: Math.max(0, WIDE / 2 - from), height: 18 }),
      h("path", { class: "baseline", d: `M${WIDE / 2} 1v${TALL - 2}` }),
      known && h("rect", { class: "reach", x: left, y: 9, width: Math.max(2, right - left), height: 8, rx: 4 }),
      known && h("circle", { class: "middle", cx: Math.max(6, Math.min(WIDE - 6, at(row.estimate))), cy: TALL / 2, r: 5 })),
    h("small", { class: "quiet" }, words));
}

const total = (counts) => Object.values(counts).reduce((sum, each) => sum + each, 0);
/** The end of a window, which is named by its beginning. */
const ended = (window) => new Date(Date.parse(`${window}:00:00Z`) + 3600000).toISOString();
