// What became of a catalogue import. The API knows imports by id; those looked at here are remembered in this browser.

import { get, id } from "/console/api.js";
import { h } from "/console/dom.js";
import { ago, button, empty, outside, problem, section, skeleton, state } from "/console/parts.js";
import { may } from "/console/session.js";
import { has, number, t } from "/console/words.js";

const KEPT = "hc.imports";
const ENDED = ["completed", "done", "finished", "failed"];
const FIGURES = ["rows_read", "accepted", "rejected", "indexed"];

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
    const shown = new Set(["import_id", "status", "catalogue", "rejects_url", "updated_at", "created_at", "error", "mend", ...FIGURES]);
    const reason = typeof seen.error === "string" ? seen.error : "";
    return h("section", { class: "panel", key: "status" },
      h("div", { class: "head" }, h("h2", null, seen.catalogue || seen.import_id), state("import", seen.status)),
      h("p", { class: "meta" }, h("code", null, seen.import_id), seen.updated_at ? ago(seen.updated_at) : ""),
      h("div", { class: "figures" }, FIGURES.filter((name) => seen[name] !== undefined && seen[name] !== null).map((name) => h("div", { class: ["figure", name === "rejected" && seen[name] ? "bad" : ""] }, h("b", null, number(seen[name])), h("span", null, t(`import.${name}`))))),
      reason ? h("p", { class: "step-error" }, reason, seen.mend ? ` ${seen.mend}` : "") : "",
      seen.rejected ? h("p", null, t("import.rejected_text", { n: seen.rejected })) : "",
      seen.rejects_url ? h("div", { class: "row" }, outside(seen.rejects_url, t("import.rejects"), "button")) : "",
      h("dl", { class: "facts" }, Object.entries(seen).filter(([name, value]) => !shown.has(name) && ["string", "number"].includes(typeof value) && value !== "").map(([name, value]) => [h("dt", null, has(`import.${name}`) ? t(`import.${name}`) : name), h("dd", null, typeof value === "number" ? number(value) : value)])));
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
