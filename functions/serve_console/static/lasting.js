// What makes a rejection last: where it holds, what code checks of it, which part is meant. Used where materials are sent back and where constraints are kept.

import { h } from "/console/dom.js";
import { chip } from "/console/parts.js";
import { list, percent, t } from "/console/words.js";

export const SCOPES = ["component", "venue", "template", "style", "industry", "everywhere"];

const split = (text) => text.split(/[,，、;；\n]/).map((each) => each.trim()).filter(Boolean);
const share = (text) => Math.min(1, Math.max(0, Number(text) / 100));

/** What the fields hold, from a constraint's checks. */
export function draftOf(checks = {}) {
  const light = (value) => (value === null || value === undefined ? "" : String(Math.round(value * 100)));
  return {
    never: list(checks.never_say || []), must: list(checks.must_say || []), most: checks.max_chars ? String(checks.max_chars) : "",
    numbers: Boolean(checks.no_numbers), language: Boolean(checks.only_language),
    lightest: light(checks.max_light), darkest: light(checks.min_light), colours: list(checks.avoid_colours || []),
  };
}

/** The checks of a draft, for texts or for pictures; what was left empty is not sent. */
export function checksOf(draft, kind) {
  const checks = kind === "copy"
    ? { never_say: split(draft.never), must_say: split(draft.must), max_chars: Number(draft.most) || 0, no_numbers: draft.numbers, only_language: draft.language }
    : { min_light: draft.darkest === "" ? "" : share(draft.darkest), max_light: draft.lightest === "" ? "" : share(draft.lightest), avoid_colours: split(draft.colours) };
  return Object.fromEntries(Object.entries(checks).filter(([name, value]) => (Array.isArray(value) ? value.length : name.endsWith("light") ? value !== "" : value)));
}

/** The fields of a draft; `kinds`: a Set of copy and image. */
export function checkFields(draft, kinds, redraw) {
  const text = (name, label, placeholder) => h("label", { class: "field", key: name }, h("span", { class: "field-label" }, t(label)),
    h("input", { type: "text", maxlength: 300, value: draft[name], placeholder: t(placeholder), on: { input() { draft[name] = this.value; } } }));
  const figure = (name, label, most) => h("label", { class: "field field-short", key: name }, h("span", { class: "field-label" }, t(label)),
    h("input", { type: "number", min: name === "most" ? 1 : 0, max: most, value: draft[name], on: { input() { draft[name] = this.value; } } }));
  const tick = (name, label) => h("label", { class: "check", key: name }, h("input", { type: "checkbox", checked: draft[name], on: { change() { draft[name] = this.checked; redraw(); } } }), h("span", null, t(label)));
  return h("div", { class: "check-fields" },
    kinds.has("copy") ? [text("never", "check.never", "check.never_example"), text("must", "check.must", "check.must_example"), figure("most", "check.most", 400),
      h("div", { class: "row", key: "ticks" }, tick("numbers", "check.numbers"), tick("language", "check.language"))] : "",
    kinds.has("image") ? [figure("darkest", "check.darkest", 100), figure("lightest", "check.lightest", 100), text("colours", "check.colours", "check.colours_example")] : "");
}

/** A constraint's checks as chips. */
export function ruleChips(said) {
  const { checks } = said;
  const quoted = (texts) => list(texts.map((each) => `“${each}”`));
  return [
    said.slot && [t("check.slot"), said.slot],
    checks.never_say?.length && [t("check.never"), quoted(checks.never_say)],
    checks.must_say?.length && [t("check.must"), quoted(checks.must_say)],
    checks.max_chars && [t("check.most"), checks.max_chars],
    checks.no_numbers && ["", t("check.numbers")],
    checks.only_language && ["", t("check.language")],
    checks.min_light !== null && checks.min_light !== undefined && [t("check.darkest_chip"), percent(checks.min_light)],
    checks.max_light !== null && checks.max_light !== undefined && [t("check.lightest_chip"), percent(checks.max_light)],
    checks.avoid_colours?.length && [t("check.colours_chip"), list(checks.avoid_colours)],
    said.region && ["", t("check.region_of", { where: `${percent(said.region.x)}–${percent(said.region.x + said.region.width)} × ${percent(said.region.y)}–${percent(said.region.y + said.region.height)}` })],
    Object.values(said.rejected_text || {}).some(Boolean) && [t("check.rejected"), quoted(Object.values(said.rejected_text).filter(Boolean))],
  ].filter(Boolean).map(([label, value]) => chip(label, String(value)));
}

export const emptyLasting = () => ({ scope: "component", slot: "", draft: draftOf(), regions: {} });

/** What is sent with a rejected material besides its reason. Nothing where nothing was said. */
export function lastingOf(panel, task) {
  const { scope, slot, draft, regions } = panel.lasting;
  const checks = checksOf(draft, task.kind);
  const region = task.kind === "image" ? regions[task.material_id] : null;
  return {
    ...(scope !== "component" ? { scope } : {}),
    ...(slot && task.kind === "copy" ? { slot } : {}),
    ...(Object.keys(checks).length ? { checks } : {}),
    ...(region ? { region } : {}),
  };
}

/** Where a rejection holds and what is checked of it. `slots`: the texts that all chosen materials have. */
export function lastingFields(panel, kinds, slots, names, redraw) {
  const { lasting } = panel;
  return h("details", { class: "lasting", key: "lasting" },
    h("summary", null, t("lasting.title"), h("span", { class: "quiet" }, t(`scope.${lasting.scope}`))),
    h("div", { class: "lasting-body" },
      h("div", { class: "row" },
        h("label", { class: "field" }, h("span", { class: "field-label" }, t("lasting.scope")),
          h("select", { value: lasting.scope, id: "reject-scope", on: { change() { lasting.scope = this.value; redraw(); } } }, SCOPES.map((each) => h("option", { value: each, selected: each === lasting.scope }, t(`scope.${each}`))))),
        kinds.has("copy") && slots.length > 1 ? h("label", { class: "field" }, h("span", { class: "field-label" }, t("lasting.slot")),
          h("select", { value: lasting.slot, on: { change() { lasting.slot = this.value; redraw(); } } }, ["", ...slots].map((each) => h("option", { value: each, selected: each === lasting.slot }, each ? names(each) : t("lasting.all_slots"))))) : ""),
      checkFields(lasting.draft, kinds, redraw),
      kinds.has("image") ? h("p", { class: "quiet" }, t("lasting.region"), " ", t("lasting.region_keys")) : "",
      h("p", { class: "quiet" }, t(`scope.${lasting.scope}.means`))));
}

const STEP = 0.05;
const CENTRE = { x: 0.3, y: 0.3, width: 0.4, height: 0.4 };
const MOVES = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

/** A marked part after a key: arrows move it, with shift they size it; the first one marks the middle; Delete takes it away. Undefined: not our key. */
export function keyed(region, key, shift) {
  if (key === "Delete" || key === "Backspace") return null;
  const move = MOVES[key];
  if (!move && key !== "Enter" && key !== " ") return undefined;
  if (!region) return { ...CENTRE };
  if (!move) return region;
  const within = (value, low, high) => Math.round(Math.min(high, Math.max(low, value)) * 1000) / 1000;
  if (shift) return { ...region, width: within(region.width + move[0], STEP, 1 - region.x), height: within(region.height + move[1], STEP, 1 - region.y) };
  return { ...region, x: within(region.x + move[0], 0, 1 - region.width), y: within(region.y + move[1], 0, 1 - region.height) };
}

/** A sheet over a picture on which a part is marked by dragging, with a finger, or by keys. `marked()` gives {x, y, width, height} in shares, or null. */
export function regionSheet(marked, mark) {
  const region = marked();
  const at = (event, box) => ({ x: Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)), y: Math.min(1, Math.max(0, (event.clientY - box.top) / box.height)) });
  return h("div", { class: "region-sheet", key: "sheet", title: t("lasting.mark"), tabindex: "0", role: "application", "aria-label": region ? t("check.region_of", { where: `${percent(region.x)}–${percent(region.x + region.width)} × ${percent(region.y)}–${percent(region.y + region.height)}` }) : t("lasting.mark"), on: {
    keydown(event) {
      const next = keyed(marked(), event.key, event.shiftKey);
      if (next === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      mark(next);
    },
    pointerdown(event) { this.setPointerCapture(event.pointerId); this.from = at(event, this.getBoundingClientRect()); event.preventDefault(); this.focus({ preventScroll: true }); },
    pointercancel() { this.from = null; },
    pointermove(event) { if (this.from) mark(spanned(this.from, at(event, this.getBoundingClientRect()))); },
    pointerup(event) { const from = this.from; this.from = null; if (from) { const found = spanned(from, at(event, this.getBoundingClientRect())); mark(found.width < 0.03 || found.height < 0.03 ? null : found); } },
  } }, region ? h("i", { class: "region", css: { left: `${region.x * 100}%`, top: `${region.y * 100}%`, width: `${region.width * 100}%`, height: `${region.height * 100}%` } }) : "");
}

function spanned(one, other) {
  const round = (value) => Math.round(value * 1000) / 1000;
  const x = round(Math.min(one.x, other.x));
  const y = round(Math.min(one.y, other.y));
  return { x, y, width: round(Math.max(one.x, other.x) - x), height: round(Math.max(one.y, other.y) - y) };
}
