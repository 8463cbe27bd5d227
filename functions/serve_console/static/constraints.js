// What reviewers decided and what holds from then on: listed, changed, retired, brought back.

import { get, id, put } from "/console/api.js";
import { h } from "/console/dom.js";
import { checkFields, checksOf, draftOf, ruleChips, SCOPES } from "/console/lasting.js";
import { componentName } from "/console/materials.js";
import { ago, button, confirm, empty, picture, problem, shape, skeleton, state, switcher, toast, toastError } from "/console/parts.js";
import { pick, t, tn } from "/console/words.js";

const LONGEST_TEXT = 300;

export function constraints(app) {
  let entries = null;
  let next = "";
  let error = null;
  let status = "active";
  let draft = null; // {id, revision, text, checks, level} while one is being changed
  let busy = "";

  const poll = app.live(async (signal) => {
    const found = await get(`/api/constraints?limit=50&status=${status}`, { signal });
    // Pages that were asked for stay; what is new comes first.
    const known = new Set(found.constraints.map((each) => each.constraint.constraint_id));
    entries = [...found.constraints, ...(entries && next !== found.next ? entries.filter((each) => !known.has(each.constraint.constraint_id) && each.constraint.status === status) : [])];
    if (!entries.some((each) => !known.has(each.constraint.constraint_id))) next = found.next;
    error = null;
    app.draw();
    return 30000;
  }, (found) => { error = found; });

  async function more() {
    busy = "more";
    app.draw();
    try {
      const found = await get(`/api/constraints?limit=50&status=${status}&cursor=${id(next)}`);
      entries = [...entries, ...found.constraints];
      next = found.next;
    } catch (trouble) { toastError(trouble); }
    busy = "";
    app.draw();
  }

  function look(wanted) {
    status = wanted;
    entries = null;
    next = "";
    draft = null;
    poll.now();
    app.draw();
  }

  async function change(constraint, changes, done) {
    busy = constraint.constraint_id;
    app.draw();
    try {
      await put(`/api/constraints/${id(constraint.constraint_id)}`, { revision: draft?.id === constraint.constraint_id ? draft.revision : constraint.revision, ...changes });
      draft = null;
      toast(done, { state: "done" });
      entries = null;
      next = "";
    } catch (found) {
      toastError(found); // what was typed stays in the form
    }
    busy = "";
    poll.now();
    app.draw();
  }

  async function retire(constraint) {
    if (await confirm(t("constraint.retire_title"), t("constraint.retire_text"), { yes: t("constraint.retire"), danger: true })) await change(constraint, { status: "retired" }, t("constraint.retired_done"));
  }

  function where({ scope }) {
    if (scope.level === "everywhere") return t("scope.everywhere");
    if (scope.level === "component" || scope.level === "venue") {
      return [h("a", { href: `/console/venues/${id(scope.value)}` }, t("constraint.venue")), scope.level === "component" ? ` · ${componentName(scope.component)}` : ` · ${t("constraint.whole_venue")}`];
    }
    const name = scope.level === "industry" ? pick(app.config.industries.find((each) => each.code === scope.value)) || scope.value : scope.value;
    return `${t(`scope.${scope.level}`)} · ${name}`;
  }

  function form(constraint) {
    const levels = SCOPES.filter((level) => level === "everywhere" || level === constraint.scope.level || (constraint.origin && (!["component"].includes(level) || constraint.origin.component) && (level !== "style" || constraint.origin.style) && (level !== "industry" || constraint.origin.industry) && (level !== "template" || constraint.origin.template)));
    const value = (level) => ({ component: constraint.origin?.venue_id, venue: constraint.origin?.venue_id, template: constraint.origin?.template, style: constraint.origin?.style, industry: constraint.origin?.industry })[level] || constraint.scope.value;
    return h("form", { class: "constraint-form", key: "form", on: { submit(event) {
      event.preventDefault();
      const level = draft.level;
      change(constraint, {
        text: draft.text.trim(), checks: checksOf(draft.checks, constraint.kind),
        ...(level !== constraint.scope.level ? { scope: { level, ...(level === "everywhere" ? {} : { value: value(level) }), ...(level === "component" ? { component: constraint.origin?.component || constraint.scope.component } : {}) } } : {}),
      }, t("constraint.saved"));
    } } },
    h("label", { class: "field" }, h("span", { class: "field-label" }, t("constraint.text")), h("input", { type: "text", maxlength: LONGEST_TEXT, value: draft.text, on: { input() { draft.text = this.value; } } })),
    h("label", { class: "field" }, h("span", { class: "field-label" }, t("lasting.scope")), h("select", { value: draft.level, on: { change() { draft.level = this.value; app.draw(); } } }, levels.map((level) => h("option", { value: level, selected: level === draft.level }, t(`scope.${level}`))))),
    checkFields(draft.checks, new Set([constraint.kind]), app.draw),
    h("div", { class: "row end" }, button(t("cancel"), { small: true, on: () => { draft = null; app.draw(); } }), button(t("constraint.save"), { small: true, kind: "primary", type: "submit", roles: ["reviewer"], busy: busy === constraint.constraint_id })));
  }

  function card({ constraint, contradicts }) {
    const { said } = constraint;
    const active = constraint.status === "active";
    const editing = draft?.id === constraint.constraint_id;
    const seen = said.rejected_picture?.media_key;
    return h("li", { class: ["panel", "constraint", active ? "" : "retired"], key: constraint.constraint_id, id: constraint.constraint_id },
      h("div", { class: "row" }, h("span", { class: "tag" }, t(`material.${constraint.kind}`)), h("span", { class: "tag" }, t(`reason.${said.code}`)), h("b", { class: "grow" }, where(constraint)), state("kept", constraint.status)),
      h("div", { class: "constraint-body" },
        seen ? h("div", { class: "constraint-picture" }, picture(`/${seen}`, t("check.rejected_picture"), { redraw: app.draw }), said.region ? h("i", { class: "region", css: { left: `${said.region.x * 100}%`, top: `${said.region.y * 100}%`, width: `${said.region.width * 100}%`, height: `${said.region.height * 100}%` } }) : "") : "",
        h("div", null, said.text ? h("p", { class: "constraint-text" }, said.text) : "", h("div", { class: "chips" }, ruleChips(said)))),
      contradicts.map((each) => h("p", { class: "constraint-clash", key: each.other }, shape("warning"), h("span", null, pick(each.message), " ", h("b", null, pick(each.mend))))),
      editing ? form(constraint) : "",
      h("p", { class: "quiet" }, tn("constraint.made", { who: constraint.created_by, when: ago(constraint.created_at) }), constraint.changed_at ? [" · ", tn("constraint.changed", { who: constraint.changed_by, when: ago(constraint.changed_at) })] : "", ` · ${constraint.constraint_id}`),
      editing ? "" : h("div", { class: "row" },
        button(t("constraint.edit"), { small: true, roles: ["reviewer"], on: () => { draft = { id: constraint.constraint_id, revision: constraint.revision, text: said.text, checks: draftOf(said.checks), level: constraint.scope.level }; app.draw(); } }),
        active ? button(t("constraint.retire"), { small: true, roles: ["reviewer"], busy: busy === constraint.constraint_id, on: () => retire(constraint) })
          : button(t("constraint.bring"), { small: true, roles: ["reviewer"], busy: busy === constraint.constraint_id, on: () => change(constraint, { status: "active" }, t("constraint.brought")) })));
  }

  return {
    title: () => t("constraints.title"),
    view: () => h("div", { class: "page" },
      h("nav", { class: "crumbs", "aria-label": t("crumbs") }, h("a", { href: "/console/review" }, t("nav.review"))),
      h("div", { class: "head" }, h("h1", null, t("constraints.title"))),
      h("p", { class: "lead" }, t("constraints.text")),
      switcher(t("status"), [["active", t("kept.active")], ["retired", t("kept.retired")]], status, look),
      !entries ? error && !error.passing ? problem(error) : skeleton(4)
        : entries.length ? [h("ul", { class: "plain constraints" }, entries.map(card)), next ? h("div", { class: "row" }, button(t("constraints.more"), { busy: busy === "more", on: more })) : ""]
          : empty(t("constraints.none"), t("constraints.none_text"), h("a", { class: "button", href: "/console/review" }, t("nav.review")))),
  };
}
