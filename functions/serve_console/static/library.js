// The floor library: floors that operators arranged, which later venues of similar goods consider. Named anew here, or retired.

import { get, id, put } from "/console/api.js";
import { h } from "/console/dom.js";
import { draftList } from "/console/drafts.js";
import { ago, empty, state } from "/console/parts.js";
import { list as joined, pick, t, tn } from "/console/words.js";

const LONGEST = 40;

export function floorLibrary(app) {
  const list = draftList(app, {
    ask: async (_, signal) => ({ entries: (await get("/api/floor-library", { signal })).entries, next: "" }),
    keyOf: (entry) => entry.entry_id,
  });
  const change = (entry, wanted, done) => list.send(entry.entry_id, () => put(`/api/floor-library/${id(entry.entry_id)}`, { revision: entry.revision, ...wanted }), done);

  function names(entry) {
    if (!list.drafting(entry.entry_id)) return h("ol", { class: "floor-list" }, entry.floors.map((floor, place) => h("li", { key: `floor-${place}` }, h("span", null, floor.title))));
    const { draft } = list;
    return list.form(() => change(entry, { revision: draft.revision, titles: draft.titles.map((title) => title.trim()) }, t("library.saved")),
      h("ol", { class: "floor-rows" }, draft.titles.map((title, place) => h("li", { key: `title-${place}` },
        h("input", { type: "text", maxlength: LONGEST, value: title, "aria-label": t("library.title_of", { n: place + 1 }), on: { input() { draft.titles[place] = this.value; app.draw(); } } })))),
      { save: t("library.save"), roles: ["operator"], lack: draft.titles.some((title) => !title.trim()) ? t("library.nameless") : "" });
  }

  function card(entry) {
    const active = entry.status === "active";
    const industry = pick(app.config.industries.find((each) => each.code === entry.industry)) || entry.industry;
    return h("li", { class: ["panel library-entry", active ? "" : "retired"], key: entry.entry_id },
      h("div", { class: "row" },
        h("h2", { class: "grow" }, h("a", { href: `/console/venues/${id(entry.venue_id)}/products` }, t("library.from", { venue: entry.venue_name }))), state("kept", entry.status)),
      h("p", { class: "quiet" }, [industry, entry.language === "zh" ? "中文" : "English", entry.categories.length ? t("library.goods", { goods: joined(entry.categories.slice(0, 8)) }) : ""].filter(Boolean).join(" · ")),
      names(entry),
      h("p", { class: "quiet" }, tn("library.kept", { who: entry.kept_by, when: ago(entry.kept_at) }), entry.changed_at ? [" · ", tn("library.changed", { who: entry.changed_by, when: ago(entry.changed_at) })] : ""),
      list.drafting(entry.entry_id) ? "" : list.buttons(entry.entry_id, {
        active, roles: ["operator"], label: entry.venue_name,
        words: { edit: t("library.rename"), retire: t("library.retire"), bring: t("library.bring"), sure: t("library.retire_title", { venue: entry.venue_name }), means: t("library.retire_text") },
        edit: () => list.open({ id: entry.entry_id, revision: entry.revision, titles: entry.floors.map((floor) => floor.title) }),
        retire: () => change(entry, { status: "retired" }, t("library.retired")),
        bring: () => change(entry, { status: "active" }, t("library.brought")),
      }));
  }

  return {
    title: () => t("floors.library"),
    view: () => h("div", { class: "page" },
      h("nav", { class: "crumbs", "aria-label": t("crumbs") }, h("a", { href: "/console/venues" }, t("nav.venues"))),
      h("div", { class: "head" }, h("h1", null, t("floors.library"))),
      h("p", { class: "lead" }, t("library.text")),
      list.view("library", card, empty(t("library.none"), t("library.none_text"), h("a", { class: "button", href: "/console/venues" }, t("nav.venues"))))),
  };
}
