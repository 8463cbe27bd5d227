// What reviewers decided and what holds from then on: listed, written, changed, retired, brought back.

import { get, id, post, put } from "/console/api.js";
import { brandsLink } from "/console/brands.js";
import { h } from "/console/dom.js";
import { draftList, NEW } from "/console/drafts.js";
import { styleName, templateName } from "/console/findings.js";
import { checkFields, checksOf, draftOf, ruleChips, SCOPES } from "/console/lasting.js";
import { componentName, REASONS } from "/console/materials.js";
import { ago, button, empty, field, picture, shape, state, switcher, toast, toastError } from "/console/parts.js";
import { pick, t, tn } from "/console/words.js";

const LONGEST_TEXT = 300;

export function constraints(app) {
  let status = "active";
  let scopes = {}; // level -> what a constraint may be about
  let venues = null; // for a new one: those there are
  let components = {}; // venue id -> {copy: [...], image: [...]}

  const list = draftList(app, {
    async ask(cursor, signal) {
      const found = await get(`/api/constraints?limit=50&status=${status}${cursor ? `&cursor=${id(cursor)}` : ""}`, { signal });
      scopes = found.scopes;
      return { entries: found.constraints, next: found.next };
    },
    keyOf: ({ constraint }) => constraint.constraint_id,
    keeps: ({ constraint }) => constraint.status === status,
  });
  const change = (constraint, changes, done) => list.send(constraint.constraint_id,
    () => put(`/api/constraints/${id(constraint.constraint_id)}`, { revision: list.drafting(constraint.constraint_id) ? list.draft.revision : constraint.revision, ...changes }), (view) => told(view, done));

  /** A wider constraint is not refused because of narrower ones, but who makes it hears of them. */
  function told({ contradicts }, done) {
    if (!contradicts.length) return done;
    toast(t("constraint.clashes", { n: contradicts.length }), { seconds: 10, state: "warning" });
    return "";
  }

  function look(wanted) {
    status = wanted;
    list.again();
  }

  const valueName = (level, value) => (level === "industry" ? pick(app.config.industries.find((each) => each.code === value)) || value : level === "template" ? templateName(value) : level === "style" ? styleName(value) : value);

  function where({ scope }) {
    if (scope.level === "everywhere") return t("scope.everywhere");
    if (scope.level === "component" || scope.level === "venue") {
      return [h("a", { href: `/console/venues/${id(scope.value)}` }, t("constraint.venue")), scope.level === "component" ? ` · ${componentName(scope.component)}` : ` · ${t("constraint.whole_venue")}`];
    }
    return `${t(`scope.${scope.level}`)} · ${valueName(scope.level, scope.value)}`;
  }

  const select = (label, chosen, options, choose) => field(label, h("select", { value: chosen, on: { change() { choose(this.value); app.draw(); } } }, options.map(([value, words]) => h("option", { value, selected: value === chosen }, words))));
  const words = (draft) => h("label", { class: "field" }, h("span", { class: "field-label" }, t("constraint.text")), h("input", { type: "text", maxlength: LONGEST_TEXT, value: draft.text, on: { input() { draft.text = this.value; } } }));

  function form(constraint) {
    const { draft } = list;
    const levels = SCOPES.filter((level) => level === "everywhere" || level === constraint.scope.level || (constraint.origin && (!["component"].includes(level) || constraint.origin.component) && (level !== "style" || constraint.origin.style) && (level !== "industry" || constraint.origin.industry) && (level !== "template" || constraint.origin.template)));
    const value = (level) => ({ component: constraint.origin?.venue_id, venue: constraint.origin?.venue_id, template: constraint.origin?.template, style: constraint.origin?.style, industry: constraint.origin?.industry })[level] || constraint.scope.value;
    return list.form(() => change(constraint, {
      text: draft.text.trim(), checks: checksOf(draft.checks, constraint.kind),
      ...(draft.level !== constraint.scope.level ? { scope: { level: draft.level, ...(draft.level === "everywhere" ? {} : { value: value(draft.level) }), ...(draft.level === "component" ? { component: constraint.origin?.component || constraint.scope.component } : {}) } } : {}),
    }, t("constraint.saved")),
    [words(draft), select(t("lasting.scope"), draft.level, levels.map((level) => [level, t(`scope.${level}`)]), (level) => { draft.level = level; }), checkFields(draft.checks, new Set([constraint.kind]), app.draw)],
    { save: t("constraint.save"), roles: ["reviewer"] });
  }

  // --- one written by hand ------------------------------------------------------------------------------------------------

  function begin() {
    list.open({ id: NEW, kind: "copy", language: "", code: "tone", text: "", level: "everywhere", value: "", component: "", checks: draftOf() });
    if (!venues) get("/api/venues").then((found) => { venues = found.venues; app.draw(); }, () => { venues = []; });
  }

  async function parts(venueId) {
    if (!venueId || components[venueId]) return;
    components[venueId] = { copy: [], image: [] };
    const { materials } = await get(`/api/venues/${id(venueId)}`).catch((error) => { toastError(error); return { materials: [] }; });
    for (const { task } of materials) components[venueId][task.kind].push(task.component);
    app.draw();
  }

  function aboutFields(draft) {
    const choices = {
      template: (scopes.template || []).map((each) => [each, templateName(each)]), style: (scopes.style || []).map((each) => [each, styleName(each)]),
      industry: app.config.industries.map((each) => [each.code, pick(each)]), venue: (venues || []).map((each) => [each.venue_id, `${each.theme.name} · ${t(`venue.${each.status}`)}`]),
    };
    choices.component = choices.venue.filter(([value]) => venues.find((each) => each.venue_id === value).materials_total);
    const about = choices[draft.level];
    if (!about) return "";
    if (!about.some(([value]) => value === draft.value)) { draft.value = about[0]?.[0] || ""; draft.component = ""; }
    if (draft.level === "component") parts(draft.value);
    const known = components[draft.value]?.[draft.kind] || [];
    if (draft.level === "component" && !known.includes(draft.component)) draft.component = known[0] || "";
    return [select(t(draft.level === "component" ? "scope.venue" : `scope.${draft.level}`), draft.value, about, (value) => { draft.value = value; }),
      draft.level === "component" ? select(t("constraint.component"), draft.component, known.map((each) => [each, componentName(each)]), (value) => { draft.component = value; }) : ""];
  }

  function newForm() {
    const { draft } = list;
    const about = aboutFields(draft);
    const lack = draft.level !== "everywhere" && !draft.value ? t("constraint.nothing_there") : draft.level === "component" && !draft.component ? t("constraint.nothing_there") : "";
    return h("section", { class: "panel constraint", key: NEW, "aria-label": t("constraint.new") }, h("h2", null, t("constraint.new")),
      list.form(() => list.send(NEW, () => post("/api/constraints", {
        kind: draft.kind, ...(draft.language && draft.kind === "copy" ? { language: draft.language } : {}), code: draft.code, text: draft.text.trim(), checks: checksOf(draft.checks, draft.kind),
        scope: { level: draft.level, ...(draft.level === "everywhere" ? {} : { value: draft.value }), ...(draft.level === "component" ? { component: draft.component } : {}) },
      }), (view) => told(view, t("constraint.saved"))), [
        h("div", { class: "check-fields", key: "what" },
          select(t("constraint.kind"), draft.kind, [["copy", t("material.copy")], ["image", t("material.image")]], (kind) => { draft.kind = kind; draft.component = ""; }),
          draft.kind === "copy" ? select(t("page_language"), draft.language, [["", t("constraint.any_language")], ["zh", "中文"], ["en", "English"]], (language) => { draft.language = language; }) : "",
          select(t("constraint.reason"), draft.code, REASONS.map((code) => [code, t(`reason.${code}`)]), (code) => { draft.code = code; })),
        h("div", { class: "check-fields", key: "where" }, select(t("lasting.scope"), draft.level, SCOPES.map((level) => [level, t(`scope.${level}`)]), (level) => { draft.level = level; draft.value = ""; }), about),
        h("p", { class: "quiet", key: "means" }, t(`scope.${draft.level}.means`)),
        words(draft), checkFields(draft.checks, new Set([draft.kind]), app.draw)],
      { save: t("constraint.create"), roles: ["reviewer"], lack }));
  }

  function card({ constraint, contradicts }) {
    const { said } = constraint;
    const active = constraint.status === "active";
    const editing = list.drafting(constraint.constraint_id);
    const seen = said.rejected_picture?.media_key;
    return h("li", { class: ["panel", "constraint", active ? "" : "retired"], key: constraint.constraint_id, id: constraint.constraint_id },
      h("div", { class: "row" }, h("span", { class: "tag" }, t(`material.${constraint.kind}`)), h("span", { class: "tag" }, t(`reason.${said.code}`)), h("b", { class: "grow" }, where(constraint)), state("kept", constraint.status)),
      h("div", { class: "constraint-body" },
        seen ? h("div", { class: "constraint-picture" }, picture(`/${seen}`, t("check.rejected_picture"), { redraw: app.draw }), said.region ? h("i", { class: "region", css: { left: `${said.region.x * 100}%`, top: `${said.region.y * 100}%`, width: `${said.region.width * 100}%`, height: `${said.region.height * 100}%` } }) : "") : "",
        h("div", null, said.text ? h("p", { class: "constraint-text" }, said.text) : "", h("div", { class: "chips" }, ruleChips(said)))),
      contradicts.map((each) => h("p", { class: "constraint-clash", key: each.other }, shape("warning"), h("span", null, pick(each.message), " ", h("b", null, pick(each.mend))))),
      editing ? form(constraint) : "",
      h("p", { class: "quiet" }, tn("constraint.made", { who: constraint.created_by, when: ago(constraint.created_at) }), constraint.changed_at ? [" · ", tn("constraint.changed", { who: constraint.changed_by, when: ago(constraint.changed_at) })] : "", ` · ${constraint.constraint_id}`),
      editing ? "" : list.buttons(constraint.constraint_id, {
        active, roles: ["reviewer"],
        words: { edit: t("constraint.edit"), retire: t("constraint.retire"), bring: t("constraint.bring"), sure: t("constraint.retire_title"), means: t("constraint.retire_text") },
        edit: () => list.open({ id: constraint.constraint_id, revision: constraint.revision, text: said.text, checks: draftOf(said.checks), level: constraint.scope.level }),
        retire: () => change(constraint, { status: "retired" }, t("constraint.retired_done")),
        bring: () => change(constraint, { status: "active" }, t("constraint.brought")),
      }));
  }

  return {
    title: () => t("constraints.title"),
    view: () => h("div", { class: "page" },
      h("nav", { class: "crumbs", "aria-label": t("crumbs") }, h("a", { href: "/console/review" }, t("nav.review"))),
      h("div", { class: "head" }, h("h1", null, t("constraints.title")), h("div", { class: "row" }, brandsLink(), button(t("constraint.new"), { roles: ["reviewer"], on: begin }))),
      h("p", { class: "lead" }, t("constraints.text")),
      switcher(t("status"), [["active", t("kept.active")], ["retired", t("kept.retired")]], status, look),
      list.drafting(NEW) ? newForm() : "",
      list.view("constraints", card, empty(t("constraints.none"), t("constraints.none_text"), h("a", { class: "button", href: "/console/review" }, t("nav.review"))))),
  };
}
