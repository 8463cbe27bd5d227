// How a campaign's pages come to buyers: how fast people decide about them, and whether an admin lets them go live without.

import { get, id, patch } from "/console/api.js";
import { h } from "/console/dom.js";
import { button, confirm, section, shape, toast, toastError } from "/console/parts.js";
import { may } from "/console/session.js";
import { duration, number, t } from "/console/words.js";

/** The badge of a page that nobody looked at. */
export const unreviewedTag = (venue) => (venue.live_unreviewed && venue.status === "published" ? h("span", { class: "tag warn", title: t("unreviewed.help") }, shape("warning"), t("unreviewed.tag")) : "");

/** A pace in a line: "median 4.2 s per venue · 12 decided". */
export const paceLine = (pace) => (pace.median_seconds === null ? t("pace.unmeasured", { n: pace.decisions }) : t("pace.line", { time: duration(pace.median_seconds * 1000), n: pace.measured }));

export function releasePanel(app, campaignId, changed) {
  let pace = null;
  let busy = false;

  app.live(async (signal) => {
    pace = await get(`/api/review/pace?days=31&campaign_id=${id(campaignId)}`, { signal });
    app.draw();
    return 30000;
  });

  async function set(unreviewed) {
    if (unreviewed && !await confirm(t("unreviewed.title"), t("unreviewed.text"), { yes: t("unreviewed.on"), danger: true })) return;
    busy = true;
    app.draw();
    try {
      changed(await patch(`/api/campaigns/${id(campaignId)}/review`, { unreviewed_pictures: unreviewed }));
      toast(t(unreviewed ? "unreviewed.set" : "unreviewed.taken_back"), { state: "done" });
    } catch (error) { toastError(error); }
    busy = false;
    app.draw();
  }

  return (campaign) => {
    const { total, reviewers } = pace || { total: { decisions: 0 }, reviewers: [] };
    const unreviewed = campaign.unreviewed_pictures;
    if (!unreviewed && !total.decisions && !may("admin")) return "";
    return section(t("nav.review"), { id: "review", kind: "release" },
      total.decisions ? h("div", { class: "figures" },
        h("div", { class: "figure" }, h("b", null, total.median_seconds === null ? "–" : duration(total.median_seconds * 1000)), h("span", null, t("pace.median"))),
        h("div", { class: "figure" }, h("b", null, number(total.approved)), h("span", null, t("pace.approved"))),
        h("div", { class: "figure" }, h("b", null, number(total.rejected)), h("span", null, t("pace.rejected")))) : "",
      reviewers.length > 1 ? h("ul", { class: "plain quiet" }, reviewers.map((each) => h("li", { key: each.reviewer }, `${each.reviewer} · ${paceLine(each)}`))) : "",
      unreviewed ? h("div", { class: "problem", role: "status" }, shape("warning"), h("div", null,
        h("p", { class: "problem-what" }, t("unreviewed.is_set", { who: campaign.unreviewed_by })), h("p", null, t("unreviewed.means")))) : h("p", { class: "quiet" }, t("unreviewed.is_off")),
      unreviewed || may("admin") ? h("div", { class: "row" }, button(t(unreviewed ? "unreviewed.off" : "unreviewed.on"), { roles: ["admin"], kind: unreviewed ? "primary" : "", busy, on: () => set(!unreviewed) })) : "");
  };
}
