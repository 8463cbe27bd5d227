// The page editor's pieces: texts with their counters and findings, floors and goods that are dragged or moved by keys, reserves.

import { h } from "/console/dom.js";
import { button, icon, picture, say, shape } from "/console/parts.js";
import { slotName } from "/console/materials.js";
import { money, pick, t } from "/console/words.js";

/** What is wrong with one text: words, why, what to do; and what may be said instead, at a press. */
function told(found, text, write) {
  return h("ul", { class: "typed", "aria-live": "polite" }, found.map((each) => h("li", { key: each.code + each.start, class: each.severity }, shape(each.severity === "block" ? "blocker" : "warning"),
    h("div", null, each.words ? h("mark", null, each.words) : "", " ", h("b", null, pick(each.message)), h("span", { class: "quiet" }, ` ${pick(each.mend)}`),
      each.end > each.start && text.slice(each.start, each.end) ? button(each.instead ? t("editor.instead", { words: each.instead }) : t("editor.cut_words"), { small: true, on: () => write(`${text.slice(0, each.start)}${each.instead}${text.slice(each.end)}`.replace(/\s{2,}/g, " ").trim()) }) : "",
      each.details ? h("details", { class: "measured" }, h("summary", null, t("editor.why")), h("code", { lang: "en" }, each.details)) : ""))));
}

function text({ place, label, value, slot, findings, write, words, wide = false }) {
  const found = findings.filter((each) => each.place === place);
  const length = [...value].length;
  const over = length > slot.max_chars;
  const bad = over || found.some((each) => each.severity === "block");
  const name = `t-${place.replace(/\W/g, "-")}`;
  const props = { id: name, value, disabled: slot.locked, "aria-invalid": bad ? "true" : null, "aria-describedby": `${name}-n`, on: { input() { write(this.value); } } };
  return h("div", { class: ["field", "editor-field", bad && "wrong"], key: place },
    h("div", { class: "row" }, h("label", { class: "field-label", for: name }, label), slot.locked ? h("span", { class: "tag" }, t("editor.locked")) : "", h("span", { class: "grow" }),
      slot.locked ? "" : words.opener(place, label, value),
      h("span", { id: `${name}-n`, class: ["counter", over && "over"] }, t("editor.count", { n: length, most: slot.max_chars }))),
    wide ? h("textarea", { ...props, rows: 2 }) : h("input", { type: "text", ...props }),
    found.length ? told(found, value, write) : "",
    slot.locked ? "" : words.panel(place, label, value, write));
}

/** The texts of one component. */
export function textFields({ shown, draft, findings, change, words, component, slots, at }) {
  const texts = draft.texts[component] || {};
  return h("div", { class: "editor-fields" }, slots.map((slot) => text({
    place: `${component}.${slot.name}`, label: slotName(slot.name), value: texts[slot.name] || "", slot: { ...slot, locked: slot.locked || shown.locked.includes(component) }, findings, words, wide: slot.max_chars > 30,
    write: (value) => change((next) => { next.texts[component][slot.name] = value; }, { join: `${component}.${slot.name}`, at }),
  })));
}

// --- moving: with the pointer (mouse, pen and finger alike), and with keys ---------------------------------------------------

let drag = null; // {kind, name, over}

function handle({ kind, name, label, app, drop, keys, locked }) {
  if (locked) return "";
  return h("button", {
    type: "button", class: "grip", key: "grip", "aria-label": label, title: t("editor.grip"), "data-grip": `${kind}:${name}`,
    on: {
      keydown(event) {
        const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (!by) return;
        event.preventDefault();
        keys(by);
        const grip = `${kind}:${name}`;
        requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector(`[data-grip="${CSS.escape(grip)}"]`)?.focus()));
      },
      pointerdown(event) {
        if (event.button) return;
        event.preventDefault();
        this.focus();
        this.setPointerCapture(event.pointerId);
        drag = { kind, name, over: null };
        app.draw();
      },
      pointermove(event) {
        if (!drag || drag.name !== name) return;
        if (event.clientY < 60) window.scrollBy(0, -14);
        if (event.clientY > innerHeight - 90) window.scrollBy(0, 14);
        const over = overAt(kind, event);
        if (!over) return;
        if (JSON.stringify(over) !== JSON.stringify(drag.over)) { drag.over = over; app.draw(); }
      },
      // Where it is let go counts: a quick hand is ahead of the last move that was drawn.
      pointerup(event) { const over = drag && (overAt(kind, event) || drag.over); drag = null; if (over) drop(over); else app.draw(); },
      pointercancel() { drag = null; app.draw(); },
    },
  }, h("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, [5, 11].map((x) => [3.5, 8, 12.5].map((y) => h("circle", { cx: x, cy: y, r: 1.1 })))));
}

/** What lies under the pointer: a floor, perhaps one of its goods, and whether its upper or its lower half; null elsewhere. */
function overAt(kind, event) {
  const under = document.elementFromPoint(event.clientX, event.clientY);
  const target = under?.closest?.(kind === "floor" ? "[data-floor-key]" : "[data-good], [data-floor-key]");
  if (!target) return null;
  const box = target.getBoundingClientRect();
  return { floor: target.closest("[data-floor-key]").dataset.floorKey, good: target.dataset.good || "", after: event.clientY > box.top + box.height / 2 };
}

const take = (list, from, to) => { const [one] = list.splice(from, 1); list.splice(to, 0, one); };
const placeOf = (draft, product) => { const floor = draft.floors.findIndex((each) => each.product_ids.includes(product)); return [floor, draft.floors[floor]?.product_ids.indexOf(product) ?? -1]; };

/** Floors in order, each with its texts and goods. */
export function floorCards({ shown, draft, findings, change, words, app }) {
  const locked = shown.floors_locked;
  const titleSlot = shown.floor_slots.find((each) => each.name === "title") || { name: "title", max_chars: 12, locked };

  function moveFloor(key, to) {
    const from = draft.floors.findIndex((each) => each.key === key);
    const place = Math.max(0, Math.min(draft.floors.length - 1, to));
    if (from === place) { app.draw(); return; }
    change((next) => take(next.floors, from, place), { at: `floor-${place + 1}` });
    say(t("floors.moved", { title: draft.floors[place].title, n: place + 1 }));
  }

  function moveGood(product, floor, place) {
    change((next) => {
      const [at, index] = placeOf(next, product);
      if (at < 0) return;
      next.floors[at].product_ids.splice(index, 1);
      next.floors[floor].product_ids.splice(place, 0, product);
    }, { at: `floor-${floor + 1}` });
    say(t("editor.moved_good", { title: shown.cards[product]?.title || product, floor: draft.floors[floor].title, n: place + 1 }));
  }

  function keyGood(product, by) {
    const [floor, index] = placeOf(draft, product);
    const last = draft.floors[floor].product_ids.length - 1;
    if (index + by >= 0 && index + by <= last) moveGood(product, floor, index + by);
    else if (draft.floors[floor + by]) moveGood(product, floor + by, by > 0 ? 0 : draft.floors[floor + by].product_ids.length);
  }

  function dropGood(product, over) {
    const floor = draft.floors.findIndex((each) => each.key === over.floor);
    const rest = draft.floors[floor].product_ids.filter((each) => each !== product);
    const at = over.good && over.good !== product ? rest.indexOf(over.good) + (over.after ? 1 : 0) : over.good === product ? placeOf(draft, product)[1] : rest.length;
    moveGood(product, floor, at);
  }

  function dropFloor(key, over) {
    const rest = draft.floors.filter((each) => each.key !== key);
    if (over.floor === key) { app.draw(); return; }
    moveFloor(key, rest.findIndex((each) => each.key === over.floor) + (over.after ? 1 : 0));
  }

  const good = (product, floor, place) => {
    const card = shown.cards[product] || { title: product };
    const over = drag?.kind === "good" && drag.over?.good === product && drag.name !== product;
    return h("li", { key: product, "data-good": product, class: ["editor-good", drag?.kind === "good" && drag.name === product && "dragged", over && (drag.over.after ? "drop-after" : "drop-before")] },
      handle({ kind: "good", name: product, label: t("editor.move_good", { title: card.title }), app, locked, drop: (found) => dropGood(product, found), keys: (by) => keyGood(product, by) }),
      picture(card.picture, "", { redraw: app.draw, width: 40, height: 40 }),
      h("span", { class: "good-title" }, h("span", { class: "clip" }, card.title), h("small", { class: "quiet" }, [card.price ? money(card.price) : "", card.merchant].filter(Boolean).join(" · "))),
      locked ? "" : h("select", { "aria-label": t("editor.floor_of", { title: card.title }), value: String(floor), on: { change() { moveGood(product, Number(this.value), draft.floors[Number(this.value)].product_ids.length); } } }, draft.floors.map((each, index) => h("option", { value: String(index), selected: index === floor }, `${index + 1} ${each.title}`))),
      locked ? "" : h("button", { type: "button", class: "button bare small", "aria-label": t("editor.remove_good", { title: card.title }), title: t("editor.remove"), on: { click() { change((next) => { next.floors[floor].product_ids.splice(place, 1); }, { at: `floor-${floor + 1}` }); say(t("editor.removed_good", { title: card.title })); } } }, icon("close")));
  };

  return h("ol", { class: "editor-floors" }, draft.floors.map((each, index) => {
    const place = `floor:${each.key}`;
    const over = drag?.kind === "floor" && drag.over?.floor === each.key && drag.name !== each.key;
    const into = drag?.kind === "good" && drag.over?.floor === each.key && !drag.over.good;
    const write = (edit, join) => change((next) => edit(next.floors[index]), { join, at: `floor-${index + 1}` });
    return h("li", { key: each.key, "data-floor-key": each.key, class: ["editor-floor", drag?.kind === "floor" && drag.name === each.key && "dragged", over && (drag.over.after ? "drop-after" : "drop-before"), into && "drop-into"] },
      h("div", { class: "editor-floor-head" },
        handle({ kind: "floor", name: each.key, label: t("editor.move_floor", { title: each.title }), app, locked, drop: (found) => dropFloor(each.key, found), keys: (by) => moveFloor(each.key, index + by) }),
        h("b", { class: "floor-n" }, String(index + 1)),
        text({ place: `${place}.title`, label: t("editor.floor_title", { n: index + 1 }), value: each.title, slot: { ...titleSlot, locked: titleSlot.locked || locked }, findings, words, write: (value) => write((floor) => { floor.title = value; }, `${place}.title`) })),
      h("details", { class: "editor-floor-more", key: "more" }, h("summary", null, t("editor.floor_more", { n: each.product_ids.length })),
        h("div", { class: "editor-fields" }, shown.floor_slots.filter((slot) => slot.name !== "title").map((slot) => text({ place: `${place}.${slot.name}`, label: slotName(slot.name), value: each.texts[slot.name] || "", slot, findings, words, write: (value) => write((floor) => { floor.texts[slot.name] = value; }, `${place}.${slot.name}`) }))),
        h("ul", { class: "editor-goods" }, each.product_ids.map((product, at) => good(product, index, at))),
        !each.product_ids.length ? h("p", { class: "quiet" }, t("editor.empty_floor")) : ""));
  }));
}

/** Goods that are not on the page: recalled ones without a place, and those that were taken off. */
export function reserves({ shown, draft, change, app }) {
  if (shown.floors_locked) return "";
  const on = new Set(draft.floors.flatMap((each) => each.product_ids));
  const off = Object.values(shown.cards).filter((each) => !on.has(each.product_id));
  if (!off.length) return h("p", { class: "quiet", key: "reserves" }, t("editor.no_reserves"));
  return h("details", { class: "editor-reserves", key: "reserves" }, h("summary", null, t("editor.reserves", { n: off.length })),
    h("ul", { class: "editor-goods" }, off.map((card) => h("li", { class: "editor-good", key: card.product_id },
      picture(card.picture, "", { redraw: app.draw, width: 40, height: 40 }),
      h("span", { class: "good-title" }, h("span", { class: "clip" }, card.title), h("small", { class: "quiet" }, [money(card.price), card.merchant].filter(Boolean).join(" · "))),
      h("select", { "aria-label": t("editor.add_to", { title: card.title }), value: "", on: { change() { const floor = Number(this.value); this.value = ""; change((next) => { next.floors[floor].product_ids.push(card.product_id); }, { at: `floor-${floor + 1}` }); say(t("editor.added_good", { title: card.title, floor: draft.floors[floor].title })); } } },
        h("option", { value: "" }, t("editor.add")), draft.floors.map((each, index) => h("option", { value: String(index) }, `${index + 1} ${each.title}`)))))));
}
