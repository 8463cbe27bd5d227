// Several venues approved at once: each with its picture and words before the reviewer's eyes, each still to be ticked off.

import { get, id, post } from "/console/api.js";
import { h, show } from "/console/dom.js";
import { hold } from "/console/held.js";
import { componentName } from "/console/materials.js";
import { looked } from "/console/looking.js";
import { button, dialog, picture, toastError } from "/console/parts.js";
import { has, list, t } from "/console/words.js";

const MOST = 24;

const blockers = (detail) => (detail.inspection?.findings || []).filter((each) => each.severity === "blocker").length;

/** Choose among these venues and approve what stays ticked. `sent(venues)` hears of those that are through. */
export async function approveSeveral(venues, { sent, failed, undone }) {
  let details;
  try {
    details = await Promise.all(venues.slice(0, MOST).map((venue) => get(`/api/venues/${id(venue.venue_id)}`)));
  } catch (error) {
    toastError(error);
    return;
  }
  const since = performance.now();
  // Another version may have been staged since the list was read: what is approved is what is shown here.
  const shown = details.filter(({ venue }) => venue.status === "in_review");
  const chosen = new Set(shown.filter((detail) => !blockers(detail)).map(({ venue }) => venue.venue_id));
  const wanted = await dialog((close) => {
    const body = h("div", { class: "bulk" });
    const draw = () => show(body,
      h("h2", null, t("bulk.title")), h("p", { class: "quiet" }, t("bulk.text")),
      h("ul", { class: "plain bulk-list" }, shown.map((detail) => entry(detail, chosen, draw))),
      h("div", { class: "row end" }, button(t("cancel"), { on: () => close() }),
        button(t("bulk.approve", { n: chosen.size }), { kind: "good", blocked: chosen.size ? "" : t("bulk.none"), on: () => close([...chosen]) })));
    draw();
    return body;
  }, { kind: "bulk-dialog", label: t("bulk.title") });
  if (!wanted?.length) return;
  const approved = shown.map(({ venue }) => venue).filter((venue) => wanted.includes(venue.venue_id));
  // All were looked at together: each has its share of that time.
  const each_took = Math.round((performance.now() - since) / 10 / shown.length) / 100;
  const looking = new Map(shown.map(({ venue, materials }) => [venue.venue_id, looked(materials.filter((each) => each.task.kind === "copy" || each === pictured(materials)), each_took)]));
  hold({
    venueIds: wanted, mark: "approved", text: t("bulk.toast", { n: approved.length }),
    async send(options) {
      const ends = await Promise.allSettled(approved.map((venue) => post(`/api/venues/${id(venue.venue_id)}/approve`, { version_id: venue.staged_version, ...looking.get(venue.venue_id) }, options)));
      sent(approved.filter((_, place) => ends[place].status === "fulfilled"));
      const refused = ends.filter((each) => each.status === "rejected");
      if (refused.length) throw refused[0].reason; // the others are through; those that are not stay in the queue
    },
    undone, failed,
  });
}

const pictured = (materials) => materials.find(({ task, result }) => task.kind === "image" && result?.media_key);

/** "Floor 1: Single, 6 styles from ¥3.90": everything a page says besides its hero. */
const others = (materials) => materials.filter(({ task, result }) => task.kind === "copy" && task.component !== "hero" && result?.texts)
  .map(({ task, result }) => `${componentName(task.component)}: ${list(Object.values(result.texts).filter(Boolean))}`);

function entry(detail, chosen, draw) {
  const { venue, materials } = detail;
  const image = pictured(materials)?.result;
  const texts = materials.find(({ task }) => task.component === "hero" && task.kind === "copy")?.result?.texts || {};
  const blocked = blockers(detail);
  return h("li", { key: venue.venue_id, class: ["bulk-entry", chosen.has(venue.venue_id) && "picked"] }, h("label", null,
    h("input", { type: "checkbox", checked: chosen.has(venue.venue_id), disabled: Boolean(blocked), on: { change() { if (this.checked) chosen.add(venue.venue_id); else chosen.delete(venue.venue_id); draw(); } } }),
    image ? picture(`/${image.media_key.replace(/^\//, "")}`, t("material.picture_of", { name: venue.theme.name }), { redraw: draw, eager: true }) : h("span", { class: "no-picture" }, h("small", null, t("picture.none"))),
    h("span", null, h("b", null, texts.title || venue.theme.name), h("small", null, Object.entries(texts).filter(([slot, text]) => slot !== "title" && text).map(([slot, text]) => `${has(`slot.${slot}`) ? t(`slot.${slot}`) : slot}: ${text}`).join(" · ")),
      h("small", { class: "quiet" }, others(materials).join(" · ")),
      blocked ? h("small", { class: "bad" }, t("review.blocked")) : "")));
}
