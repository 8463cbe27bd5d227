// How the models stand: what the provider allows, who waits, circuits that are open; and what every day cost.

import { get, id } from "/console/api.js";
import { h } from "/console/dom.js";
import { empty, problem, section, shape, skeleton } from "/console/parts.js";
import { day, duration, number, t, usd } from "/console/words.js";

const CIRCUITS = { closed: "done", half_open: "retrying", open: "failed" };

/** The models that cannot be called now. */
export const inTrouble = (models) => models.filter((each) => each.circuit !== "closed");

export function standing(model) {
  const now = Date.now() / 1000;
  if (model.circuit === "open") return t("limits.open", { time: duration(Math.max(model.opens_at - now, 0) * 1000), why: model.why });
  if (model.circuit === "half_open") return t("limits.half_open", { why: model.why });
  if (model.waits_until > now) return t("limits.waits", { time: duration((model.waits_until - now) * 1000) });
  return model.campaigns.length > 1 || model.booked_seconds > 1 ? t("limits.busy") : t("limits.free");
}

export function limits(app) {
  let models = null;
  let days = null;
  let names = new Map();
  let error = null;

  app.live(async (signal) => {
    models = (await get("/api/limits", { signal })).models;
    error = null;
    app.draw();
    return 3000;
  }, (found) => { error = found; });
  app.live(async (signal) => {
    const [spent, made] = await Promise.all([get("/api/spending", { signal }), get("/api/campaigns", { signal })]);
    days = spent.days;
    names = new Map(made.campaigns.map((each) => [each.campaign_id, each.request.sentence]));
    app.draw();
    return 30000;
  });

  function card(model) {
    const { quota } = model;
    const allowed = [quota.requests_per_minute && t("limits.requests", { n: quota.requests_per_minute }), quota.tokens_per_minute && t("limits.tokens", { n: quota.tokens_per_minute })].filter(Boolean);
    return h("li", { class: "panel limit", key: model.model },
      h("div", { class: "row" }, h("h2", { class: "grow mono" }, model.model), h("span", { class: ["state", model.circuit === "closed" ? "tone-good" : "tone-bad"] }, shape(CIRCUITS[model.circuit]), h("span", null, t(`limits.circuit.${model.circuit}`)))),
      h("p", null, standing(model)),
      h("div", { class: "figures" },
        h("div", { class: "figure" }, h("b", null, allowed[0] || t("limits.unlimited")), h("span", null, allowed[1] || t("limits.allowed"))),
        h("div", { class: "figure" }, h("b", null, duration(model.booked_seconds * 1000)), h("span", null, t("limits.booked"))),
        h("div", { class: "figure" }, h("b", null, number(model.campaigns.length)), h("span", null, t("limits.campaigns")))),
      model.campaigns.length ? h("ul", { class: "plain" }, model.campaigns.map((each) => h("li", { key: each }, h("a", { href: `/console/campaigns/${id(each)}` }, names.get(each) || each)))) : "");
  }

  function spending() {
    if (!days) return skeleton(2);
    const shown = days.slice(-14).reverse();
    if (!shown.length) return empty(t("limits.no_spending"), t("limits.no_spending_text"));
    const most = Math.max(...shown.map((each) => Number(each.totals.cost_usd)), 0.0001);
    return h("ul", { class: "plain spending" }, shown.map((each) => h("li", { key: each.day }, h("span", null, day(each.day)), h("i", { css: { width: `${Math.max(1, (100 * Number(each.totals.cost_usd)) / most)}%` } }), h("b", null, usd(each.totals.cost_usd)), h("span", { class: "quiet" }, t("cost.calls", { n: number(each.totals.calls) })))));
  }

  return {
    title: () => t("nav.limits"),
    view: () => h("div", { class: "page" },
      h("div", { class: "head" }, h("h1", null, t("nav.limits"))),
      h("p", { class: "lead" }, t("limits.text")),
      !models ? error && !error.passing ? problem(error) : skeleton(3)
        : models.length ? h("ul", { class: "plain limits" }, models.map(card)) : empty(t("limits.none"), t("limits.none_text")),
      section(t(app.config.offline_models ? "limits.spending_offline" : "limits.spending"), { id: "spending" }, spending())),
  };
}
