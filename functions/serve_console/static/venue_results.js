// What a venue came to in the last seven days, for its own screen: asked for when somebody opens it.

import { get, id } from "/console/api.js";
import { h } from "/console/dom.js";
import { problem, skeleton } from "/console/parts.js";
import { hoursOf, minor, rate, upliftBar } from "/console/results.js";
import { number, percent, pick, t } from "/console/words.js";

/** The panel of one venue; give it the venue's record. */
export function venueResults(app, venueId) {
  let told = null;
  let error = null;
  let asking = false;

  async function load() {
    if (asking || told) return;
    asking = true;
    error = null;
    app.draw();
    try {
      const hours = hoursOf("7");
      told = await get(`/api/results?by=placement&venue=${id(venueId)}&from=${hours.from}&to=${hours.to}`);
    } catch (trouble) {
      error = trouble;
    }
    asking = false;
    app.draw();
  }

  function body() {
    if (error) return problem(error, { retry: load });
    if (!told) return skeleton(2);
    if (!told.total.counts.impressions) return h("p", { class: "quiet" }, t("results.none_text"));
    return h("ul", { class: "rows" }, [...told.rows, ...(told.rows.length > 1 ? [told.total] : [])].map((row) => h("li", { class: "line", key: row.key || "total" },
      h("span", { class: "line-main" },
        h("b", null, pick(row.name) || row.key),
        h("small", null, [
          `${t("results.impressions")} ${number(row.counts.impressions)} (${percent(row.share)})`,
          `${t("results.ctr")} ${rate(row.ctr.value)}${row.few ? ` · ${t("results.few")}` : ""}`,
          `${t("results.orders")} ${number(row.counts.orders)} · ${minor(row.counts.order_value, told)}`,
        ].join(" · "))),
      h("span", { class: "line-side" }, upliftBar(row.uplift)))));
  }

  return (venue) => (["published", "retired"].includes(venue.status)
    ? h("details", { class: "why", key: "results", on: { toggle(event) { if (event.target.open) load(); } } },
      h("summary", null, h("span", null, t("results.venue"))), told || error || asking ? body() : "")
    : "");
}
