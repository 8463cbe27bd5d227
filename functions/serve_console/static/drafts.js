// A list whose entries are changed in place: asked for again and again, a page at a time, with one draft, which outlives a save that failed.

import { h } from "/console/dom.js";
import { button, confirm, problem, skeleton, toast, toastError } from "/console/parts.js";
import { t } from "/console/words.js";

export const NEW = "new";

/**
 * `ask(cursor, signal)` gives {entries, next}; `keyOf(entry)` its key; `keeps(entry)` whether it still belongs to the list.
 * A draft is any object with an `id` (a key, or NEW).
 */
export function draftList(app, { ask, keyOf, keeps = () => true }) {
  let entries = null;
  let next = "";
  let error = null;
  let trouble = null; // why the draft could not be saved
  let busy = "";
  const list = { draft: null, drafting: (id) => list.draft?.id === id, busyWith: (id) => busy === id, get entries() { return entries; } };

  const poll = app.live(async (signal) => {
    const found = await ask("", signal);
    const fresh = new Set(found.entries.map(keyOf));
    // Pages that were asked for stay; what is new comes first.
    const older = found.next && entries ? entries.filter((each) => !fresh.has(keyOf(each)) && keeps(each)) : [];
    entries = [...found.entries, ...older];
    if (!older.length) next = found.next;
    error = null;
    app.draw();
    return 30000;
  }, (found) => { error = found; });

  list.again = () => { entries = null; next = ""; list.cancel(); poll.now(); };
  list.cancel = () => { list.draft = null; trouble = null; app.draw(); };
  list.open = (draft) => {
    list.draft = draft;
    trouble = null;
    app.draw();
    requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector(".drafting :is(input, select, textarea)")?.focus()));
  };

  /** Send a change of the entry `id`; what comes back takes its place. `done`: what is said then (text, or a function of the answer). */
  list.send = async (id, request, done) => {
    busy = id;
    trouble = null;
    app.draw();
    try {
      const answer = await request();
      if (list.drafting(id)) list.draft = null;
      if (answer && entries) {
        const there = entries.some((each) => keyOf(each) === keyOf(answer));
        entries = (there ? entries.map((each) => (keyOf(each) === keyOf(answer) ? answer : each)) : [answer, ...entries]).filter(keeps);
      }
      const said = typeof done === "function" ? done(answer) : done;
      if (said) toast(said, { state: "done" });
    } catch (found) {
      // What was typed stays in the form, and the reason stands below it.
      if (list.drafting(id)) trouble = found;
      else toastError(found);
    }
    busy = "";
    poll.now();
    app.draw();
  };

  async function more() {
    busy = "more";
    app.draw();
    try {
      const found = await ask(next);
      entries = [...entries, ...found.entries];
      next = found.next;
    } catch (found) { toastError(found); }
    busy = "";
    app.draw();
  }

  /** The form around the draft's fields. */
  list.form = (submit, fields, { save, roles, lack = "" }) => h("form", { class: "drafting", key: "form", novalidate: true, on: { submit(event) { event.preventDefault(); if (!lack) submit(list.draft); } } },
    fields,
    trouble ? problem(trouble) : "",
    h("div", { class: "row end" }, button(t("cancel"), { small: true, on: list.cancel }),
      button(save, { small: true, kind: "primary", type: "submit", roles, busy: busy === list.draft.id, blocked: lack })));

  /** Change, and retire or bring back, below an entry that is not being changed. `words`: {edit, retire, bring, sure, means}. */
  list.buttons = (id, { active, roles, label = "", words, edit, retire, bring }) => {
    const named = (text) => (label ? `${text}: ${label}` : "");
    const ask_first = async () => { if (await confirm(words.sure, words.means, { yes: words.retire, danger: true })) retire(); };
    return h("div", { class: "row" }, button(words.edit, { small: true, roles, label2: named(words.edit), on: edit }),
      active ? button(words.retire, { small: true, roles, busy: busy === id, label2: named(words.retire), on: ask_first })
        : bring ? button(words.bring, { small: true, roles, busy: busy === id, label2: named(words.bring), on: bring }) : "");
  };

  /** The entries as cards, or why there are none. */
  list.view = (kind, card, nothing) => (!entries ? error && !error.passing ? problem(error) : skeleton(4)
    : entries.length ? [h("ul", { class: `plain ${kind}` }, entries.map(card)), next ? h("div", { class: "row" }, button(t("constraints.more"), { busy: busy === "more", on: more })) : ""]
      : list.drafting(NEW) ? "" : nothing);
  return list;
}
