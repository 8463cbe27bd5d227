// A venue's goods: why each is there, what an operator wants instead, and what that would move, before anything is saved.

import { get, id, post, put } from "/console/api.js";
import { h } from "/console/dom.js";
import { ago, button, confirm, field, icon, picture, problem, shape, toast, toastError } from "/console/parts.js";
import { exact, has, list, money, number, pick, t } from "/console/words.js";

export const ACTIONS = ["pin", "boost", "bury", "exclude"];
const SCOPES = ["brand", "merchant", "category", "attribute", "product"];
const ICONS = { pin: "pin", boost: "up", bury: "down", exclude: "cross" };
const SHOWN = 8;
const NEW = { action: "boost", scope: "brand", value: "", attribute: "", level: 2, place: "", limit: 8, from: "", until: "" };

const made = (action, scope, value, more = {}) => ({ action, scope, value, attribute: "", position: null, level: 2, limit: 8, starts_at: null, ends_at: null, note: "", ...more });
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** A rule in the reader's language; `titles` names products. */
export function ruleWords(rule, titles = {}) {
  const what = rule.scope === "attribute" ? `${rule.attribute} = ${rule.value || t("rule.any")}` : rule.scope === "product" ? titles[rule.value] || rule.value : rule.value;
  const level = ["boost", "bury"].includes(rule.action) ? ` ${rule.action === "boost" ? "+" : "−"}${rule.level}` : "";
  const place = rule.position ? ` · ${t("rule.place", { n: rule.position })}` : rule.action === "pin" && rule.scope !== "product" ? ` · ${t("rule.best", { n: rule.limit })}` : "";
  const when = rule.starts_at || rule.ends_at ? ` · ${[rule.starts_at && t("rule.from", { when: exact(rule.starts_at) }), rule.ends_at && t("rule.until", { when: exact(rule.ends_at) })].filter(Boolean).join(" ")}` : "";
  return `${t(`edit.${rule.action}`)}${level} · ${t(`scope.${rule.scope}`)} ${what}${place}${when}`;
}

/** What the selection says of a rule that moved a product: "boost +2 brand X" in the reader's language. */
function moved(label) {
  const [, action, level = "", scope, what] = /^(pin|boost|bury|exclude)( [+-]\d)? (\w+) (.*)$/.exec(label) || [];
  if (!action) return label;
  return `${t(`edit.${action}`)}${level.replace("-", "−")}${scope === "product" ? "" : ` · ${t(`scope.${scope}`)} ${what}`}`;
}

/** `venue()`: the record as last seen; `products()`: its selection; `saved()`: called after a save. */
export function merchandising(app, { wanted, path, venue, products, saved }) {
  const key = `hc.edits.${wanted}`;
  let draft = JSON.parse(sessionStorage.getItem(key) || "null"); // {version, rules, allow_thin} while it differs from what is stored
  let seen = null; // {data, error, of}: what the draft would move
  let accepted = false;
  let form = null;
  let searched = { words: "", found: null, error: null, why: {} };
  let past = null; // {data, error, revision}
  let busy = "";
  let timer = 0;
  let asked = 0;

  const now = (it) => draft || { version: it.edits_version || 0, rules: it.edits.rules, allow_thin: it.edits.allow_thin };
  const titles = () => ({
    ...Object.fromEntries((searched.found || []).map((each) => [each.product_id, each.title])),
    ...Object.fromEntries((products()?.products || []).map((each) => [each.product_id, each.title])),
    ...Object.fromEntries(Object.entries(seen?.data?.products || {}).map(([productId, each]) => [productId, each.title])),
  });

  function change(rules, more = {}) {
    const it = venue();
    const next = { ...now(it), ...more, rules };
    draft = same(next.rules, it.edits.rules) && next.allow_thin === it.edits.allow_thin ? null : next;
    accepted = false;
    if (draft) sessionStorage.setItem(key, JSON.stringify(draft));
    else sessionStorage.removeItem(key);
    look();
    app.draw();
  }

  function drop() {
    draft = null;
    sessionStorage.removeItem(key);
    look();
    app.draw();
  }

  // What is being written asks once it rests; an answer to an older question is thrown away.
  function look(wait = 250) {
    clearTimeout(timer);
    const mine = ++asked;
    if (!draft) { seen = null; return; }
    seen = { data: seen?.data || null, error: null, loading: true };
    timer = setTimeout(async () => {
      const answer = { data: null, error: null };
      try {
        answer.data = await post(`${path}/edits/preview`, { rules: draft.rules, allow_thin: draft.allow_thin });
      } catch (found) {
        answer.error = found;
      }
      if (mine !== asked) return;
      seen = answer;
      app.draw();
    }, wait);
  }

  function toggle(action, productId) {
    const { rules } = now(venue());
    const about = (rule) => rule.scope === "product" && rule.value === productId;
    const had = rules.some((rule) => about(rule) && rule.action === action);
    change([...rules.filter((rule) => !about(rule)), ...(had ? [] : [made(action, "product", productId)])]);
  }

  async function save() {
    busy = "save";
    app.draw();
    try {
      await put(`${path}/edits`, { version: draft.version, rules: draft.rules, allow_thin: draft.allow_thin, accept_conflicts: accepted });
      drop();
      past = null;
      toast(t("edits.done"), { state: "done" });
    } catch (found) {
      toastError(found);
    }
    busy = "";
    saved();
    app.draw();
  }

  async function undo(version, to) {
    const before = past?.data?.records.find((each) => each.version === to);
    if (!(await confirm(t("undo.title"), to === undefined ? t("undo.text") : t("undo.to", { n: before?.version ?? to }), { yes: t("undo") }))) return;
    busy = "undo";
    app.draw();
    try {
      await post(`${path}/edits/undo`, to === undefined ? { version } : { version, to });
      drop();
      past = null;
      toast(t("undo.done"), { state: "done" });
    } catch (found) {
      toastError(found);
    }
    busy = "";
    saved();
    app.draw();
  }

  async function search(words) {
    searched = { ...searched, words, error: null };
    if (!words.trim()) { searched.found = null; app.draw(); return; }
    try {
      const query = new URLSearchParams({ q: words.trim(), ...(venue().catalogue ? { catalogue: venue().catalogue } : {}) });
      const answer = await get(`/api/products?${query}`);
      if (searched.words === words) searched.found = answer.products;
    } catch (found) {
      searched.error = found;
    }
    app.draw();
  }

  async function ask(productId) {
    const mine = { data: null, error: null };
    searched.why[productId] = mine;
    app.draw();
    try {
      mine.data = await get(`${path}/products/${id(productId)}/why`);
    } catch (found) {
      mine.error = found;
    }
    app.draw();
  }

  function history() {
    if (past?.revision === venue().revision) return;
    const mine = { data: past?.data || null, error: null, revision: venue().revision };
    past = mine;
    get(`${path}/edits`).then((answer) => { mine.data = answer; }, (found) => { mine.error = found; }).finally(() => app.draw());
  }

  // --- rows --------------------------------------------------------------------------------------------------------------

  function reasons(reason) {
    const name = (indicator) => (has(`indicator.${indicator}`) ? t(`indicator.${indicator}`) : indicator);
    const compared = (each) => [name(each.indicator), " ", h("b", null, number(each.value)), ` ${{ "<=": "≤", ">=": "≥" }[each.op] || each.op} ${number(each.threshold)}`];
    const measured = (reason.measured || []).filter((each) => typeof each.threshold === "number" && typeof each.value === "number");
    const other = (reason.conditions_met || []).filter((_, place) => !measured.includes((reason.measured || [])[place]));
    return h("div", { class: "reasons-line" },
      Object.entries(reason.ranks).sort((one, two) => one[1] - two[1]).map(([way, rank]) => h("span", { class: `way way-${way}`, title: t(`path.${way}.means`) }, t(`path.${way}`), h("b", null, `#${rank}`))),
      !Object.keys(reason.ranks).length && !reason.pinned_by ? h("span", { class: "quiet" }, t("why.none")) : "",
      reason.pinned_by ? h("span", { class: "way way-pin" }, icon("pin"), t("why.pinned", { who: reason.pinned_by })) : reason.edit ? h("span", { class: "way way-pin" }, icon(reason.edit.startsWith("bury") ? "down" : "up"), moved(reason.edit)) : "",
      measured.map((each) => h("span", { class: "met" }, icon("check"), h("span", null, compared(each)))),
      other.map((met) => h("span", { class: "met" }, icon("check"), met)),
      reason.subtheme ? h("span", { class: "way" }, reason.subtheme) : "",
      reason.collapsed?.length ? h("span", { class: "quiet", title: reason.collapsed.join(", ") }, t("why.stands_for", { n: reason.collapsed.length })) : "",
      reason.matched_words?.length ? h("span", { class: "quiet" }, t("why.words", { words: list(reason.matched_words) })) : "");
  }

  function row(each, { asking = false } = {}) {
    const productId = each.product_id;
    const mine = now(venue()).rules.filter((rule) => rule.scope === "product" && rule.value === productId).map((rule) => rule.action);
    const why = searched.why[productId];
    return h("li", { class: ["product", mine.includes("exclude") && "excluded"], key: productId },
      h("div", { class: "product-picture" }, picture(each.picture, "", { redraw: app.draw, width: 64, height: 64 })),
      h("div", { class: "product-main" },
        h("b", null, each.title),
        h("div", { class: "product-facts" }, h("span", { class: "price" }, money(each.price)), each.rank ? h("span", { class: "quiet" }, t("rank", { n: each.rank })) : "", each.floor ? h("span", { class: "quiet" }, each.floor) : "", each.merchant ? h("span", { class: "quiet" }, each.merchant) : ""),
        each.reason ? reasons(each.reason) : "",
        asking ? button(t("why.ask"), { small: true, kind: "quiet-button", on: () => ask(productId) }) : "",
        !asking ? "" : why?.error ? problem(why.error) : why?.data ? h("p", { class: "why-not", role: "status" }, shape(why.data.code === "chosen" ? "done" : "skipped"), h("span", null, pick(why.data.text), why.data.code === "chosen" ? "" : h("b", null, ` ${pick(why.data.mend)}`))) : ""),
      h("div", { class: "product-acts", role: "group", "aria-label": each.title }, ACTIONS.map((action) => {
        const on = mine.includes(action);
        return button(t(`edit.${action}`), { small: true, key: action, iconName: ICONS[action], kind: on ? "pressed" : "", roles: ["operator"], label2: `${t(on ? `unedit.${action}` : `edit.${action}`)}: ${each.title}`, title: t(`edit.${action}`), on: () => toggle(action, productId) });
      })));
  }

  // --- a rule about many goods -----------------------------------------------------------------------------------------

  function choices() {
    const goods = products()?.products || [];
    if (form.scope === "attribute") return [...new Set(goods.map((each) => each.attributes?.[form.attribute]).filter(Boolean))];
    const of = { brand: (each) => [each.brand], merchant: (each) => [each.merchant], category: (each) => each.categories || [], product: () => [] }[form.scope];
    return [...new Set(goods.flatMap(of).filter(Boolean))];
  }

  function moment(text) {
    if (!text) return null;
    const minutes = -new Date(text).getTimezoneOffset();
    const two = (value) => String(Math.abs(value)).padStart(2, "0");
    return `${text}:00${minutes < 0 ? "-" : "+"}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`;
  }

  function add() {
    const { action, scope, value, attribute, level, place, limit, from, until } = form;
    const lack = scope === "attribute" ? !attribute.trim() : !value.trim();
    form.error = lack ? t("rule.lack") : from && until && until <= from ? t("rule.order") : "";
    if (!form.error) {
      const rule = made(action, scope, value.trim(), { attribute: scope === "attribute" ? attribute.trim() : "", level: Number(level), position: action === "pin" && scope === "product" && place ? Number(place) : null, limit: Number(limit) || 8, starts_at: moment(from), ends_at: moment(until) });
      form = null;
      change([...now(venue()).rules, rule]);
      return;
    }
    app.draw();
  }

  function ruleForm() {
    const set = (name) => ({ input() { form[name] = this.value; app.draw(); }, change() { form[name] = this.value; app.draw(); } });
    const select = (name, values, words) => h("select", { name, on: set(name), value: String(form[name]) }, values.map((value) => h("option", { value, selected: String(form[name]) === String(value) }, words(value))));
    const attributes = [...new Set((products()?.products || []).flatMap((each) => Object.keys(each.attributes || {})))];
    return h("form", { class: "rule-form", key: "rule-form", on: { submit(event) { event.preventDefault(); add(); } } },
      h("div", { class: "grid" },
        field(t("rule.action"), select("action", ACTIONS, (value) => t(`edit.${value}`))),
        field(t("rule.scope"), select("scope", SCOPES, (value) => t(`scope.${value}`))),
        form.scope === "attribute" ? field(t("rule.attribute"), h("input", { type: "text", name: "attribute", list: "rule-attributes", value: form.attribute, maxlength: 80, on: set("attribute") })) : "",
        field(t(form.scope === "attribute" ? "rule.value_any" : "rule.value"), h("input", { type: "text", name: "value", list: "rule-values", value: form.value, maxlength: 120, on: set("value") }), { error: form.error || "" }),
        ["boost", "bury"].includes(form.action) ? field(t("rule.level"), select("level", [1, 2, 3], (value) => t(`rule.level.${value}`))) : "",
        form.action === "pin" && form.scope === "product" ? field(t("rule.position"), h("input", { type: "number", name: "place", min: 1, max: 200, value: form.place, on: set("place") })) : "",
        form.action === "pin" && form.scope !== "product" ? field(t("rule.limit"), h("input", { type: "number", name: "limit", min: 1, max: 50, value: form.limit, on: set("limit") })) : "",
        field(t("rule.starts"), h("input", { type: "datetime-local", name: "from", value: form.from, on: set("from") }), { help: t("rule.zone", { zone: Intl.DateTimeFormat().resolvedOptions().timeZone }) }),
        field(t("rule.ends"), h("input", { type: "datetime-local", name: "until", value: form.until, on: set("until") }))),
      h("datalist", { id: "rule-values" }, choices().map((value) => h("option", { value }))),
      h("datalist", { id: "rule-attributes" }, attributes.map((value) => h("option", { value }))),
      h("div", { class: "row end" }, button(t("cancel"), { small: true, on: () => { form = null; app.draw(); } }), button(t("rule.add"), { small: true, kind: "primary", type: "submit", roles: ["operator"] })));
  }

  function rulesPanel(it) {
    const { rules } = now(it);
    const names = titles();
    const troubled = new Map();
    (seen?.data?.conflicts || []).forEach((conflict) => conflict.rules.forEach((place) => { if (conflict.contradiction) troubled.set(place, conflict); }));
    return h("section", { class: "panel rules-panel", "aria-label": t("edits") },
      h("div", { class: "row" }, h("h3", { class: "grow" }, t("edits"), rules.length ? h("span", { class: "count" }, number(rules.length)) : ""),
        form ? "" : button(t("rule.new"), { small: true, iconName: "up", roles: ["operator"], on: () => { form = { ...NEW }; app.draw(); } })),
      rules.length ? h("ul", { class: "plain edit-rules" }, rules.map((rule, place) => h("li", { key: `${rule.action}${rule.scope}${rule.attribute}${rule.value}${place}`, class: troubled.has(place) && "troubled" },
        troubled.has(place) ? shape("warning") : icon(ICONS[rule.action]), h("span", { class: "grow" }, ruleWords(rule, names)),
        button("", { small: true, iconName: "close", roles: ["operator"], label2: `${t("rule.remove")}: ${ruleWords(rule, names)}`, on: () => change(rules.filter((_, other) => other !== place)) })))) : h("p", { class: "quiet" }, t("edits.none")),
      form ? ruleForm() : "",
      h("details", { class: "past", key: "past", on: { toggle() { if (this.open) history(); } } }, h("summary", null, t("edits.history"), it.edits_version ? h("span", { class: "quiet" }, ` ${t("edits.version", { n: it.edits_version })}`) : ""), historyBody(it)));
  }

  function historyBody(it) {
    if (!past) return "";
    if (past.revision !== it.revision) queueMicrotask(history);
    if (past.error) return problem(past.error);
    const records = past.data?.records || [];
    if (!past.data) return h("p", { class: "quiet" }, t("loading"));
    if (!records.length) return h("p", { class: "quiet" }, t("edits.never"));
    return h("div", null,
      h("div", { class: "row" }, button(t("undo.last"), { small: true, iconName: "undo", roles: ["operator"], busy: busy === "undo", on: () => undo(past.data.version) })),
      h("ol", { class: "plain versions" }, records.map((each, place) => h("li", { key: each.version },
        h("div", { class: "row" }, h("b", null, t("edits.version", { n: each.version })), h("span", null, each.by), h("span", { class: "quiet" }, ago(each.at)), each.restores !== null ? h("span", { class: "tag" }, t("edits.restores", { n: each.restores })) : "", h("span", { class: "grow" }),
          place ? button(t("undo.bring"), { small: true, roles: ["operator"], label2: t("undo.to", { n: each.version }), on: () => undo(past.data.version, each.version) }) : ""),
        h("p", { class: "quiet" }, each.edits.rules.length ? each.edits.rules.map((rule) => ruleWords(rule, titles())).join("; ") : t("edits.empty"))))));
  }

  // --- what it would move ------------------------------------------------------------------------------------------------

  function group(name, moves, mark) {
    if (!moves.length) return "";
    const names = titles();
    const line = (move) => h("li", { key: move.product_id }, h("span", { class: "move-places" }, move.from_rank && move.to_rank ? `${move.from_rank} → ${move.to_rank}` : `${move.to_rank || move.from_rank}`), h("span", { class: "grow" }, names[move.product_id] || move.product_id), move.why && move.why !== "excluded" ? h("span", { class: "quiet" }, has(`dropped.${move.why}`) ? t(`dropped.${move.why}`) : move.why) : "");
    return h("section", { class: `moves moves-${name}`, key: name, "aria-label": t(`moves.${name}`) }, h("h4", null, h("span", { "aria-hidden": "true" }, mark), ` ${t(`moves.${name}`)}`, h("span", { class: "count" }, number(moves.length))),
      h("ul", { class: "plain" }, moves.slice(0, SHOWN).map(line)),
      moves.length > SHOWN ? h("details", { key: "more" }, h("summary", null, t("moves.more", { n: moves.length - SHOWN })), h("ul", { class: "plain" }, moves.slice(SHOWN).map(line))) : "");
  }

  function preview() {
    if (!draft) return "";
    if (seen?.error) return problem(seen.error, { retry: () => { look(0); app.draw(); } });
    if (!seen?.data) return h("p", { class: "quiet", "aria-busy": "true" }, t("moves.asking"));
    const { effect, conflicts, floors, depth_before: was, depth_after: left, minimum, changes_at: later, refused, refused_code: code, notes } = seen.data;
    const still = !effect.entering.length && !effect.leaving.length && !effect.up.length && !effect.down.length;
    return h("section", { class: ["panel moves-panel", seen.loading && "stale"], key: "moves", "aria-label": t("moves") },
      h("div", { class: "row" }, h("h3", { class: "grow" }, t("moves")), h("span", { class: left < minimum ? "state tone-bad" : "quiet" }, t("moves.depth", { was, left, minimum }))),
      refused ? h("div", { class: "problem", role: "alert" }, shape("failed"), h("div", null, h("p", { class: "problem-what" }, t(`error.${code}.what`)), h("p", { class: "problem-said" }, refused), h("p", { class: "problem-todo" }, t(`error.${code}.todo`)))) : "",
      code === "edits_leave_too_few" || draft.allow_thin ? h("label", { class: "check" }, h("input", { type: "checkbox", checked: draft.allow_thin, on: { change() { change(draft.rules, { allow_thin: this.checked }); } } }), h("span", null, t("moves.thin"))) : "",
      conflicts.length ? h("ul", { class: "plain conflicts" }, conflicts.map((each) => h("li", { key: each.code + each.rules.join(), class: each.contradiction ? "contradiction" : "" }, shape(each.contradiction ? "warning" : "skipped"),
        h("div", null, h("p", null, h("b", null, pick(each.message))), h("p", { class: "quiet" }, each.rules.map((place) => draft.rules[place] && ruleWords(draft.rules[place], titles())).filter(Boolean).join(" ↔ ")), h("p", null, pick(each.mend)))))) : "",
      conflicts.some((each) => each.contradiction) ? h("label", { class: "check" }, h("input", { type: "checkbox", checked: accepted, on: { change() { accepted = this.checked; app.draw(); } } }), h("span", null, t("conflicts.accept"))) : "",
      still ? h("p", { class: "quiet" }, t(later.length ? "moves.later" : "moves.nothing")) : "",
      h("div", { class: "move-groups" }, group("entering", effect.entering, "+"), group("leaving", effect.leaving, "−"), group("up", effect.up, "↑"), group("down", effect.down, "↓")),
      effect.shifted ? h("p", { class: "quiet" }, t("moves.shifted", { n: effect.shifted })) : "",
      floors.length ? h("p", { class: "quiet" }, t("moves.floors", { floors: list(floors.map((each) => `${each.title} ${each.before} → ${each.after}`)) })) : "",
      later.length ? h("p", { class: "quiet" }, t("moves.windows", { when: list(later.map((each) => exact(each))) })) : "",
      notes.map((note) => h("p", { class: "quiet" }, pick(note))));
  }

  function bar(it) {
    if (!draft) return "";
    const stale = draft.version !== (it.edits_version || 0);
    const conflicts = (seen?.data?.conflicts || []).filter((each) => each.contradiction).length;
    const blocked = stale ? t("edits.stale") : seen?.data?.refused ? t(`error.${seen.data.refused_code}.what`) : conflicts && !accepted ? t("conflicts.first", { n: conflicts }) : "";
    const effect = seen?.data?.effect;
    return h("div", { class: "edit-bar", key: "edit-bar", role: "region", "aria-label": t("edits") },
      h("span", null, t("edits.pending", { n: draft.rules.length }), effect ? h("span", { class: "quiet" }, ` +${effect.entering.length} −${effect.leaving.length} ↑${effect.up.length} ↓${effect.down.length}`) : ""),
      stale ? h("span", { class: "state tone-mine" }, shape("warning"), h("span", null, t("edits.stale")), button(t("edits.rebase"), { small: true, on: () => change(draft.rules, { version: it.edits_version }) })) : h("span", { class: "quiet edit-effect" }, t("edits.effect")),
      h("span", { class: "grow" }), button(t("edits.drop"), { small: true, on: drop }),
      button(t("edits.save"), { small: true, kind: "primary", roles: ["operator"], blocked, busy: busy === "save", on: save }));
  }

  if (draft) look(0);

  return {
    row,
    bar,
    /** Between how the goods were chosen and the goods themselves. */
    panels: (it) => h("div", { class: "merchandising" }, rulesPanel(it), preview()),
    /** Any product of the catalogue: why it is not here, and what to do about it. */
    finder: () => h("details", { class: "add", key: "add" }, h("summary", { class: "button small" }, icon("search"), h("span", null, t("pin.more"))),
      h("div", { class: "add-body" },
        h("form", { class: "row", on: { submit(event) { event.preventDefault(); search(event.target.elements.words.value); } } }, h("label", { class: "search" }, icon("search"), h("span", { class: "unseen" }, t("pin.search")), h("input", { type: "search", name: "words", placeholder: t("pin.search"), value: searched.words })), button(t("search"), { type: "submit", small: true })),
        searched.error ? problem(searched.error) : searched.found ? searched.found.length ? h("ul", { class: "product-list" }, searched.found.slice(0, 12).map((each) => row(each, { asking: true }))) : h("p", { class: "quiet" }, t("pin.nothing")) : "")),
  };
}
