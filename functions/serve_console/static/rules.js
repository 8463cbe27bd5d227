// Traffic rules: what operators ordered, what cannot hold of it, and a form that shows what an order would do before it holds.

import { get, id, post } from "/console/api.js";
import { h, show as render } from "/console/dom.js";
import { ago, button, chip, dialog, empty, explain, field, icon, problem, section, shape, skeleton, switcher, toast, toastError } from "/console/parts.js";
import { may } from "/console/session.js";
import { dayTime, list, number, pick, t } from "/console/words.js";

const SUBJECTS = ["venue", "campaign", "merchant", "industry"];
const KINDS = ["hold", "cap", "floor", "boost", "daily_limit", "priority"];
const SHARES = ["cap", "floor"];
const AGAIN = 15000;
const SUGGESTED = 200;

const share = (value) => number(value, { style: "percent", maximumFractionDigits: 1 });

/** What an order does, in words: "at most 20 % of the answers". */
export function what({ kind, value, subject }) {
  const of = subject.kind === "venue" ? "venue" : "group";
  if (SHARES.includes(kind)) return t(`rules.does.${kind}.${of}`, { share: share(value) });
  return t(`rules.does.${kind}`, { n: value === null ? 0 : value, value: number(value ?? 0) });
}

/** The body of an order, from what was typed; a share is typed in per cent, a time in this browser's zone. */
export function bodyOf(form) {
  const value = form.kind === "hold" || form.value.trim() === "" ? null : Number(form.value) / (SHARES.includes(form.kind) ? 100 : 1);
  const moment = (text) => (text ? new Date(text).toISOString() : "");
  return {
    subject: { kind: form.about, id: form.subject.trim() }, kind: form.kind, value, placement: form.placement,
    starts: moment(form.starts), ends: moment(form.ends), why: form.why.trim(),
  };
}

export async function show(host, params) {
  const { placement } = params;
  let orders = null;
  let error = null;
  let finished = false;
  let now = null; // GET rules: what cannot hold as it is
  let nowError = null;
  let subjects = null;
  let form = null;
  let withdrawing = "";

  const draw = () => render(host, view());
  params.dirty = () => Boolean(form && (form.subject || form.why));

  async function ask(signal) {
    orders = (await get(`/api/delivery/orders?placement=${id(placement)}${finished ? "&finished=true" : ""}`, { signal })).orders;
    error = null;
    draw();
    return AGAIN;
  }
  const poll = params.live(ask, (trouble) => { error = trouble; draw(); return trouble.passing; });

  /** Builds the plan anew, which takes some seconds: once, and after each change. */
  async function look() {
    now = null;
    nowError = null;
    draw();
    try {
      now = await get(`/api/delivery/rules?placement=${id(placement)}`, { signal: params.signal });
    } catch (trouble) {
      if (trouble.name === "AbortError") return;
      nowError = trouble;
    }
    draw();
  }

  // --- the form -------------------------------------------------------------------------------------------------------------

  function begin() {
    form = { about: "venue", subject: "", kind: "hold", value: "", placement, starts: "", ends: "", why: "", override: "", wrong: {}, seen: null, seenFor: "", busy: "" };
    if (!subjects) get("/api/delivery/subjects", { signal: params.signal }).then((found) => { subjects = found; draw(); }, () => { subjects = null; });
    draw();
    requestAnimationFrame(() => document.getElementById("rule-subject")?.focus());
  }

  const known = () => subjects?.[{ venue: "venues", campaign: "campaigns", merchant: "merchants", industry: "industries" }[form.about]] || [];
  const fresh = () => form.seen && form.seenFor === JSON.stringify(bodyOf(form));

  /** Fields of the API's problems, by the form's. */
  function blame(trouble) {
    const where = { "subject.id": "subject", subject: "subject", value: "value", kind: "value", ends: "ends", starts: "starts", why: "why", override: "override", placement: "placement" }[trouble.where] || "all";
    const told = explain(trouble);
    form.wrong = { [where]: [told.said || told.what, told.todo].filter(Boolean).join(" ") };
  }

  function missing() {
    const wrong = {};
    if (!form.subject.trim()) wrong.subject = t("rules.subject_wrong");
    if (form.kind !== "hold" && (form.value.trim() === "" || Number.isNaN(Number(form.value)))) wrong.value = t("rules.value_wrong");
    if (form.why.trim().length < 3) wrong.why = t("rules.why_wrong");
    form.wrong = wrong;
    if (!Object.keys(wrong).length) return false;
    draw();
    requestAnimationFrame(() => host.querySelector(".field.wrong :is(input, select, textarea)")?.focus());
    return true;
  }

  async function preview(event) {
    event?.preventDefault();
    if (form.busy || missing()) return;
    const mine = form;
    const body = bodyOf(mine);
    mine.busy = "preview";
    mine.seen = null;
    draw();
    try {
      mine.seen = await post("/api/delivery/orders", { ...body, dry: true, look: placement }, { signal: params.signal });
      mine.seenFor = JSON.stringify(body);
    } catch (trouble) {
      if (trouble.name === "AbortError") return;
      blame(trouble);
    }
    mine.busy = "";
    draw();
    requestAnimationFrame(() => host.querySelector("#rule-seen")?.scrollIntoView({ block: "nearest" }));
  }

  async function give() {
    if (form.busy || missing()) return;
    if (form.seen.needs_override && form.override.trim().length < 3) {
      form.wrong = { override: t("rules.override_wrong") };
      draw();
      return;
    }
    const mine = form;
    mine.busy = "give";
    draw();
    try {
      await post("/api/delivery/orders", { ...bodyOf(mine), override: mine.override.trim() });
      toast(t("rules.given"), { state: "done" });
      if (form === mine) form = null;
      poll.now();
      look();
    } catch (trouble) {
      blame(trouble);
      mine.busy = "";
      draw();
    }
  }

  function editor() {
    const typed = (name) => ({ input() { form[name] = this.value; if (form.seen && !fresh()) draw(); } });
    const chosen = (name, after = () => {}) => ({ change() { form[name] = this.value; after(); draw(); } });
    const kinds = KINDS.filter((kind) => kind !== "priority" || form.about === "campaign");
    const place = (each) => each.placement || each;
    const places = (params.placements || []).map(place).filter((each) => each.offered !== false);
    const select = (name, value, options, after) => h("select", { id: `rule-${name}`, value, on: chosen(name, after) }, options.map(([code, words]) => h("option", { value: code, selected: code === value }, words)));
    const options = known().filter((each) => !form.subject || `${each.id} ${pick(each.name)}`.toLowerCase().includes(form.subject.toLowerCase())).slice(0, SUGGESTED);
    const picked = known().find((each) => each.id === form.subject.trim());
    return h("form", { class: "panel form", key: "form", novalidate: true, on: { submit: preview } },
      h("h2", null, t("rules.new")),
      h("div", { class: "grid" },
        field(t("rules.about"), select("about", form.about, SUBJECTS.map((each) => [each, t(`rules.subject.${each}`)]), () => { form.subject = ""; if (form.about !== "campaign" && form.kind === "priority") form.kind = "hold"; })),
        field(t(`rules.subject.${form.about}`), [
          h("input", { type: "text", id: "rule-subject", list: "rule-subjects", value: form.subject, autocomplete: "off", maxlength: 120, on: { input() { form.subject = this.value; draw(); } } }),
          h("datalist", { id: "rule-subjects" }, options.map((each) => h("option", { value: each.id, key: each.id }, pick(each.name)))),
        ], { help: picked ? `${pick(picked.name)} · ${t("rules.touches", { n: picked.venues })}` : t("rules.subject_help"), error: form.wrong.subject }),
        field(t("rules.kind"), select("kind", form.kind, kinds.map((each) => [each, t(`rules.kind.${each}`)]), () => { form.value = ""; form.seen = null; }), { help: t(`rules.kind.${form.kind}.help`) }),
        form.kind === "hold" ? "" : field(t(`rules.value.${form.kind}`), h("input", { type: "number", id: "rule-value", key: "value", value: form.value, inputmode: "decimal", step: "any", min: 0, on: typed("value") }), { error: form.wrong.value }),
        field(t("rules.where"), select("placement", form.placement, [["", t("rules.everywhere")], ...places.map((each) => [each.name, `${pick(each.what)} · ${each.name}`])]), { error: form.wrong.placement }),
        field(t("rules.from"), h("input", { type: "datetime-local", id: "rule-starts", value: form.starts, on: typed("starts") }), { help: t("rules.from_help"), error: form.wrong.starts }),
        field(t("rules.until"), h("input", { type: "datetime-local", id: "rule-ends", value: form.ends, on: typed("ends") }), { help: t("rules.until_help"), error: form.wrong.ends }),
        field(t("rules.why"), h("textarea", { id: "rule-why", rows: 2, maxlength: 300, value: form.why, on: typed("why") }), { help: t("rules.why_help"), error: form.wrong.why })),
      form.wrong.all && h("p", { class: "field-error", role: "alert" }, form.wrong.all),
      form.busy === "preview" ? h("div", { key: "looking", role: "status" }, h("p", { class: "quiet" }, t("rules.looking")), skeleton(2)) : "",
      fresh() ? seen() : "",
      h("div", { class: "row" },
        fresh()
          ? button(t("rules.give"), { kind: "primary", key: "give", roles: ["operator"], busy: form.busy === "give", on: give })
          : button(t("rules.preview"), { type: "submit", kind: "primary", key: "preview", roles: ["operator"], busy: form.busy === "preview" }),
        button(t("cancel"), { on() { form = null; draw(); } })));
  }

  // --- what would become of traffic --------------------------------------------------------------------------------------------

  function moves(outlook) {
    if (!outlook.moved) return h("p", null, t("rules.nothing_moves"));
    const bar = (value) => h("span", { class: "bar-track", "aria-hidden": "true" }, h("i", { css: { width: `${Math.round(Math.min(1, value) * 100)}%` } }));
    return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("rules.moves") }, h("table", null,
      h("thead", null, h("tr", null, h("th", { scope: "col" }, t("rules.subject.venue")), h("th", { scope: "col" }, t("rules.before")), h("th", { scope: "col" }, t("rules.after")), h("th", { scope: "col" }, ""))),
      h("tbody", null, outlook.moves.map((each) => h("tr", { key: each.venue_id },
        h("td", null, h("a", { href: `/console/venues/${id(each.venue_id)}` }, each.title || each.venue_id)),
        h("td", null, share(each.before)), h("td", null, h("b", null, share(each.after))), h("td", { class: "rule-bar" }, bar(each.after)))))));
  }

  const conflicts = (found) => h("ul", { class: "rule-conflicts" }, found.map((each) => h("li", { key: pick(each.words) }, shape("warning"), h("span", null, each.new ? h("b", null, `${t("rules.new_conflict")} `) : "", pick(each.words)))));

  function basis(outlook) {
    return h("p", { class: "quiet" }, outlook.impressions ? t("rules.basis", { n: outlook.impressions, hours: outlook.hours }) : t("rules.basis_none"), " ", outlook.exact ? "" : t("rules.not_exact"));
  }

  function seen() {
    const { outlook, conflicts: found, judged, needs_override: needed, others, touches } = form.seen;
    return h("div", { class: "rule-seen", id: "rule-seen", key: "seen", role: "status" },
      h("h3", null, t("rules.seen", { where: placeName(outlook.placement) })),
      touches ? "" : h("p", { class: "rule-warn" }, shape("warning"), h("span", null, t("rules.touches_nobody"))),
      moves(outlook),
      found.length ? [h("h3", null, t("rules.conflicts")), conflicts(found)] : h("p", { class: "quiet" }, t("rules.no_conflict")),
      basis(outlook),
      others.length ? h("p", { class: "quiet" }, t("rules.others", { where: list(others.map(placeName)) })) : "",
      judged ? h("p", null, h("b", null, t(`rules.judged.${judged.kind}`)), " ", pick(judged.words)) : "",
      needed ? field(t("rules.override"), h("textarea", { rows: 2, id: "rule-override", maxlength: 300, value: form.override, on: { input() { form.override = this.value; } } }), { help: t("rules.override_help"), error: form.wrong.override }) : "");
  }

  const placeName = (name) => pick((params.placements || []).map((each) => each.placement || each).find((each) => each.name === name)?.what) || name;

  // --- withdrawing ----------------------------------------------------------------------------------------------------------------

  async function withdraw(order) {
    const why = await dialog((close) => {
      const text = h("textarea", { rows: 2, maxlength: 300, id: "withdraw-why", autofocus: true });
      const seen = h("div", { class: "rule-seen", role: "status" }, h("p", { class: "quiet" }, t("rules.looking")));
      post(`/api/delivery/orders/${id(order.order_id)}/withdraw`, { why: "dry", dry: true, look: placement }, { signal: params.signal })
        .then((outlook) => render(seen, h("h3", null, t("rules.seen", { where: placeName(outlook.placement) })), moves(outlook), basis(outlook)), () => render(seen));
      return h("form", { method: "dialog", on: { submit(event) { event.preventDefault(); if (text.value.trim().length >= 3) close(text.value.trim()); else text.focus(); } } },
        h("h2", null, t("rules.withdraw_title")), h("p", null, what(order), " · ", order.why), h("p", null, t("rules.withdraw_text")),
        field(t("rules.why"), text), seen,
        h("div", { class: "row end" }, h("button", { type: "button", class: "button", on: { click() { close(); } } }, h("span", null, t("cancel"))), h("button", { type: "submit", class: "button danger" }, h("span", null, t("rules.withdraw")))));
    }, { label: t("rules.withdraw_title") });
    if (!why) return;
    withdrawing = order.order_id;
    draw();
    try {
      await post(`/api/delivery/orders/${id(order.order_id)}/withdraw`, { why });
      toast(t("rules.withdrawn"), { state: "done" });
      look();
    } catch (trouble) {
      toastError(trouble);
    }
    withdrawing = "";
    poll.now();
  }

  // --- drawing --------------------------------------------------------------------------------------------------------------------

  function line({ order, state, name, touches }) {
    const window = [order.starts > new Date().toISOString() ? t("rules.starts_at", { when: dayTime(order.starts) }) : "", order.ends ? t("rules.ends_at", { when: dayTime(order.ends) }) : t("rules.no_end")];
    return h("li", { class: ["line", "rule", state !== "holds" && "over"], key: order.order_id },
      h("span", { class: "line-main" },
        h("b", null, `${t(`rules.subject.${order.subject.kind}`)} · ${pick(name)}`),
        h("span", null, what(order)),
        h("small", null, order.why),
        h("small", null, [order.by, ...window.filter(Boolean), t("rules.touches", { n: touches })].join(" · "), " · ", ago(order.at)),
        order.override ? h("small", null, t("rules.overridden", { why: order.override })) : "",
        order.withdrawn ? h("small", null, t("rules.withdrawn_by", { who: order.withdrawn.by, why: order.withdrawn.why })) : ""),
      h("span", { class: "line-side" },
        chip("", t(`rules.state.${state}`)), chip("", order.placement ? placeName(order.placement) : t("rules.everywhere")),
        state === "holds" || state === "waiting" ? button(t("rules.withdraw"), { small: true, roles: ["operator"], busy: withdrawing === order.order_id, label2: `${t("rules.withdraw")}: ${pick(name)}, ${what(order)}`, on: () => withdraw(order) }) : ""));
  }

  function standing() {
    if (nowError) return problem(nowError, { retry: look });
    if (!now) return h("p", { class: "quiet", key: "looking-now", role: "status" }, icon("reload"), " ", t("rules.looking_now"));
    if (!now.conflicts.length) return h("p", { class: "quiet", key: "fine" }, shape("passed"), " ", t("rules.all_hold"));
    return h("div", { class: "problem", key: "standing", role: "status" }, h("div", null, h("p", { class: "problem-what" }, t("rules.conflicts_now", { n: now.conflicts.length })), conflicts(now.conflicts)));
  }

  function view() {
    const filter = switcher(t("rules.which"), [[false, t("rules.current")], [true, t("rules.finished")]], finished, (value) => { finished = value; orders = null; draw(); poll.now(); });
    return h("div", { class: "rules" },
      h("div", { class: "head" }, h("p", { class: "lead" }, t("rules.text")), form ? "" : button(t("rules.new"), { kind: "primary", roles: ["operator"], on: begin })),
      form && may("operator") ? editor() : "",
      standing(),
      section(t("rules.title"), { id: "orders", count: orders ? number(orders.length) : undefined, aside: filter },
        !orders ? (error ? problem(error, { retry: () => poll.now() }) : skeleton(3))
          : orders.length ? h("ul", { class: "rows" }, orders.map(line)) : empty(t("rules.no_rules"), t("rules.no_rules_text"))));
  }

  draw();
  look();
}
