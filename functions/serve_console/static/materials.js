// Materials as a person judges them, and the panel that sends some of them back.

import { id, post } from "/console/api.js";
import { h } from "/console/dom.js";
import { hold } from "/console/held.js";
import { emptyLasting, lastingFields, lastingOf, regionSheet } from "/console/lasting.js";
import { button, picture, state } from "/console/parts.js";
import { bytes, has, number, t } from "/console/words.js";

export const REASONS = ["wrong_facts", "off_topic", "ugly", "too_long", "tone", "policy", "duplicate", "other"];
const LONGEST_TEXT = 300;

export const slotName = (name) => (has(`slot.${name}`) ? t(`slot.${name}`) : name);

export function componentName(name) {
  const floor = /^floor-(\d+)$/.exec(name);
  if (floor) return t("component.floor", { n: Number(floor[1]) });
  if (name === "floor") return t("floors"); // a new one, which has no number yet
  return has(`component.${name}`) ? t(`component.${name}`) : name;
}

/** "Hero · picture", "Floor 2 · texts". */
export const materialName = (task) => `${componentName(task.component)} · ${t(`material.${task.kind}`)}`;

/** What is being said about the chosen materials before they are sent back. */
export const newPanel = () => ({ code: "", text: "", note: "", lasting: emptyLasting() });

/** `chosen`: a Set of material ids to send back, or null where nothing can be. `panel`: the open reject panel, or null. */
export function material(entry, { chosen = null, toggle, redraw, earlier = [], eager = false, panel = null } = {}) {
  const { task, result } = entry;
  const name = materialName(task);
  const picked = chosen?.has(task.material_id);
  return h("li", { class: ["material", `material-${task.kind}`, picked && "picked"], key: task.material_id },
    h("div", { class: "material-head" }, h("b", null, name), state("material", task.status)),
    task.kind === "image"
      ? h("div", { class: "material-picture" }, result?.media_key ? picture(`/${result.media_key.replace(/^\//, "")}`, t("material.picture_of", { name }), { width: result.width, height: result.height, redraw, eager }) : h("div", { class: "no-picture" }, h("small", null, t(`material.${task.status}`))),
        panel && picked && result?.media_key ? regionSheet(() => panel.lasting.regions[task.material_id] || null, (region) => { panel.lasting.regions[task.material_id] = region; redraw(); }) : "")
      : result?.texts ? h("dl", { class: "texts" }, Object.entries(result.texts).filter(([, text]) => text).map(([slot, text]) => h("div", { key: slot }, h("dt", null, slotName(slot)), h("dd", null, text)))) : h("p", { class: "quiet" }, t(`material.${task.status}`)),
    task.error && h("p", { class: "material-error" }, task.error),
    earlier.length ? h("p", { class: "material-note" }, t("material.earlier", { reasons: earlier.map((each) => [t(`reason.${each.code}`), each.text].filter(Boolean).join(": ")).join("; ") })) : "",
    h("div", { class: "material-foot" },
      result?.fallback ? h("span", { class: "tag", title: result.note || null }, t("material.fallback")) : "",
      h("span", { class: "quiet" }, [result?.bytes ? `${number(result.width)} × ${number(result.height)} · ${bytes(result.bytes)}` : "", task.round > 1 ? t("material.round", { n: task.round }) : "", task.attempts > 1 ? t("attempts", { n: task.attempts }) : ""].filter(Boolean).join(" · ")),
      chosen && h("label", { class: "check" }, h("input", { type: "checkbox", checked: Boolean(picked), on: { change() { toggle(task.material_id); } } }), h("span", null, t("material.send_back")))));
}

/** What a rejection is sent as, held for five seconds. */
export function holdRejection({ venue, tasks, panel, looking = {}, undone, failed, sent }) {
  const code = panel.code;
  const text = panel.text.trim();
  const body = { version_id: venue.staged_version, ...looking, materials: tasks.map((task) => ({ material_id: task.material_id, code, ...(text ? { text } : {}), ...lastingOf(panel, task) })) };
  hold({
    venueId: venue.venue_id,
    mark: "rejected",
    text: t("rejected_toast", { name: venue.theme.name, n: tasks.length, reason: t(`reason.${code}`) }),
    send: (options) => post(`/api/venues/${id(venue.venue_id)}/reject`, body, options),
    undone, failed, sent,
  });
}

export function holdApproval({ venue, looking = {}, undone, failed, sent }) {
  hold({
    venueId: venue.venue_id,
    mark: "approved",
    text: t("approved_toast", { name: venue.theme.name }),
    send: (options) => post(`/api/venues/${id(venue.venue_id)}/approve`, { version_id: venue.staged_version, ...looking }, options),
    undone, failed, sent,
  });
}

/** The reasons with their digits. `panel`: {code, text, note}; `choose(code)` picks one, `send()` sends. */
export function rejectPanel({ entries, chosen, panel, choose, send, cancel, redraw }) {
  const picked = entries.filter(({ task }) => chosen.has(task.material_id));
  const names = picked.map(({ task }) => materialName(task));
  const texts = picked.filter(({ task }) => task.kind === "copy").map(({ result }) => Object.keys(result?.texts || {}));
  const slots = texts.length ? texts.reduce((one, other) => one.filter((slot) => other.includes(slot))) : [];
  return h("div", { class: "reject-panel", key: "reject", role: "group", "aria-label": t("reject.title") },
    h("div", { class: "reject-head" }, h("h2", { tabindex: "-1", id: "reject-title" }, t("reject.title")), h("span", { class: "quiet" }, names.length ? names.join(t("comma")) : t("reject.pick"))),
    h("div", { class: "reasons" }, REASONS.map((code, index) => h("button", { type: "button", class: ["reason", panel.code === code && "chosen"], "aria-pressed": String(panel.code === code), on: { click() { choose(code, false); } } }, h("kbd", null, String(index + 1)), h("span", null, t(`reason.${code}`))))),
    h("label", { class: "field" }, h("span", { class: "field-label" }, t("reject.text")),
      h("input", { type: "text", id: "reject-text", maxlength: LONGEST_TEXT, value: panel.text, placeholder: t("reject.text_placeholder"), on: { input() { panel.text = this.value; panel.note = ""; }, keydown(event) { if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); send(); } if (event.key === "Escape") { event.stopPropagation(); cancel(); } } } })),
    lastingFields(panel, new Set(picked.map(({ task }) => task.kind)), slots, slotName, redraw),
    panel.note && h("p", { class: "field-error", role: "alert" }, panel.note),
    h("div", { class: "row" }, button(t("reject.send", { n: chosen.size }), { kind: "danger", roles: ["reviewer"], on: send, blocked: chosen.size ? "" : t("reject.pick") }), button(t("cancel"), { on: cancel, hint: "Esc" }),
      h("span", { class: "quiet" }, t("reject.effect"))));
}

/** Why the panel cannot be sent yet; "" when it can. */
export function rejectionLack(panel, chosen) {
  if (!chosen.size) return t("reject.pick");
  if (!panel.code) return t("reject.choose");
  if (panel.code === "other" && !panel.text.trim()) return t("reject.say");
  return "";
}
