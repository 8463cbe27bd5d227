// Released pages that an inspection found broken: what was done, and what a person should do now.

import { id } from "/console/api.js";
import { h } from "/console/dom.js";
import { ago, shape } from "/console/parts.js";
import { pick, t, tn } from "/console/words.js";

/** What was found still speaks of what buyers see. A hidden page's venue has failed, and is told as such. */
export function brokenNow(venue) {
  const found = venue.broken;
  if (!found || venue.status !== "published") return null;
  const speaksOf = found.action === "rolled_back" ? found.rolled_to : found.version_id;
  return found.action !== "hidden" && speaksOf === venue.live_version ? found : null;
}

/** A row of "what needs me now". */
export function brokenNeed(venue) {
  const found = venue.broken;
  return h("li", { class: "need", key: `broken-${venue.venue_id}` }, shape("failed"),
    h("div", null, h("b", null, tn(`need.broken.${found.action}`, { name: venue.theme.name })), h("span", null, pick(found.said)), h("span", { class: "mend" }, h("b", null, t("error.todo")), " ", t(`broken.${found.action}.mend`))),
    h("a", { class: "button", href: `/console/venues/${id(venue.venue_id)}/inspection` }, h("span", null, t("open"))));
}

/** A note on the venue's own page; "" where nothing is broken. */
export function brokenNote(venue) {
  const found = brokenNow(venue);
  if (!found) return "";
  return h("p", { class: "note", key: "broken" }, h("span", { class: "tag" }, shape("failed"), t(`broken.${found.action}`)), " ", pick(found.said), " · ", ago(found.at), " ", t(`broken.${found.action}.mend`));
}
