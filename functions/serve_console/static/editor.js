// The page editor: a draft of everything that is not locked, drawn by the server's own renderer while it is typed.

import { get, id, post, put } from "/console/api.js";
import { h } from "/console/dom.js";
import { floorCards, reserves, textFields } from "/console/editor_parts.js";
import { button, confirm, device, dialog, empty, icon, picture, problem, say, section, shape, skeleton, switcher, toast, toastError } from "/console/parts.js";
import { componentName } from "/console/materials.js";
import { otherWords } from "/console/other_words.js";
import { lang, number, pick, relative, t } from "/console/words.js";

const CHECK_AFTER = 350;
const LOOK_AFTER = 800;
const MOST_UNDO = 100;
const copy = (value) => structuredClone(value);
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** What is kept of a draft in this browser: nothing that was typed is lost with a tab. */
function shelf(wanted) {
  const key = `hc.page.${wanted}`;
  return {
    read() { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    write(value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* a full or forbidden storage keeps nobody from editing */ } },
    clear() { localStorage.removeItem(key); },
  };
}

export function editor(app, wanted) {
  const path = `/api/venues/${wanted}`;
  const kept = shelf(wanted);
  let shown = null; // what the server said: draft, slots, locked, cards, reserves
  let base = null; // the draft that was opened
  let draft = null;
  let error = null;
  let trouble = null; // why the preview could not be drawn
  let conflict = null; // {error, together}
  let findings = [];
  let notes = [];
  let look = null; // {url, version}
  let drawing = false;
  let busy = false;
  let sent = false; // saved: its page is being made
  let frame = "phone";
  let pane = "edit"; // on a phone: edit or preview
  let spot = ""; // where the page is looked at
  const past = [];
  const future = [];
  let joined = ""; // the field whose keystrokes are one step of undo
  const timers = {};
  const waiting = {};
  const words = otherWords(app, path, () => draft);

  // --- loading ---------------------------------------------------------------------------------------------------------

  async function load({ fresh = false } = {}) {
    error = null;
    try {
      shown = await get(`${path}/page`);
    } catch (found) {
      error = found;
      if (found.code === "being_built" || found.passing) timers.load = setTimeout(load, 2500);
      app.draw();
      return;
    }
    base = copy(shown.draft);
    draft = copy(shown.draft);
    past.length = 0;
    future.length = 0;
    sent = false;
    conflict = null;
    const before = fresh ? null : kept.read();
    if (fresh) kept.clear();
    if (before && !same(before.draft, before.base)) {
      if (before.etag === shown.etag) {
        past.push(copy(base));
        base = before.base;
        draft = before.draft;
        say(t("editor.restored"));
      } else {
        draft = before.draft;
        base = before.base;
        await together(null);
      }
    }
    judge(0);
    paint(0);
    app.draw();
  }

  // --- changing ----------------------------------------------------------------------------------------------------------

  /** One step. `join`: steps of the same name follow one another as one (typing). `at`: the part of the page to look at. */
  function change(edit, { join = "", at = "" } = {}) {
    const before = copy(draft);
    edit(draft);
    if (same(before, draft)) return;
    if (!join || join !== joined) {
      past.push(before);
      if (past.length > MOST_UNDO) past.shift();
    }
    joined = join;
    future.length = 0;
    if (at) spot = at;
    moved();
  }

  function moved() {
    if (same(draft, base)) kept.clear();
    else kept.write({ base, draft, etag: shown.etag });
    judge(CHECK_AFTER);
    paint(LOOK_AFTER);
    app.draw();
  }

  function step(from, to, words) {
    if (!from.length) return;
    to.push(copy(draft));
    draft = from.pop();
    joined = "";
    say(words);
    moved();
  }
  const undo = () => step(past, future, t("editor.undone"));
  const redo = () => step(future, past, t("editor.redone"));

  // --- asking the server: what is wrong, and how it looks ---------------------------------------------------------------

  function after(name, pause, ask) {
    clearTimeout(timers[name]);
    timers[name] = setTimeout(async () => {
      waiting[name]?.abort();
      const mine = new AbortController();
      waiting[name] = mine;
      try {
        await ask(mine.signal);
      } catch (found) {
        if (found.name !== "AbortError" && waiting[name] === mine) { trouble = found; drawing = false; }
      }
      if (waiting[name] === mine) app.draw();
    }, pause);
  }

  const judge = (pause) => after("check", pause, async (signal) => {
    findings = (await post(`${path}/page/check`, { draft }, { signal })).findings;
  });

  const paint = (pause) => {
    drawing = true;
    after("look", pause, async (signal) => {
      const answer = await post(`${path}/page/preview`, { draft }, { signal });
      trouble = null;
      findings = answer.findings;
      notes = answer.notes;
      // The same page keeps its frame; a token lives for a quarter of an hour.
      if (look?.version !== answer.version_id || look.spot !== spot || Date.now() > look.until) look = { url: answer.url, version: answer.version_id, spot, until: Date.now() + 600000 };
      drawing = false;
    });
  };

  // --- saving ------------------------------------------------------------------------------------------------------------

  async function save() {
    busy = true;
    app.draw();
    try {
      await put(`${path}/page`, { base, draft });
      kept.clear();
      base = copy(draft);
      past.length = 0;
      future.length = 0;
      sent = true;
      toast(t("editor.saved"), { state: "done" });
    } catch (found) {
      if (found.code === "page_changed") await together(found);
      else toastError(found);
    }
    busy = false;
    app.draw();
  }

  /** Somebody saved meanwhile: what they changed, and both people's changes on one page. */
  async function together(found) {
    try {
      conflict = { error: found, together: await post(`${path}/page/merge`, { base, draft }) };
    } catch (refused) {
      toastError(refused);
    }
    app.draw();
  }

  async function take(merged) {
    const { current } = conflict.together;
    const mine = copy(draft);
    shown = await get(`${path}/page`);
    conflict = null;
    base = copy(current);
    past.push(mine);
    draft = copy(merged);
    moved();
    say(t("editor.merged"));
  }

  async function reload() {
    if (await confirm(t("editor.reload_title"), t("editor.reload_text"), { yes: t("editor.reload"), danger: true })) await load({ fresh: true });
  }

  // --- parts ---------------------------------------------------------------------------------------------------------------

  const dirty = () => draft && !same(draft, base);
  const blockers = () => findings.filter((each) => each.severity === "block");

  function clashes() {
    const { together: both, error: found } = conflict;
    const theirs = both.theirs.slice(0, 12);
    return h("section", { class: "editor-conflict", role: "alert", key: "conflict", "aria-label": t("editor.conflict") },
      h("h2", null, shape("warning"), t("editor.conflict")),
      h("p", null, pick(found?.problem?.told) || t("editor.conflict_text")),
      theirs.length ? h("ul", { class: "plain" }, theirs.map((each) => h("li", { key: each.place + each.what }, h("b", null, pick(each.label)), each.before || each.after ? h("span", { class: "quiet" }, ` ${each.before || "–"} → ${each.after || "–"}`) : ""))) : "",
      both.clashes.length ? [h("h3", null, t("editor.clashes", { n: both.clashes.length })),
        h("ul", { class: "plain" }, both.clashes.map((each) => h("li", { key: each.place }, h("b", null, pick(each.label)), h("div", { class: "quiet" }, t("editor.clash_mine", { text: each.mine || "–" })), h("div", { class: "quiet" }, t("editor.clash_theirs", { text: each.theirs || "–" })))))] : h("p", { class: "quiet" }, t("editor.no_clash")),
      h("div", { class: "row" },
        button(t("editor.merge"), { kind: "primary", on: () => take(both.merged) }),
        button(t("editor.take_theirs"), { on: reload })));
  }

  function bar() {
    const stop = blockers();
    return h("div", { class: "editor-bar", key: "bar", role: "toolbar", "aria-label": t("editor.actions") },
      button(t("editor.undo"), { iconName: "undo", small: true, blocked: past.length ? "" : t("editor.nothing_to_undo"), on: undo, title: "Ctrl Z" }),
      button(t("editor.redo"), { iconName: "reload", small: true, blocked: future.length ? "" : t("editor.nothing_to_redo"), on: redo, title: "Ctrl Shift Z" }),
      h("span", { class: ["editor-state", stop.length && "bad"], role: "status" }, stop.length ? t("editor.blocked", { n: stop.length }) : dirty() ? t("editor.unsaved") : sent ? t("editor.building") : t("editor.clean")),
      h("span", { class: "grow" }),
      dirty() ? button(t("editor.drop"), { small: true, on: reload }) : "",
      button(t("editor.save"), { kind: "primary", roles: ["operator"], busy, blocked: stop.length ? t("editor.blocked", { n: stop.length }) : conflict ? t("editor.conflict") : dirty() ? "" : t("editor.clean"), on: save }));
  }

  function previewPane() {
    const name = t("preview");
    return h("div", { class: ["editor-preview", pane !== "preview" && "aside"], key: "preview" },
      h("div", { class: "row preview-bar" },
        switcher(name, [["phone", t("phone"), "phone"], ["desktop", t("desktop"), "desktop"]], frame, (next) => { frame = next; app.draw(); }),
        h("span", { class: "quiet", role: "status" }, drawing ? t("editor.drawing") : "")),
      trouble ? problem(trouble, { retry: () => { trouble = null; paint(0); app.draw(); } }) : "",
      notes.map((note) => h("p", { class: "note", key: pick(note) }, pick(note))),
      look ? h("div", { class: `devices devices-${frame}` }, device(frame, `${look.url}${look.spot ? `#${look.spot}` : ""}`, `${name} – ${t(frame)}`)) : skeleton(4));
  }

  function materials() {
    const hero = Object.entries(shown.pictures);
    if (!hero.length) return "";
    return section(t("editor.pictures"), { id: "pictures" }, hero.map(([component, choices]) => {
      const locked = shown.locked.includes(component);
      const material = `${component}.image`;
      return h("fieldset", { class: "choices picture-choices", key: component, disabled: locked },
        h("legend", null, componentName(component), locked ? h("span", { class: "tag" }, t("editor.locked")) : ""),
        h("div", { class: "picture-row" }, choices.map((each, index) => h("label", { class: ["picture-choice", draft.pictures[component] === each.media_key && "picked"], key: each.media_key },
          h("input", { type: "radio", name: `picture-${component}`, checked: draft.pictures[component] === each.media_key, on: { change() { change((next) => { next.pictures[component] = each.media_key; next.again = next.again.filter((one) => one !== material); }, { at: "top" }); } } }),
          picture(`/${each.media_key}`, t("editor.picture_n", { n: index + 1 }), { redraw: app.draw, width: 160, height: 80 }),
          h("span", null, t("editor.picture_n", { n: index + 1 }), " ", h("small", { class: "quiet" }, relative(each.at)))))),
        shown.materials.includes(material) ? h("label", { class: "check" }, h("input", { type: "checkbox", checked: draft.again.includes(material), on: { change() { const on = this.checked; change((next) => { next.again = on ? [...next.again, material] : next.again.filter((one) => one !== material); }); } } }), h("span", null, t("editor.picture_again"))) : "");
    }));
  }

  async function history() {
    let saves;
    try {
      saves = (await get(`${path}/page/history`)).saves;
    } catch (found) { toastError(found); return; }
    const chosen = await dialog((close) => h("div", null, h("h2", null, t("editor.history")), h("p", { class: "quiet" }, t("editor.history_text")),
      saves.length ? h("ul", { class: "rows" }, saves.map((each) => h("li", { class: "line", key: each.version }, h("span", { class: "line-main" }, h("b", null, t("editor.version", { n: each.version })), h("small", null, `${each.by} · ${relative(each.at)} · ${each.changes.slice(0, 3).map((one) => pick(one.label)).join(t("comma"))}`)),
        h("span", { class: "line-side" }, button(t("editor.bring"), { small: true, on: () => close(each) }))))) : h("p", null, t("editor.no_history")),
      h("div", { class: "row end" }, button(t("close"), { on: () => close() }))), { label: t("editor.history") });
    if (chosen) change((next) => { Object.assign(next, copy(chosen.draft)); });
  }

  function body() {
    const texts = { shown, findings, change, draft, words };
    return h("div", { class: "editor-columns" },
      h("div", { class: ["editor-form", pane !== "edit" && "aside"], key: "form" },
        conflict ? clashes() : "",
        shown.building ? h("p", { class: "note" }, t("editor.building_note", { who: shown.saved_by })) : "",
        shown.locked.length ? h("details", { class: "note editor-locks" }, h("summary", null, icon("constraints"), t("editor.locks")), h("p", null, shown.locked.map((each) => t(`region.${each}`)).map((words, index) => (words.startsWith("region.") ? shown.locked[index] : words)).join(t("comma")))) : "",
        Object.entries(shown.slots).map(([component, slots]) => section(componentName(component), { id: `texts-${component}` }, textFields({ ...texts, component, slots, at: component === "hero" ? "top" : "" }), copies(component))),
        materials(),
        section(t("floors"), { id: "floors", count: number(draft.floors.length), aside: shown.floors_locked ? h("span", { class: "tag" }, t("editor.locked")) : h("span", { class: "quiet" }, t("editor.drag_help")) },
          floorCards({ ...texts, app }),
          reserves({ ...texts, app })),
        h("p", { class: "quiet" }, t("editor.effect"))),
      previewPane());
  }

  function copies(component) {
    const others = (shown.copies[component] || []).filter((each) => Object.entries(each.texts).some(([slot, text]) => text && slot in (draft.texts[component] || {}) && draft.texts[component][slot] !== text));
    if (!others.length) return "";
    return h("details", { class: "editor-copies", key: `copies-${component}` }, h("summary", null, t("editor.copies", { n: others.length })),
      h("ul", { class: "rows" }, others.map((each, index) => h("li", { class: "line", key: index }, h("span", { class: "line-main" }, Object.values(each.texts).filter(Boolean).join(" · ")),
        h("span", { class: "line-side" }, button(t("editor.take"), { small: true, on: () => change((next) => { for (const slot of Object.keys(next.texts[component])) if (slot in each.texts) next.texts[component][slot] = each.texts[slot]; }) }))))));
  }

  load();

  function onKey(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || !draft || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (key === "z" || key === "y") { event.preventDefault(); document.activeElement?.matches?.("input, textarea") && document.activeElement.blur(); (key === "y" || event.shiftKey ? redo : undo)(); }
    if (key === "s") { event.preventDefault(); if (dirty() && !blockers().length && !conflict) save(); }
  }
  document.addEventListener("keydown", onKey);

  return {
    title: () => t("editor.title"),
    stop() { document.removeEventListener("keydown", onKey); words.stop(); for (const each of Object.values(timers)) clearTimeout(each); for (const each of Object.values(waiting)) each.abort(); },
    keyHelp: () => [["Ctrl Z", t("editor.undo")], ["Ctrl Shift Z", t("editor.redo")], ["Ctrl S", t("editor.save")], ["↑ ↓", t("editor.keys_move")]],
    view() {
      const head = h("div", { class: "head" }, h("h1", null, t("editor.title")),
        h("div", { class: "row" }, shown ? button(t("editor.history"), { small: true, on: history }) : "", h("a", { class: "button small", href: `/console/venues/${id(wanted)}` }, icon("back"), h("span", null, t("editor.back")))));
      if (!draft) return h("div", { class: "page editor" }, head, error && error.code === "being_built" ? empty(t("editor.being_built"), t("editor.being_built_text")) : error && !error.passing ? problem(error, { retry: load }) : skeleton(6));
      return h("div", { class: "page editor", lang: lang() === "zh" ? "zh-CN" : "en" }, head,
        h("div", { class: "editor-panes" }, switcher(t("editor.title"), [["edit", t("editor.edit")], ["preview", t("preview")]], pane, (next) => { pane = next; app.draw(); })),
        body(), bar());
    },
  };
}
