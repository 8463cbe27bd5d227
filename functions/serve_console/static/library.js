// The floor library: floors that operators arranged, which later venues of similar goods consider. Named anew here, or retired.

import { get, id, put } from "/console/api.js";
import { h } from "/console/dom.js";
import { ago, button, confirm, empty, problem, skeleton, state, toast, toastError } from "/console/parts.js";
import { list, pick, t, tn } from "/console/words.js";

const LONGEST = 40;

export function floorLibrary(app) {
  let entries = null;
  let error = null;
  let draft = null; // {entry_id, revision, titles} while one entry is being named anew
  let busy = "";
  const poll = app.live(async (signal) => {
    entries = (await get("/api/floor-library", { signal })).entries;
    error = null;
    app.draw();
    return 30000;
  }, (found) => { error = found; });

  async function change(entry, wanted, done) {
    busy = entry.entry_id;
    app.draw();
    try {
      const changed = await put(`/api/floor-library/${id(entry.entry_id)}`, { revision: wanted.revision ?? entry.revision, ...wanted });
      entries = entries.map((each) => (each.entry_id === changed.entry_id ? changed : each));
      draft = null;
      toast(done, { state: "done" });
    } catch (found) {
      toastError(found); // what was typed stays in the form
    }
    busy = "";
    poll.now();
    app.draw();
  }

  async function retire(entry) {
    if (await confirm(t("library.retire_title", { venue: entry.venue_name }), t("library.retire_text"), { yes: t("library.retire"), danger: true })) await change(entry, { status: "retired" }, t("library.retired"));
  }

  function names(entry) {
    if (draft?.entry_id !== entry.entry_id) return h("ol", { class: "floor-list" }, entry.floors.map((floor, place) => h("li", { key: `floor-${place}` }, h("span", null, floor.title))));
    const lack = draft.titles.some((title) => !title.trim());
    return h("form", { class: "floor-edit", key: "names", on: { submit(event) { event.preventDefault(); if (!lack) change(entry, { revision: draft.revision, titles: draft.titles.map((title) => title.trim()) }, t("library.saved")); } } },
      h("ol", { class: "floor-rows" }, draft.titles.map((title, place) => h("li", { key: `title-${place}` },
        h("input", { type: "text", maxlength: LONGEST, value: title, "aria-label": t("library.title_of", { n: place + 1 }), on: { input() { draft.titles[place] = this.value; app.draw(); } } })))),
      h("div", { class: "row end" },
        button(t("cancel"), { small: true, on: () => { draft = null; app.draw(); } }),
        button(t("library.save"), { small: true, kind: "primary", type: "submit", roles: ["operator"], busy: busy === entry.entry_id, blocked: lack ? t("library.nameless") : "" })));
  }

  function card(entry) {
    const active = entry.status === "active";
    const industry = pick(app.config.industries.find((each) => each.code === entry.industry)) || entry.industry;
    return h("li", { class: ["panel library-entry", active ? "" : "retired"], key: entry.entry_id },
      h("div", { class: "row" },
        h("h2", { class: "grow" }, h("a", { href: `/console/venues/${id(entry.venue_id)}/products` }, t("library.from", { venue: entry.venue_name }))), state("kept", entry.status)),
      h("p", { class: "quiet" }, [industry, entry.language === "zh" ? "中文" : "English", entry.categories.length ? t("library.goods", { goods: list(entry.categories.slice(0, 8)) }) : ""].filter(Boolean).join(" · ")),
      names(entry),
      h("p", { class: "quiet" }, tn("library.kept", { who: entry.kept_by, when: ago(entry.kept_at) }), entry.changed_at ? [" · ", tn("library.changed", { who: entry.changed_by, when: ago(entry.changed_at) })] : ""),
      draft?.entry_id === entry.entry_id ? "" : h("div", { class: "row" },
        button(t("library.rename"), { small: true, roles: ["operator"], label2: `${t("library.rename")}: ${entry.venue_name}`, on: () => { draft = { entry_id: entry.entry_id, revision: entry.revision, titles: entry.floors.map((floor) => floor.title) }; app.draw(); } }),
        active ? button(t("library.retire"), { small: true, roles: ["operator"], busy: busy === entry.entry_id, label2: `${t("library.retire")}: ${entry.venue_name}`, on: () => retire(entry) })
          : button(t("library.bring"), { small: true, roles: ["operator"], busy: busy === entry.entry_id, label2: `${t("library.bring")}: ${entry.venue_name}`, on: () => change(entry, { status: "active" }, t("library.brought")) })));
  }

  return {
    title: () => t("floors.library"),
    view: () => h("div", { class: "page" },
      h("nav", { class: "crumbs", "aria-label": t("crumbs") }, h("a", { href: "/console/venues" }, t("nav.venues"))),
      h("div", { class: "head" }, h("h1", null, t("floors.library"))),
      h("p", { class: "lead" }, t("library.text")),
      !entries ? error && !error.passing ? problem(error) : skeleton(4) : entries.length ? h("ul", { class: "plain library" }, entries.map(card)) : empty(t("library.none"), t("library.none_text"), h("a", { class: "button", href: "/console/venues" }, t("nav.venues")))),
  };
}
