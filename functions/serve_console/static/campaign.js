// One sentence and what became of it; and the list of them.

import { get, id } from "/console/api.js";
import { briefEditor } from "/console/brief.js";
import { budgetPanel } from "/console/budget.js";
import { h } from "/console/dom.js";
import { releasesPanel } from "/console/promotion.js";
import { releasePanel, unreviewedTag } from "/console/release.js";
import { campaignRows } from "/console/home.js";
import { ago, empty, failure, icon, problem, progress, say, section, shape, skeleton, state } from "/console/parts.js";
import { list, money, number, pick, t, tn, usd } from "/console/words.js";

const ENDED = ["published", "failed", "retired"];

export function campaigns(app) {
  let made = null;
  let error = null;
  app.live(async (signal) => {
    made = (await get("/api/campaigns", { signal })).campaigns;
    app.draw();
    return made.some((each) => !["finished", "failed"].includes(each.status)) ? 3000 : 15000;
  }, (found) => { error = found; });
  return {
    title: () => t("nav.campaigns"),
    view: () => h("div", { class: "page" },
      h("div", { class: "head" }, h("h1", null, t("nav.campaigns")), h("a", { class: "button primary", href: "/console/?write=1" }, h("span", null, t("campaigns.new")))),
      made ? made.length ? campaignRows(made) : empty(t("campaigns.none"), t("campaigns.none_text"), h("a", { class: "button primary", href: "/console/?write=1" }, t("campaigns.new"))) : error && !error.passing ? problem(error) : skeleton(5)),
  };
}

export function campaign(app, campaignId) {
  let seen = null;
  let error = null;
  let trends = new Map();
  const told = new Map();

  app.live(async (signal) => {
    seen = await get(`/api/campaigns/${campaignId}`, { signal });
    error = null;
    for (const venue of seen.venues) {
      if (told.has(venue.venue_id) && told.get(venue.venue_id) !== venue.status) say(`${venue.theme.name}: ${t(`venue.${venue.status}`)}`);
      told.set(venue.venue_id, venue.status);
    }
    app.draw();
    if (!["finished", "failed"].includes(seen.campaign.status)) return seen.venues.length && seen.venues.every((each) => each.status === "in_review" || ENDED.includes(each.status)) ? 4000 : 1500;
    return 12000;
  }, (found) => { error = found; });
  app.live(async (signal) => {
    trends = new Map((await get("/api/trends", { signal })).trends.map((each) => [each.id, each]));
    app.draw();
    return 0;
  });

  const editor = briefEditor(app, campaignId, (changed) => { seen = { ...seen, campaign: changed }; });

  const budget = budgetPanel(app, campaignId, (now) => { seen = { ...seen, budget: now }; });
  const release = releasePanel(app, campaignId, (now) => { seen = { ...seen, campaign: now }; });
  const releases = releasesPanel(app, campaignId);
  const stopped = () => seen.venues.filter((each) => each.status === "failed" && each.failure?.code === "cap_reached").length;

  function understood(made) {
    if (!made.brief) return made.status === "failed" ? "" : h("div", { class: "understanding busy" }, state("campaign", made.status), h("span", { class: "quiet" }, t("campaign.reading")));
    return editor(made);
  }

  function again(made) {
    const query = new URLSearchParams({ sentence: made.request.sentence });
    for (const name of ["industry", "venues", "catalogue", "promotion", "language"]) if (made.request[name]) query.set(name, made.request[name]);
    return h("a", { class: "button small", href: `/console/?${query}` }, h("span", null, t("campaign.again")));
  }

  // Trends are listed with their source and heat below; what was counted in the catalogue comes as a sentence.
  const facts = (theme) => (theme.evidence || []).filter((each) => each.kind !== "trend");

  const prices = ({ price_low: low, price_high: high, currency }) => [low, high].map((amount) => (currency ? money({ amount, currency }) : number(amount))).join("–");

  function card(venue) {
    const theme = venue.theme;
    const evidence = theme.trend_ids.map((each) => trends.get(each)).filter(Boolean);
    return h("li", { class: "card venue-card", key: venue.venue_id },
      h("a", { class: "card-link", href: `/console/venues/${id(venue.venue_id)}` }, h("h3", null, theme.name)),
      theme.slogan && h("p", { class: "quiet" }, theme.slogan),
      progress(venue),
      h("div", { class: "card-state" }, state("venue", venue.status),
        h("span", { class: "quiet" }, venue.status === "generating" && venue.materials_total ? t("venue.materials_of", { ready: venue.materials_ready, total: venue.materials_total }) : venue.products ? t("products.n", { n: venue.products }) : ""),
        h("span", { class: "quiet end" }, ago(venue.updated_at))),
      venue.status === "published" && venue.stock_low != null && h("p", null, h("span", { class: "tag", title: t("stock_low.help") }, shape("warning"), t("stock_low", { n: venue.stock_low }))),
      venue.live_unreviewed && venue.status === "published" && h("p", null, unreviewedTag(venue)),
      venue.failure && h("p", { class: "card-failure" }, h("b", null, venue.failure.message), venue.failure.mend ? ` ${venue.failure.mend}` : ""),
      h("details", { class: "why" }, h("summary", null, h("span", null, t("theme.why")), h("span", { class: "quiet" }, evidence.length ? t("theme.evidence_n", { n: evidence.length }) : facts(theme).length ? t("theme.facts_n", { n: facts(theme).length }) : t(`kind.${theme.kind}`))),
        h("dl", { class: "facts" },
          theme.reason && [h("dt", null, t("theme.reason")), h("dd", null, theme.reason)],
          h("dt", null, t("theme.kind")), h("dd", null, t(`kind.${theme.kind}`)),
          evidence.length ? [h("dt", null, t("theme.evidence")), h("dd", null, h("ul", { class: "plain" }, evidence.map((each) => h("li", null, each.title, h("small", { class: "quiet" }, ` ${each.source} · ${t("heat")} ${number(each.heat, { maximumFractionDigits: 0 })}`)))))] : "",
          theme.trend_ids.length > evidence.length && [h("dt", null, t("theme.evidence")), h("dd", { class: "mono" }, theme.trend_ids.filter((each) => !trends.has(each)).join(", "))],
          facts(theme).length ? [h("dt", null, t("theme.facts")), h("dd", null, h("ul", { class: "plain" }, facts(theme).map((each) => h("li", null, each.said))))] : "",
          h("dt", null, t("theme.depth")), h("dd", null, t("products.n", { n: theme.stock_depth }), theme.merchants ? ` · ${t("theme.merchants_n", { n: theme.merchants })}` : ""),
          theme.price_low != null && theme.price_high != null ? [h("dt", null, t("theme.prices")), h("dd", null, prices(theme))] : "",
          theme.subthemes.length ? [h("dt", null, t("theme.subthemes")), h("dd", null, list(theme.subthemes.map((each) => each.depth ? `${each.name} (${number(each.depth)})` : each.name)))] : "",
          h("dt", null, t("theme.keywords")), h("dd", null, list(theme.keywords)))));
  }

  function earlierPlan(plan) {
    const of = seen.venues.filter((each) => plan.venue_ids.includes(each.venue_id));
    return h("li", { class: "line earlier", key: `plan-${plan.plan}` },
      h("span", { class: "line-main" }, h("b", null, t("campaign.plan_n", { plan: plan.plan })), h("small", null, list([...plan.brief.subjects, ...plan.brief.constraints]) || plan.brief.idea),
        of.length ? h("small", null, of.map((each, place) => [place ? " · " : "", h("a", { href: `/console/venues/${id(each.venue_id)}` }, each.theme.name), ` (${t(`venue.${each.status}`)})`])) : ""),
      h("span", { class: "line-side" }, h("span", { class: "quiet" }, tn("campaign.replaced", { who: plan.replaced_by, when: ago(plan.replaced_at) }))));
  }

  return {
    title: () => seen?.campaign.request.sentence.slice(0, 40) || t("nav.campaigns"),
    view() {
      if (!seen) return h("div", { class: "page" }, error && !error.passing ? problem(error) : skeleton(4));
      const { campaign: made, cost } = seen;
      const venues = seen.venues.filter((each) => (each.plan || 1) === (made.plan || 1));
      const count = (...which) => venues.filter((each) => which.includes(each.status)).length;
      const waiting = count("in_review");
      const spending = budget(seen.budget, stopped());
      const alarm = stopped() || seen.budget.reached_at;
      return h("div", { class: "page" },
        h("nav", { class: "crumbs", "aria-label": t("crumbs") }, h("a", { href: "/console/campaigns" }, t("nav.campaigns"))),
        h("div", { class: "head" }, h("h1", { class: "sentence" }, made.request.sentence), h("div", { class: "row" }, state("campaign", made.status), again(made))),
        h("p", { class: "meta" }, h("span", null, tn("campaign.by", { who: made.requested_by, when: ago(made.created_at) })),
          venues.length ? h("span", null, t("campaign.tally", { published: count("published"), total: venues.length })) : "",
          h("span", { title: t("cost.detail", { calls: cost.calls, input: cost.input_tokens, output: cost.output_tokens, images: cost.images }) }, t(app.config.offline_models ? "cost.would" : "cost.was", { cost: usd(cost.cost_usd) })),
          h("span", null, t("cost.calls", { n: cost.calls }))),
        made.failure && failure(made.failure, "campaign"),
        waiting ? h("div", { class: "banner mine", key: "waiting" }, h("div", null, h("b", null, t("need.review", { n: waiting }))), h("a", { class: "button primary", href: `/console/review/${id(venues.find((each) => each.status === "in_review").venue_id)}` }, h("span", null, t("need.start")))) : "",
        alarm ? spending : "",
        section(t("campaign.understood"), { id: "understood", aside: made.brief?.offline ? h("span", { class: "tag" }, t("offline.short")) : "" }, made.brief && made.brief.idea && made.brief.idea !== made.request.sentence ? h("p", { class: "idea" }, made.brief.idea) : "", understood(made)),
        section(t("campaign.venues"), { id: "venues", count: venues.length ? number(venues.length) : undefined },
          venues.length ? h("ul", { class: "cards" }, venues.map(card)) : ["finished", "failed"].includes(made.status) ? empty(t("campaign.no_venues"), t("campaign.no_venues_text"), again(made)) : skeleton(2)),
        releases(venues),
        alarm ? "" : spending,
        release(made),
        pick(made.note) ? h("p", { class: "plan-note", role: "note" }, pick(made.note)) : "",
        made.rejected.length ? section(t("campaign.rejected"), { id: "rejected", count: number(made.rejected.length) },
          h("ul", { class: "rows" }, made.rejected.map((each) => h("li", { class: "line", key: each.name }, h("span", { class: "line-main" }, h("b", null, each.name), h("small", null, pick(each.reason)), pick(each.mend) ? h("small", { class: "mend" }, h("b", null, t("error.todo")), " ", pick(each.mend)) : ""), h("span", { class: "line-side" }, h("span", { class: "tag" }, icon("cross"), t(`rejected.${each.code}`))))))) : "",
        (made.earlier || []).length ? section(t("campaign.earlier"), { id: "earlier", count: number(made.earlier.length) }, h("ul", { class: "rows" }, [...made.earlier].reverse().map(earlierPlan))) : "");
    },
  };
}
