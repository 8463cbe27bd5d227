// How a sentence was understood, as chips that an operator corrects; "plan again" sends what was changed and nothing else.

import { id, patch } from "/console/api.js";
import { h } from "/console/dom.js";
import { button, chip, say, toast, toastError } from "/console/parts.js";
import { may } from "/console/session.js";
import { day, list, number, pick, t, tn } from "/console/words.js";

const LISTS = { subjects: "brief.subject", constraints: "brief.constraint" };
const TEXTS = { audience: "brief.audience", tone: "brief.tone" };
const MOST_VENUES = 200;

const same = (one, other) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
const chipOf = (field) => document.querySelector(`[data-chip="${field}.add"], [data-chip="${field}"]`);
const period = (window) => (window ? `${day(window.start)} – ${day(window.end)}` : t("brief.none"));

/** Returns a function that draws the chips of a campaign. `changed(campaign)` is told the answer of a correction. */
export function briefEditor(app, campaignId, changed) {
  let draft = {};        // field -> new value; only what differs from the brief
  let open = null;       // the chip that is an input now: "subjects.2", "venues", …
  let typed = "";
  let sending = false;
  let planOf = 0;

  const now = (brief, field) => (field in draft ? draft[field] : brief[field]);

  function set(brief, field, value) {
    if (same(value, brief[field])) delete draft[field];
    else draft[field] = value;
    open = null;
    app.draw();
  }

  function edit(name, value) {
    open = name;
    typed = value;
    app.draw(true);
    document.getElementById(`brief-${name}`)?.focus();
    document.getElementById(`brief-${name}`)?.select?.();
  }

  /** Back to the chip that was left, so that the keyboard does not start at the top of the page. */
  function leave(name) {
    open = null;
    app.draw(true);
    (document.querySelector(`[data-chip="${name}"]`) || chipOf(name.split(".")[0]))?.focus();
  }

  function input(name, label, commit, props = {}) {
    const keep = () => { const value = typed.trim(); commit(value); leave(name); };
    return h("span", { class: "chip editing", key: `edit-${name}` }, h("span", { class: "chip-label" }, label),
      h("input", { id: `brief-${name}`, "aria-label": label, value: typed, maxlength: 60, ...props, on: {
        input() { typed = this.value; },
        keydown(event) {
          if (event.isComposing) return;
          if (event.key === "Enter") { event.preventDefault(); keep(); }
          else if (event.key === "Escape") { event.preventDefault(); leave(name); }
        },
        blur() { if (open === name) { const value = typed.trim(); open = null; commit(value); app.draw(); } },
      } }));
  }

  function editable(name, label, value, { raw = value, remove, kind = "", commit, props } = {}) {
    if (open === name) return input(name, label, commit, props);
    return h("span", { class: ["chip", "editable", kind], key: `chip-${name}` },
      h("button", { type: "button", "data-chip": name, "aria-label": t("brief.change", { what: label, value }), on: { click() { edit(name, String(raw)); } } }, h("span", { class: "chip-label", "aria-hidden": "true" }, label), h("span", null, value)),
      remove && h("button", { type: "button", "aria-label": t("brief.remove", { what: label, value }), on: { click() { remove(); app.draw(true); chipOf(name.split(".")[0])?.focus(); } } }, "×"));
  }

  function add(name, label, commit, props) {
    if (open === name) return input(name, label, commit, props);
    return h("span", { class: "chip editable chip-add", key: `chip-${name}` },
      h("button", { type: "button", "data-chip": name, "aria-label": t("brief.add", { what: label }), on: { click() { edit(name, ""); } } }, `+ ${label}`));
  }

  function lists(brief) {
    return Object.entries(LISTS).map(([field, key]) => {
      const values = now(brief, field);
      const label = t(key);
      return [
        values.map((value, place) => editable(`${field}.${place}`, label, value, {
          kind: field === "constraints" ? "strong" : "",
          remove: () => set(brief, field, values.filter((_, other) => other !== place)),
          commit: (text) => set(brief, field, text ? values.map((each, other) => (other === place ? text : each)) : values.filter((_, other) => other !== place)),
        })),
        add(`${field}.add`, label, (text) => { if (text && !values.includes(text)) set(brief, field, [...values, text]); }),
      ];
    });
  }

  function industries(brief) {
    const codes = now(brief, "industries");
    const name = (code) => pick(app.config.industries.find((each) => each.code === code)) || code;
    const others = app.config.industries.filter((each) => !codes.includes(each.code));
    return [
      codes.map((code) => h("span", { class: "chip editable", key: `industry-${code}` }, h("button", { type: "button", "aria-label": t("brief.remove", { what: t("industry"), value: name(code) }), on: { click() { set(brief, "industries", codes.filter((each) => each !== code)); app.draw(true); document.getElementById("brief-industry")?.focus(); } } }, h("span", { class: "chip-label", "aria-hidden": "true" }, t("industry")), h("span", null, name(code)), h("span", { "aria-hidden": "true" }, " ×")))),
      h("select", { id: "brief-industry", class: "chip chip-add", key: "industry-add", "aria-label": t("brief.add", { what: t("industry") }), value: "", on: { change() { if (this.value) set(brief, "industries", [...codes, this.value]); } } },
        h("option", { value: "" }, `+ ${t("industry")}`), others.map((each) => h("option", { value: each.code }, pick(each)))),
    ];
  }

  function dates(brief) {
    const window = now(brief, "window");
    const label = t("brief.window");
    if (open !== "window") {
      return h("span", { class: ["chip", "editable", !window && "chip-add"], key: "chip-window" },
        h("button", { type: "button", "data-chip": "window", "aria-label": t("brief.change", { what: label, value: period(window) }), on: { click() { edit("window", ""); document.getElementById("brief-window")?.focus(); } } }, h("span", { class: "chip-label", "aria-hidden": "true" }, label), h("span", null, period(window))),
        window && h("button", { type: "button", "aria-label": t("brief.remove", { what: label, value: period(window) }), on: { click() { set(brief, "window", null); app.draw(true); document.querySelector('[data-chip="window"]')?.focus(); } } }, "×"));
    }
    const field = (end, name) => h("input", { type: "date", id: end === "start" ? "brief-window" : "brief-window-end", "aria-label": name, value: window?.[end] || "", on: {
      change() {
        if (!this.value) return;
        const first = end === "start" ? this.value : window?.start || this.value;
        const last = end === "end" ? this.value : window?.end || this.value;
        const next = { start: first, end: last < first ? first : last, said: "" };
        draft.window = next;
        app.draw();
      },
      keydown(event) { if (event.key === "Escape" || event.key === "Enter") { event.preventDefault(); leave("window"); } },
    } });
    return h("span", { class: "chip editing", key: "edit-window", role: "group", "aria-label": label }, field("start", t("brief.from")), "–", field("end", t("brief.to")),
      h("button", { type: "button", class: "button small", on: { click() { leave("window"); } } }, h("span", null, t("brief.done"))));
  }

  async function send(made) {
    sending = true;
    app.draw();
    try {
      const answer = await patch(`/api/campaigns/${id(campaignId)}/brief`, { brief: draft, plan: made.plan || 1 });
      draft = {};
      say(t("brief.sent"));
      toast(t("brief.sent"));
      if (answer) changed(answer);
    } catch (error) {
      toastError(error);
    } finally {
      sending = false;
      app.draw();
    }
  }

  return function chips(made) {
    const brief = made.brief;
    if (planOf !== (made.plan || 1)) {
      planOf = made.plan || 1;
      draft = {};
      open = null;
    }
    if (!may("operator")) return [readOnly(app, brief), told(brief)];
    const dirty = Object.keys(draft).length > 0;
    const venues = now(brief, "venues");
    return [
      h("div", { class: "chips", key: "chips", role: "group", "aria-label": t("campaign.understood") },
        industries(brief), lists(brief),
        Object.entries(TEXTS).map(([field, key]) => now(brief, field)
          ? editable(field, t(key), now(brief, field), { remove: () => set(brief, field, ""), commit: (text) => set(brief, field, text), props: { maxlength: 100 } })
          : add(`${field}`, t(key), (text) => set(brief, field, text), { maxlength: 100 })),
        editable("venues", t("venues"), number(venues), { raw: venues, props: { type: "number", min: 1, max: MOST_VENUES, inputmode: "numeric" }, commit: (text) => set(brief, "venues", Math.min(MOST_VENUES, Math.max(1, Number.parseInt(text, 10) || venues))) }),
        dates(brief),
        now(brief, "promotion")
          ? editable("promotion", t("promotion"), now(brief, "promotion"), { remove: () => set(brief, "promotion", null), commit: (text) => set(brief, "promotion", text || null) })
          : add("promotion", t("promotion"), (text) => set(brief, "promotion", text || null), { placeholder: t("promotion.any") }),
        now(brief, "signal") ? h("span", { class: "chip editable", key: "signal" }, h("button", { type: "button", "aria-label": t("brief.remove", { what: t("brief.signal"), value: t(`brief.signal.${now(brief, "signal")}`) }), on: { click() { set(brief, "signal", ""); } } }, h("span", { class: "chip-label" }, t("brief.signal")), h("span", null, t(`brief.signal.${now(brief, "signal")}`)), h("span", { "aria-hidden": "true" }, " ×"))) : "",
        fixed(brief)),
      told(brief),
      dirty ? h("div", { class: "brief-bar", key: "bar" }, h("b", null, t("brief.changed")),
        button(t("brief.go"), { kind: "primary", small: true, busy: sending, on: () => send(made) }),
        button(t("brief.undo"), { small: true, on: () => { draft = {}; open = null; app.draw(); } }),
        h("span", { class: "quiet" }, t("brief.kept"))) : "",
    ];
  };
}

function told(brief) {
  const unclear = brief.unclear || [];
  return [
    unclear.length ? h("p", { class: "brief-unclear", key: "unclear" }, h("b", null, t("brief.unclear", { words: list(unclear.map((each) => `「${each}」`)) })), " ", t("brief.unclear_help")) : "",
    brief.edited_by ? h("p", { class: "quiet", key: "edited" }, tn("brief.edited", { who: brief.edited_by })) : "",
  ];
}

const fixed = (brief) => [brief.catalogue && chip(t("catalogue"), brief.catalogue), chip(t("page_language"), brief.language === "zh" ? "中文" : "English")];

function readOnly(app, brief) {
  const industry = (code) => pick(app.config.industries.find((each) => each.code === code)) || code;
  return h("div", { class: "chips" },
    brief.industries.map((each) => chip(t("industry"), industry(each))),
    brief.subjects.map((each) => chip(t("brief.subject"), each)),
    brief.constraints.map((each) => chip(t("brief.constraint"), each, { kind: "strong" })),
    brief.audience && chip(t("brief.audience"), brief.audience),
    brief.tone && chip(t("brief.tone"), brief.tone),
    chip(t("venues"), number(brief.venues)),
    brief.window && chip(t("brief.window"), period(brief.window)),
    brief.signal && chip(t("brief.signal"), t(`brief.signal.${brief.signal}`)),
    brief.promotion && chip(t("promotion"), brief.promotion),
    fixed(brief));
}
