// What became of a catalogue import. The API knows imports by id; those looked at here are remembered in this browser.

import { get, id } from "/console/api.js";
import { h } from "/console/dom.js";
import { button, empty, outside, problem, section, skeleton, state } from "/console/parts.js";
import { may } from "/console/session.js";
import { number, t } from "/console/words.js";

const KEPT = "hc.imports";
const ENDED = ["done", "failed"];
const FIGURES = ["rows_read", "accepted", "rejected", "indexed", "not_indexed"];

const remembered = () => JSON.parse(localStorage.getItem(KEPT) || "[]");

export function imports(app, wanted) {
  let seen = null;
  let error = null;
  const allowed = may("operator");
  if (wanted && allowed) {
    app.live(async (signal) => {
      seen = await get(`/api/imports/${wanted}`, { signal });
      error = null;
      localStorage.setItem(KEPT, JSON.stringify([decodeURIComponent(wanted), ...remembered().filter((each) => each !== decodeURIComponent(wanted))].slice(0, 12)));
      app.draw();
      return ENDED.includes(seen.status) ? 0 : 2000;
    }, (found) => { error = found; });
  }

  function status() {
    if (error && !error.passing) return problem(error);
    if (!seen) return skeleton(3);
    const counted = (kind, counts) => h("dl", { class: "facts" }, Object.entries(counts).sort((one, other) => other[1] - one[1]).map(([code, n]) => [h("dt", null, t(kind, { n })), h("dd", null, h("code", null, code))]));
    return h("section", { class: "panel", key: "status" },
      h("div", { class: "head" }, h("h2", null, seen.catalogue), state("import", seen.status)),
      h("p", { class: "quiet" }, h("code", null, seen.import_id)),
      h("div", { class: "figures" }, FIGURES.filter((name) => name !== "not_indexed" || seen[name]).map((name) => h("div", { class: ["figure", ["rejected", "not_indexed"].includes(name) && seen[name] ? "bad" : ""] }, h("b", null, number(seen[name])), h("span", null, t(`import.${name}`))))),
      seen.failure ? h("p", { class: "step-error" }, seen.failure) : "",
      seen.rejected ? [h("h3", null, t("import.rejected_text", { n: seen.rejected })), counted("import.rows_n", seen.rejected_by_code)] : "",
      seen.rejects_url ? h("div", { class: "row" }, outside(seen.rejects_url, t("import.rejects"), "button")) : "",
      Object.keys(seen.notes).length ? [h("h3", null, t("import.notes")), counted("import.rows_n", seen.notes)] : "");
  }

  return {
    title: () => t("nav.imports"),
    view() {
      const known = remembered();
      return h("div", { class: "page" },
        h("div", { class: "head" }, h("h1", null, t("nav.imports"))),
        h("p", { class: "lead" }, t("imports.text")),
        !allowed ? empty(t("role.needed", { role: t("role.operator") }), t("role.ask")) : [
          h("form", { class: "row", key: "find", on: { submit(event) { event.preventDefault(); const value = event.target.elements.import.value.trim(); if (value) app.go(`/console/imports/${id(value)}`); } } },
            h("label", { class: "search wide" }, h("span", { class: "unseen" }, t("imports.id")), h("input", { type: "text", name: "import", placeholder: t("imports.id"), autocomplete: "off", value: wanted ? decodeURIComponent(wanted) : "" })), button(t("imports.show"), { type: "submit" })),
          wanted ? status() : "",
          known.length ? section(t("imports.seen"), { id: "seen" }, h("ul", { class: "rows" }, known.map((each) => h("li", { key: each }, h("a", { class: "line", href: `/console/imports/${id(each)}` }, h("code", null, each)))))) : "",
          !wanted && !known.length ? empty(t("imports.none"), t("imports.none_text"), h("code", null, "huichang import products.csv --mapping mapping.yaml")) : ""]);
    },
  };
}
