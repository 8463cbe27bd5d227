// What a live page says, since when that is known to be true, and what was taken off it.

import { get, id } from "/console/api.js";
import { h } from "/console/dom.js";
import { ago, shape } from "/console/parts.js";
import { has, t, tn } from "/console/words.js";

const MOST = 8;

export function livingPanel(app, venueId) {
  let claims = null;
  app.live(async (signal) => {
    claims = await get(`/api/venues/${id(venueId)}/claims`, { signal });
    app.draw();
    return 10000;
  });
  return (venue) => (!claims || venue.status !== "published" ? "" : h("section", { class: "panel", key: "living", "aria-label": t("living") },
    h("h3", null, t("living")), standing(claims),
    claims.taken_off.length ? h("details", null, h("summary", null, t("living.taken", { n: claims.taken_off.length })),
      h("ul", { class: "plain" }, claims.taken_off.slice(0, MOST).map((each) => h("li", { key: each.place }, line(each))), claims.taken_off.length > MOST ? h("li", { class: "quiet" }, `+${claims.taken_off.length - MOST}`) : "")) : ""));
}

function standing(claims) {
  if (claims.problem) return h("p", { class: "state tone-bad" }, shape("warning"), h("span", null, t("living.problem", { what: claims.problem }), " ", h("b", null, t("living.problem_mend"))));
  if (claims.withheld) return h("p", { class: "state tone-bad" }, shape("warning"), h("span", null, tn("living.withheld", { when: ago(claims.unread_since) })));
  if (claims.unread_since) return h("p", { class: "state tone-mine" }, shape("warning"), h("span", null, tn("living.unread", { when: ago(claims.unread_since), n: claims.unread_seconds })));
  if (!claims.confirmed_at) return h("p", { class: "quiet" }, t("living.never"));
  return h("p", { class: "quiet" }, tn("living.confirmed", { when: ago(claims.confirmed_at) }), claims.changed_at ? [" · ", tn("living.changed", { when: ago(claims.changed_at) })] : "");
}

function line(each) {
  const why = has(`living.code.${each.code}`) ? t(`living.code.${each.code}`) : each.code;
  const instead = each.instead ? ` · ${t(each.what === "product" ? "living.by_reserve" : "living.instead", { what: each.instead })}` : "";
  return h("span", null, h("b", null, t(`living.what.${each.what}`)), each.words ? ` ${each.words}` : "", h("span", { class: "quiet" }, ` · ${why}${instead}`));
}
