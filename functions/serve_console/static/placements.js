// Where venues are shown: the placements, what each takes, who is there and why, and changing them.

import { ApiError, call, get, id, put } from "/console/api.js";
import { h, show as draw } from "/console/dom.js";
import { ago, button, chip, confirm, empty, field, problem, section, shape, skeleton, switcher, toast, toastError } from "/console/parts.js";
import { may } from "/console/session.js";
import { day, list as joined, number, pick, t } from "/console/words.js";

export const SEGMENTS = ["bulk", "small", "dropship", "export", "custom", "value", "fresh", "women", "men", "kids", "new", "back", "none"];
export const segmentName = (slug) => t(`buyers.${slug}`);
const NAME = /^[a-z0-9][a-z0-9_-]{0,39}$/;
const REGION = /^[A-Z]{2}$/;
const RESERVED = "direct";
const LISTS = ["industries", "languages", "regions", "merchants", "buyers"];
const EVEN = Array(24).fill(1);
const PROFILES = { even: () => 1, evening: (hour) => (hour >= 18 && hour < 24 ? 8 : hour >= 12 ? 3 : hour >= 7 ? 2 : 0.5), work: (hour) => (hour >= 9 && hour < 18 ? 8 : 1) };

const split = (text) => [...new Set(text.split(/[\s,，、;；]+/).map((each) => each.trim()).filter(Boolean))];
const industryName = (app, code) => pick(app.config.industries.find((each) => each.code === code)) || code;
const languageName = (code) => t(`placements.language.${code}`);

/** The local hour in which a UTC hour begins, as minutes from midnight. Zones with half hours are half an hour off a full one. */
const localMinutes = (hour) => (((hour * 60 - new Date().getTimezoneOffset()) % 1440) + 1440) % 1440;
const clockOf = (minutes) => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
const localHours = () => [...EVEN.keys()].sort((one, other) => localMinutes(one) - localMinutes(other));

/** 24 bars in the order of the reader's day. */
export function hourBars(busy, { small = false } = {}) {
  const most = Math.max(...busy, 0.0001);
  const hours = localHours();
  const peak = hours.filter((hour) => busy[hour] === most);
  const words = peak.length === 24 ? t("placements.busy_even") : t("placements.busy_peak", { time: clockOf(localMinutes(peak[0])) });
  return h("div", { class: ["hour-bars", small && "small"], role: "img", "aria-label": words, title: small ? words : null },
    hours.map((hour, place) => h("span", { class: "hour", title: small ? null : t("placements.hour", { time: clockOf(localMinutes(hour)), utc: clockOf(hour * 60), weight: busy[hour] }) },
      h("i", { css: { height: `${Math.max(2, (100 * busy[hour]) / most)}%` } }), small ? "" : h("small", null, place % 6 ? "" : clockOf(localMinutes(hour))))));
}

/** What a placement takes, as chips. */
function takes(app, { eligible, offered }) {
  const parts = [
    [t("placements.industries"), eligible.industries.map((code) => industryName(app, code))],
    [t("placements.languages"), eligible.languages.map(languageName)],
    [t("placements.regions"), eligible.regions],
    [t("placements.merchants"), eligible.merchants],
    [t("placements.buyers"), eligible.buyers.map(segmentName)],
  ].filter(([, values]) => values.length);
  return h("div", { class: "chips" },
    offered ? "" : h("span", { class: "tag warn" }, t("placements.not_offered")),
    parts.length ? parts.map(([label, values]) => chip(label, joined(values))) : chip("", t("placements.takes_all")));
}

/** A tab of the delivery screen (delivery.js). */
export async function show(host, params) {
  const { app } = params;
  let which = "there";
  let found = null; // the venues' first page, and what was asked for after it
  let trouble = null;
  let draft = null;
  let busy = "";
  let wanted = "";

  const view = () => params.placements.find((each) => each.placement.name === params.placement);
  const paint = () => { if (!params.signal.aborted) draw(host, page()); };
  const ask = (cursor, signal) => get(`/api/placements/${id(params.placement)}/venues?which=${wanted ? "all" : which}&limit=20${wanted ? `&venue=${id(wanted)}` : ""}${cursor ? `&cursor=${id(cursor)}` : ""}`, { signal });

  const poll = params.live(async (signal) => {
    const fresh = await ask("", signal);
    // Pages that were asked for stay; the first is as of now.
    const known = new Set(fresh.venues.map((each) => each.venue_id));
    const later = found?.more ? found.venues.filter((each) => !known.has(each.venue_id)) : [];
    found = { ...fresh, venues: [...fresh.venues, ...later], next: later.length ? found.next : fresh.next, more: Boolean(later.length) };
    trouble = null;
    paint();
    return 30000;
  }, (error) => { trouble = error; paint(); return error.passing; });

  async function more() {
    busy = "more";
    paint();
    try {
      const next = await ask(found.next);
      found = { ...next, venues: [...found.venues, ...next.venues], more: true };
    } catch (error) { toastError(error); }
    busy = "";
    paint();
  }

  function look(next) {
    which = next;
    again();
  }

  function again() {
    found = null;
    paint();
    poll.now();
  }

  // --- the list -----------------------------------------------------------------------------------------------------------

  function card(each) {
    const { placement } = each;
    const current = placement.name === params.placement;
    return h("li", { key: placement.name }, h("button", { type: "button", class: "placement-card", "aria-current": current ? "true" : null, on: { click() { params.choose(placement.name); } } },
      h("span", { class: "placement-name" }, h("b", null, pick(placement.what)), h("small", { class: "mono" }, placement.name)),
      hourBars(placement.busy, { small: true }),
      h("small", { class: "quiet" }, placement.offered ? t("placements.card", { there: number(each.there ?? 0), may: number(each.may_enter ?? 0), slots: placement.slots }) : t("placements.not_offered"))));
  }

  function catalogue() {
    const groups = ["public", "private"].map((kind) => [kind, params.placements.filter((each) => each.placement.kind === kind)]);
    return h("aside", { class: "placement-list", key: "list", "aria-label": t("delivery.placements") },
      button(t("placements.add"), { roles: ["operator"], iconName: "", on: () => open(null) }),
      groups.map(([kind, members]) => (members.length ? h("div", { key: kind }, h("h3", null, t(`placements.${kind}`)), h("ul", { class: "plain" }, members.map(card))) : "")));
  }

  // --- one ------------------------------------------------------------------------------------------------------------------

  const figure = (value, words) => h("div", { class: "figure" }, h("b", null, value), h("span", null, words));

  function head(each) {
    const { placement } = each;
    const reserved = placement.name === RESERVED ? t("placements.reserved") : "";
    return h("section", { class: "panel placement-head", key: "head", "aria-label": pick(placement.what) },
      h("div", { class: "row" }, h("h2", { class: "grow" }, pick(placement.what), " ", h("small", { class: "mono quiet" }, placement.name)),
        button(t("placements.edit"), { small: true, roles: ["operator"], blocked: reserved, on: () => open(each) }),
        each.changed ? button(t(each.shipped ? "placements.as_shipped" : "placements.remove"), { small: true, kind: each.shipped ? "" : "danger", roles: ["operator"], busy: busy === "remove", on: () => drop(each) }) : ""),
      h("div", { class: "row" }, h("span", { class: "tag" }, t(`placements.${placement.kind}`)), takes(app, placement)),
      h("div", { class: "figures" },
        figure(placement.offered ? `${number(each.there ?? 0)} / ${number(placement.capacity)}` : "—", t("placements.there_of_capacity")),
        figure(number(placement.slots), t("placements.slots")),
        figure(placement.per_buyer_day ? number(placement.per_buyer_day) : "∞", t("placements.per_buyer_day")),
        figure(number(placement.priority), t("placements.priority")),
        figure(percentFine(placement.margin), t("placements.margin")),
        figure(percentFine(placement.alpha), t("placements.alpha"))),
      h("figure", { class: "hours" }, h("figcaption", { class: "quiet" }, t("placements.busy")), hourBars(placement.busy)),
      each.at ? h("small", { class: "quiet" }, t(each.changed ? "placements.changed_by" : "placements.shipped_by", { who: each.by, n: placement.version }), " ", ago(each.at)) : h("small", { class: "quiet" }, t("placements.as_it_ships")));
  }

  const percentFine = (share) => number(share, { style: "percent", maximumFractionDigits: 2 });

  async function drop(each) {
    const { name, version } = each.placement;
    const words = each.shipped ? "placements.as_shipped" : "placements.remove";
    if (!(await confirm(t(`${words}_title`, { name: pick(each.placement.what) }), t(`${words}_text`), { yes: t(words), danger: !each.shipped }))) return;
    busy = "remove";
    paint();
    try {
      await call("DELETE", `/api/placements/${id(name)}`, undefined, { headers: { "If-Match": `"${version}"` } });
      toast(t(`${words}_done`), { state: "done" });
      if (!each.shipped) params.choose("home");
    } catch (error) { toastError(error); }
    busy = "";
    await refresh();
  }

  async function refresh() {
    try {
      await params.refresh();
    } catch (error) { toastError(error); }
    poll.now();
    paint();
  }

  // --- who is there ------------------------------------------------------------------------------------------------------------

  function venueLine(each) {
    const facts = [each.industry ? industryName(app, each.industry) : "", languageName(each.language), joined(each.regions), each.merchant ? `${t("placements.merchant")} ${each.merchant}` : "", day(each.published_at)];
    return h("li", { class: "line", key: each.venue_id },
      h("span", { class: "line-main" }, h("a", { href: `/console/venues/${id(each.venue_id)}` }, h("b", null, each.title || each.venue_id)),
        h("small", null, facts.filter(Boolean).join(" · ")),
        h("span", { class: "placed-why" }, pick(each.reason.said), each.there || !pick(each.reason.todo) ? "" : h("span", { class: "quiet" }, " ", t("error.todo"), " ", pick(each.reason.todo)))),
      h("span", { class: "line-side" }, each.there ? h("span", { class: "state tone-good" }, shape("done"), h("span", null, t("placements.place", { n: each.place }))) : h("span", { class: "state tone-quiet" }, shape("retired"), h("span", null, t(`placements.reason.${each.reason.code}`)))));
  }

  function venues() {
    const counts = found ? Object.entries(found.left_out_by) : [];
    const out = found ? found.live - found.there : 0;
    return section(t("placements.venues"), {
      id: "venues", count: found ? number(found.there) : undefined,
      aside: h("form", { class: "search", on: { submit(event) { event.preventDefault(); wanted = this.querySelector("input").value.trim(); again(); } } },
        h("input", { type: "search", maxlength: 64, placeholder: t("placements.find"), "aria-label": t("placements.find"), value: wanted, on: { search() { if (!this.value) { wanted = ""; again(); } } } })),
    },
    switcher(t("placements.venues"), [["there", found ? t("placements.are_there", { n: found.there }) : t("placements.there")], ["out", found ? t("placements.are_out", { n: out }) : t("placements.out")]], which, look),
    which === "out" && counts.length && !wanted ? h("div", { class: "chips" }, counts.map(([code, count]) => chip(t(`placements.reason.${code}`), number(count)))) : "",
    !found ? trouble && !trouble.passing ? problem(trouble, { retry: () => poll.now() }) : skeleton(3)
      : found.venues.length ? [h("ul", { class: "rows" }, found.venues.map(venueLine)), found.next ? h("div", { class: "row" }, button(t("placements.more"), { busy: busy === "more", on: more })) : ""]
        : wanted ? empty(t("placements.not_found"), t("placements.not_found_text"))
          : which === "out" ? empty(t("placements.none_out"), t("placements.none_out_text")) : empty(t("placements.nobody"), t(found.live ? "placements.nobody_text" : "placements.nothing_live")));
  }

  // --- changing ---------------------------------------------------------------------------------------------------------------------

  function open(each) {
    const base = each?.placement || { name: "", kind: "public", what: {}, offered: true, eligible: Object.fromEntries(LISTS.map((name) => [name, []])), slots: 6, capacity: 10000, priority: 1, busy: EVEN, per_buyer_day: 0, margin: 0.02, alpha: 0.05, version: 0 };
    const now = structuredClone(base);
    draft = { base, now, fresh: !each, typed: { regions: now.eligible.regions.join(", "), merchants: now.eligible.merchants.join(", ") }, wrong: {}, error: null, merged: [] };
    paint();
    requestAnimationFrame(() => document.querySelector(".placement-form :is(input, select)")?.focus());
  }

  function check() {
    const { now, fresh, typed } = draft;
    const wrong = {};
    now.eligible.regions = split(typed.regions.toUpperCase());
    now.eligible.merchants = split(typed.merchants);
    if (fresh && !NAME.test(now.name)) wrong.name = t("placements.name_wrong");
    else if (fresh && params.placements.some((each) => each.placement.name === now.name)) wrong.name = t("placements.name_taken");
    for (const code of ["zh", "en"]) if (!now.what[code]?.trim()) wrong[code] = t("placements.what_wrong");
    for (const [name, low, high] of [["slots", 1, 20], ["capacity", 1, 100000], ["per_buyer_day", 0, 100]]) if (!Number.isInteger(now[name]) || now[name] < low || now[name] > high) wrong[name] = t("placements.whole", { low, high });
    if (!(now.margin > 0 && now.margin < 1)) wrong.margin = t("placements.between", { low: 0, high: 100 });
    if (!(now.alpha > 0 && now.alpha < 0.5)) wrong.alpha = t("placements.between", { low: 0, high: 50 });
    if (!now.eligible.regions.every((each) => REGION.test(each))) wrong.regions = t("placements.regions_wrong");
    if (!now.busy.some(Boolean)) wrong.busy = t("placements.busy_wrong");
    draft.wrong = wrong;
    return !Object.keys(wrong).length;
  }

  async function save(event) {
    event.preventDefault();
    if (!check()) {
      paint();
      requestAnimationFrame(() => document.querySelector(".placement-form .wrong :is(input, select, textarea)")?.focus());
      return;
    }
    busy = "save";
    draft.error = null;
    paint();
    try {
      const answer = await put(`/api/placements/${id(draft.now.name)}`, draft.now);
      const { name } = answer.placement;
      draft = null;
      toast(t(answer.used === "soon" ? "placements.saved_soon" : answer.used ? "placements.saved" : "placements.saved_nothing"), { state: "done" });
      busy = "";
      await refresh();
      if (name !== params.placement) params.choose(name);
      return;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      draft.error = error;
    }
    busy = "";
    paint();
    requestAnimationFrame(() => document.querySelector(".placement-form .problem")?.scrollIntoView({ block: "nearest" }));
  }

  /** The newest, with what was typed here put on it; where both changed the same thing, what was typed here stays and is named. */
  async function takeOver() {
    busy = "take";
    paint();
    try {
      const { placement: newest } = await get(`/api/placements/${id(draft.base.name)}`);
      const differs = (one, other) => JSON.stringify(one) !== JSON.stringify(other);
      const merged = structuredClone(newest);
      const both = [];
      const mine = (from, base, other, into, names, word) => names.forEach((name) => {
        if (!differs(from[name], base[name])) return;
        if (differs(other[name], base[name]) && differs(other[name], from[name])) both.push(word(name));
        into[name] = from[name];
      });
      mine(draft.now, draft.base, newest, merged, ["kind", "what", "offered", "slots", "capacity", "priority", "busy", "per_buyer_day", "margin", "alpha"], (name) => t(`placements.${name}`));
      mine(draft.now.eligible, draft.base.eligible, newest.eligible, merged.eligible, LISTS, (name) => t(`placements.${name}`));
      draft = { ...draft, base: newest, now: merged, typed: { regions: merged.eligible.regions.join(", "), merchants: merged.eligible.merchants.join(", ") }, error: null, merged: both, rebased: true };
    } catch (error) { draft.error = error; }
    busy = "";
    paint();
  }

  function numberField(name, { step = 1, min = 0, max, scale = 1, help = "" } = {}) {
    const { now, wrong } = draft;
    const shown = Number.isFinite(now[name]) ? String(Math.round(now[name] * scale * 1e6) / 1e6) : "";
    return field(t(`placements.${name}`) + (scale === 1 ? "" : " (%)"), h("input", { type: "number", inputmode: "decimal", step, min, max, value: shown, on: { input() { now[name] = this.value === "" ? NaN : Number(this.value) / scale; } } }), { help, error: wrong[name] });
  }

  function checks(label, name, options, help = "") {
    const chosen = draft.now.eligible[name];
    return h("fieldset", { class: "pick-list", key: name }, h("legend", { class: "field-label" }, label, chosen.length ? h("span", { class: "count" }, number(chosen.length)) : h("span", { class: "quiet" }, ` ${t("placements.any")}`)),
      h("div", { class: "pick-options" }, options.map(([value, words]) => h("label", { class: "check", key: value }, h("input", { type: "checkbox", checked: chosen.includes(value), on: { change() {
        draft.now.eligible[name] = this.checked ? [...chosen, value] : chosen.filter((each) => each !== value);
        paint();
      } } }), h("span", null, words)))), help ? h("span", { class: "help" }, help) : "");
  }

  function hours() {
    const { now, wrong } = draft;
    const most = Math.max(10, ...now.busy);
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
    const set = (make) => { now.busy = now.busy.map((_, hour) => make(Math.floor(localMinutes(hour) / 60))); paint(); };
    return h("fieldset", { class: ["hours-edit", wrong.busy && "wrong"], key: "busy" }, h("legend", { class: "field-label" }, t("placements.busy")),
      h("span", { class: "help" }, t("placements.busy_help", { zone })),
      h("div", { class: "hour-sliders" }, localHours().map((hour) => h("label", { class: "hour-slider", key: String(hour) },
        h("output", null, number(now.busy[hour])),
        h("input", { type: "range", min: 0, max: most, step: 0.5, value: String(now.busy[hour]), "aria-label": t("placements.hour", { time: clockOf(localMinutes(hour)), utc: clockOf(hour * 60), weight: now.busy[hour] }), on: { input() { now.busy = now.busy.map((each, at) => (at === hour ? Number(this.value) : each)); paint(); } } }),
        h("small", null, clockOf(localMinutes(hour)).slice(0, 2))))),
      h("div", { class: "row" }, h("span", { class: "quiet" }, t("placements.profiles")), Object.entries(PROFILES).map(([name, make]) => button(t(`placements.profile.${name}`), { small: true, key: name, on: () => set(make) }))),
      wrong.busy ? h("span", { class: "field-error" }, wrong.busy) : "");
  }

  function form() {
    const { now, wrong, typed, fresh, error, merged } = draft;
    const text = (label, value, set, options = {}) => field(label, h("input", { type: "text", maxlength: options.max || 80, value, placeholder: options.placeholder, autocomplete: "off", class: options.mono && "mono", on: { input() { set(this.value); } } }), options);
    const choice = (name, options, convert = String, help = "") => field(t(`placements.${name}`), h("select", { on: { change() { now[name] = convert(this.value); paint(); } } }, options.map(([value, words]) => h("option", { value: String(value), selected: value === now[name] }, words))), { help });
    return h("form", { class: "panel form placement-form", key: "form", novalidate: true, "aria-label": t(fresh ? "placements.add" : "placements.edit"), on: { submit: save } },
      h("h2", null, fresh ? t("placements.add") : [t("placements.edit"), " · ", pick(draft.base.what), " ", h("small", { class: "mono quiet" }, now.name)]),
      draft.rebased ? h("p", { class: "note", role: "status" }, merged.length ? t("placements.merged_both", { what: joined(merged) }) : t("placements.merged")) : "",
      h("div", { class: "grid" },
        fresh ? text(t("placements.name"), now.name, (value) => { now.name = value.trim(); }, { max: 40, mono: true, placeholder: "toys-channel", help: t("placements.name_help"), error: wrong.name }) : "",
        text(t("placements.what_zh"), now.what.zh || "", (value) => { now.what = { ...now.what, zh: value }; }, { error: wrong.zh }),
        text(t("placements.what_en"), now.what.en || "", (value) => { now.what = { ...now.what, en: value }; }, { error: wrong.en }),
        choice("kind", [["public", t("placements.public")], ["private", t("placements.private")]], String, t("placements.kind_help")),
        h("label", { class: "check offered" }, h("input", { type: "checkbox", checked: now.offered, on: { change() { now.offered = this.checked; paint(); } } }), h("span", null, t("placements.offered")))),
      h("h3", null, t("placements.who")),
      checks(t("placements.industries"), "industries", app.config.industries.map((each) => [each.code, pick(each)])),
      h("div", { class: "grid" },
        checks(t("placements.languages"), "languages", ["zh", "en"].map((code) => [code, languageName(code)])),
        text(t("placements.regions"), typed.regions, (value) => { typed.regions = value; }, { placeholder: t("placements.any"), max: 600, help: t("placements.regions_help"), error: wrong.regions }),
        text(t("placements.merchants"), typed.merchants, (value) => { typed.merchants = value; }, { placeholder: t("placements.any"), max: 4000, help: t("placements.merchants_help"), error: wrong.merchants })),
      checks(t("placements.buyers"), "buyers", SEGMENTS.map((slug) => [slug, segmentName(slug)]), t("placements.buyers_help")),
      h("h3", null, t("placements.how_many")),
      h("div", { class: "grid" },
        numberField("slots", { min: 1, max: 20, help: t("placements.slots_help") }),
        numberField("capacity", { min: 1, max: 100000, help: t("placements.capacity_help") }),
        choice("priority", [0, 1, 2, 3].map((each) => [each, t(`placements.priority.${each}`)]), Number, t("placements.priority_help")),
        numberField("per_buyer_day", { max: 100, help: t("placements.per_buyer_day_help") })),
      hours(),
      h("h3", null, t("placements.verdicts")),
      h("div", { class: "grid" },
        numberField("margin", { scale: 100, step: 0.1, min: 0.01, max: 99, help: t("placements.margin_help") }),
        numberField("alpha", { scale: 100, step: 0.1, min: 0.01, max: 49, help: t("placements.alpha_help") })),
      error ? h("div", { role: "alert" }, problem(error), error.code === "placement_changed" && !fresh ? h("div", { class: "row" }, button(t("placements.take_over"), { small: true, iconName: "reload", busy: busy === "take", on: takeOver }), h("span", { class: "quiet" }, t("placements.take_over_text"))) : "") : "",
      h("div", { class: "row" }, button(t("placements.save"), { type: "submit", kind: "primary", roles: ["operator"], busy: busy === "save" }), button(t("cancel"), { on: () => { draft = null; paint(); } })));
  }

  // --- together -------------------------------------------------------------------------------------------------------------------------

  function page() {
    const each = view();
    return h("div", { class: "placements", key: "placements" },
      catalogue(),
      h("div", { class: "placement-one", key: "one" },
        draft ? form() : each ? [head(each), venues()] : empty(t("placements.gone"), t("placements.gone_text")),
        may("operator") ? "" : h("p", { class: "quiet" }, t("role.needed", { role: t("role.operator") }))));
  }

  params.changed = paint;
  params.dirty = () => draft !== null;
  paint();
  // On narrow screens the placements stand in one row.
  host.querySelector(".placement-card[aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
}
