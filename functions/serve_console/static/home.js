// Home: what needs me now, then the sentence, then what was made lately.

import { get, id, post } from "/console/api.js";
import { h } from "/console/dom.js";
import { brokenNeed, brokenNow } from "/console/broken.js";
import { inTrouble, standing } from "/console/limits.js";
import { ago, button, empty, explain, icon, section, shape, skeleton, state, toast } from "/console/parts.js";
import { day, pick, t, tn } from "/console/words.js";
import { may } from "/console/session.js";

const DRAFT = "hc.draft";
const LONGEST = 500;
const MOST_VENUES = 200;
const nothing = (cap) => /^0+([.,]0*)?$/.test(cap.trim());

export function home(app) {
  const seen = { review: null, failed: null, low: [], broken: [], models: [], campaigns: null, festivals: null, error: null };
  const draft = { sentence: "", industry: "", venues: "", catalogue: "", promotion: "", language: "", cap: "", rush: false, more: false, ...JSON.parse(sessionStorage.getItem(DRAFT) || "{}") };
  let sending = false;
  let wrong = null;
  let attempt = { body: "", key: "" }; // one key per intent: a request repeated after a lost answer makes no second campaign

  const keep = () => sessionStorage.setItem(DRAFT, JSON.stringify(draft));
  const given = new URLSearchParams(location.search);
  if (given.has("sentence")) {
    Object.assign(draft, { sentence: given.get("sentence"), industry: given.get("industry") || "", venues: given.get("venues") || "", catalogue: given.get("catalogue") || "", promotion: given.get("promotion") || "", language: given.get("language") || "" });
    draft.more = Boolean(draft.catalogue || draft.promotion || draft.language);
    keep();
  }
  if (given.has("sentence") || given.has("write")) {
    history.replaceState(null, "", "/console/");
    setTimeout(() => document.getElementById("sentence")?.focus());
  }

  app.live(async (signal) => {
    const [inReview, failed, made] = await Promise.all([
      get("/api/venues?status=in_review", { signal }), get("/api/venues?status=failed", { signal }), get("/api/campaigns", { signal })]);
    seen.review = [...inReview.venues].sort((one, other) => one.updated_at.localeCompare(other.updated_at));
    app.waiting = seen.review;
    seen.failed = failed.venues;
    seen.campaigns = made.campaigns;
    seen.error = null;
    app.draw();
    return made.campaigns.some((each) => !["finished", "failed"].includes(each.status)) ? 3000 : 12000;
  }, (error) => { seen.error = error; });
  app.live(async (signal) => {
    const { venues } = await get("/api/venues?status=published", { signal });
    seen.low = venues.filter((each) => each.stock_low != null);
    seen.broken = venues.filter(brokenNow);
    app.draw();
    return 30000;
  });
  app.live(async (signal) => {
    seen.models = (await get("/api/limits", { signal })).models;
    app.draw();
    return 15000;
  });
  app.live(async (signal) => {
    seen.festivals = (await get("/api/festivals?days=90", { signal })).festivals;
    app.draw();
    return 3600000;
  });

  async function create(event) {
    event.preventDefault();
    if (sending) return;
    wrong = null;
    const sentence = draft.sentence.trim();
    if (!sentence) wrong = { where: "sentence", text: t("sentence.empty") };
    else if ([...sentence].length > LONGEST) wrong = { where: "sentence", text: t("sentence.long", { n: [...sentence].length, most: LONGEST }) };
    if (wrong) {
      document.getElementById("sentence").focus();
      app.draw();
      return;
    }
    sending = true;
    app.draw();
    const body = { sentence };
    for (const name of ["industry", "catalogue", "promotion", "language"]) if (draft[name]) body[name] = draft[name].trim();
    if (draft.venues) body.venues = Number(draft.venues);
    const cap = draft.cap.trim().replace(",", ".");
    if (cap && !/^\d{1,7}(\.\d{1,4})?$/.test(cap)) {
      wrong = { where: "cap_usd", text: t("budget.cap_wrong") };
      sending = false;
      app.draw();
      document.getElementById("cap")?.focus();
      return;
    }
    if (cap) body.cap_usd = cap;
    if (draft.rush) body.rush = true;
    if (attempt.body !== JSON.stringify(body)) attempt = { body: JSON.stringify(body), key: crypto.randomUUID() };
    try {
      const campaign = await post("/api/campaigns", body, { headers: { "Idempotency-Key": attempt.key } });
      sessionStorage.removeItem(DRAFT);
      app.go(`/console/campaigns/${id(campaign.campaign_id)}`);
      toast(t("sentence.started"), { state: "done" });
    } catch (error) {
      const told = explain(error);
      wrong = { where: error.where || "sentence", text: [told.what, told.said].filter(Boolean).join(" "), todo: told.todo };
      sending = false;
      app.draw();
    }
  }

  function box() {
    const typed = (name) => ({ input() { draft[name] = this.value; wrong = null; keep(); } });
    const allowed = may("operator");
    return h("form", { class: "sentence-box", key: "sentence-box", on: { submit: create }, novalidate: true },
      h("label", { class: "unseen", for: "sentence" }, t("sentence.label")),
      h("textarea", { id: "sentence", name: "sentence", rows: 2, placeholder: t("sentence.placeholder"), value: draft.sentence, "aria-describedby": "sentence-note", "aria-invalid": wrong?.where === "sentence" ? "true" : null,
        on: { ...typed("sentence"), keydown(event) { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) create(event); } } }),
      h("div", { class: "sentence-row" },
        h("select", { "aria-label": t("industry"), value: draft.industry, on: { change() { draft.industry = this.value; keep(); } } },
          h("option", { value: "" }, t("industry.any")), app.config.industries.map((each) => h("option", { value: each.code }, pick(each)))),
        h("label", { class: "inline" }, h("span", null, t("venues.count")),
          h("input", { type: "number", min: 1, max: MOST_VENUES, inputmode: "numeric", placeholder: t("venues.auto"), value: draft.venues, on: typed("venues") })),
        h("button", { type: "button", class: "button bare", "aria-expanded": String(draft.more), "aria-controls": "sentence-more", on: { click() { draft.more = !draft.more; keep(); app.draw(); } } }, h("span", null, t("more")), icon("more")),
        h("span", { class: "grow" }),
        button(sending ? t("sentence.sending") : t("sentence.go"), { type: "submit", kind: "primary", roles: ["operator"], busy: sending })),
      draft.more ? h("div", { class: "sentence-more", id: "sentence-more", key: "more" },
        h("label", { class: "inline" }, h("span", null, t("catalogue")), h("input", { type: "text", placeholder: t("catalogue.any"), value: draft.catalogue, on: typed("catalogue") })),
        h("label", { class: "inline" }, h("span", null, t("promotion")), h("input", { type: "text", placeholder: t("promotion.any"), value: draft.promotion, on: typed("promotion") })),
        h("label", { class: "inline" }, h("span", null, t("page_language")), h("select", { value: draft.language, on: { change() { draft.language = this.value; keep(); } } },
          h("option", { value: "" }, t("page_language.auto")), h("option", { value: "zh" }, "中文"), h("option", { value: "en" }, "English"))),
        h("label", { class: "inline" }, h("span", null, t("budget.cap_usd")), h("input", { type: "text", id: "cap", inputmode: "decimal", placeholder: t("budget.cap_default"), value: draft.cap, "aria-describedby": "cap-note", on: { input() { draft.cap = this.value; wrong = null; keep(); app.draw(); } } })),
        h("label", { class: "check" }, h("input", { type: "checkbox", checked: draft.rush, on: { change() { draft.rush = this.checked; keep(); } } }), h("span", null, t("budget.rush_on"))),
        h("p", { id: "cap-note", class: ["sentence-more-note", nothing(draft.cap) && "warned"] }, nothing(draft.cap) ? [shape("warning"), t("budget.cap_nothing")] : t("budget.cap_help"))) : "",
      h("p", { id: "sentence-note", class: ["sentence-note", wrong && "wrong"], role: wrong ? "alert" : null },
        wrong ? [wrong.text, wrong.todo ? ` ${wrong.todo}` : ""].join("") : allowed ? t("sentence.help") : t("role.needed", { role: t("role.operator") })));
  }

  const use = (sentence) => { draft.sentence = sentence; keep(); app.draw(); document.getElementById("sentence").focus(); };

  function needs() {
    if (!seen.review) return seen.error && !seen.error.passing ? null : skeleton(2);
    const rows = [];
    if (seen.review.length) {
      const oldest = seen.review[0];
      rows.push(h("li", { class: "need", key: "review" }, shape("in_review"),
        h("div", null, h("b", null, t("need.review", { n: seen.review.length })), h("span", null, tn("need.oldest", { when: ago(oldest.updated_at), name: oldest.theme.name }))),
        h("a", { class: ["button", may("reviewer") && "primary"], href: "/console/review" }, h("span", null, may("reviewer") ? t("need.start") : t("need.look")))));
    }
    for (const model of inTrouble(seen.models)) {
      rows.push(h("li", { class: "need", key: `model-${model.model}` }, shape("failed"),
        h("div", null, h("b", null, t("need.model", { model: model.model })), h("span", null, standing(model)), h("span", { class: "mend" }, h("b", null, t("error.todo")), " ", t("need.model_mend"))),
        h("a", { class: "button", href: "/console/limits" }, h("span", null, t("open")))));
    }
    rows.push(...seen.broken.slice(0, 3).map(brokenNeed));
    if (seen.broken.length > 3) rows.push(h("li", { class: "need-more", key: "more-broken" }, h("a", { href: "/console/venues?status=published" }, t("need.broken_more", { n: seen.broken.length - 3 }))));
    const capped = (seen.failed || []).filter((each) => each.failure?.code === "cap_reached");
    for (const campaignId of new Set(capped.map((each) => each.campaign_id))) {
      const sentence = (seen.campaigns || []).find((each) => each.campaign_id === campaignId)?.request.sentence || campaignId;
      rows.push(h("li", { class: "need", key: `cap-${campaignId}` }, shape("failed"),
        h("div", null, h("b", null, t("need.capped", { sentence })), h("span", null, t("need.capped_text", { n: capped.filter((each) => each.campaign_id === campaignId).length })),
          h("span", { class: "mend" }, h("b", null, t("error.todo")), " ", t("need.capped_mend"))),
        h("a", { class: "button", href: `/console/campaigns/${id(campaignId)}` }, h("span", null, t("open")))));
    }
    const others = (seen.failed || []).filter((each) => each.failure?.code !== "cap_reached");
    for (const venue of others.slice(0, 3)) {
      rows.push(h("li", { class: "need", key: venue.venue_id }, shape("failed"),
        h("div", null, h("b", null, tn("need.failed", { name: venue.theme.name })), h("span", null, venue.failure?.message || t("failure.venue")),
          h("span", { class: "mend" }, h("b", null, t("error.todo")), " ", venue.failure?.mend || t("failure.mend"))),
        h("a", { class: "button", href: `/console/venues/${id(venue.venue_id)}` }, h("span", null, t("open")))));
    }
    for (const venue of seen.low.slice(0, 3)) {
      rows.push(h("li", { class: "need", key: `low-${venue.venue_id}` }, shape("warning"),
        h("div", null, h("b", null, tn("need.stock_low", { name: venue.theme.name })), h("span", null, t("stock_low", { n: venue.stock_low })), h("span", { class: "mend" }, h("b", null, t("error.todo")), " ", t("stock_low.help"))),
        h("a", { class: "button", href: `/console/venues/${id(venue.venue_id)}` }, h("span", null, t("open")))));
    }
    if (seen.low.length > 3) rows.push(h("li", { class: "need-more", key: "more-low" }, h("a", { href: "/console/venues?status=published" }, t("need.stock_low_more", { n: seen.low.length - 3 }))));
    if (others.length > 3) rows.push(h("li", { class: "need-more", key: "more" }, h("a", { href: "/console/venues?status=failed" }, t("need.failed_more", { n: others.length - 3 }))));
    for (const made of (seen.campaigns || []).filter((each) => each.status === "failed").slice(0, 2)) {
      rows.push(h("li", { class: "need", key: made.campaign_id }, shape("failed"),
        h("div", null, h("b", null, t("need.campaign_failed", { sentence: made.request.sentence })), h("span", null, made.failure?.message || t("failure.campaign")), made.failure?.mend ? h("span", { class: "mend" }, h("b", null, t("error.todo")), " ", made.failure.mend) : ""),
        h("a", { class: "button", href: `/console/campaigns/${id(made.campaign_id)}` }, h("span", null, t("open")))));
    }
    return rows.length ? h("ul", { class: "needs" }, rows) : h("p", { class: "nothing" }, shape("done"), t("need.nothing"));
  }

  function festivals() {
    if (!seen.festivals?.length) return "";
    return h("ul", { class: "festivals", key: "festivals", "aria-label": t("festivals") }, seen.festivals.slice(0, 5).map((each) => {
      const { date } = each;
      const name = pick(each.name);
      const soon = each.days_left <= each.lead_days;
      return h("li", { key: date + name }, h("button", { type: "button", class: ["festival", soon && "soon"], title: t("festival.use"), on: { click() { use(t("festival.sentence", { name })); } } },
        h("b", null, name), h("span", null, day(date)), h("span", { class: "festival-left" }, soon ? t("festival.now", { n: each.days_left }) : t("festival.left", { n: each.days_left }))));
    }));
  }

  return {
    title: () => t("nav.home"),
    view() {
      const made = seen.campaigns;
      return h("div", { class: "page home" },
        h("h1", { class: "unseen" }, t("nav.home")),
        section(t("home.needs"), { id: "needs" }, needs()),
        section(t("home.write"), { id: "write", kind: "write" }, box(), festivals()),
        section(t("home.recent"), { id: "recent", aside: made?.length > 8 ? h("a", { href: "/console/campaigns" }, t("all")) : "" },
          made === null ? skeleton(3) : made.length ? campaignRows(made.slice(0, 8)) : empty(t("campaigns.none"), t("campaigns.none_text"),
            ...["example.1", "example.2", "example.3"].map((key) => button(t(key), { small: true, on: () => use(t(key)) })))));
    },
  };
}

export function campaignRows(made) {
  return h("ul", { class: "rows" }, made.map((each) => h("li", { key: each.campaign_id }, h("a", { class: "line", href: `/console/campaigns/${id(each.campaign_id)}` },
    h("span", { class: "line-main" }, h("b", null, each.request.sentence), h("small", null, each.requested_by, " · ", ago(each.created_at))),
    h("span", { class: "line-side" }, each.venue_ids.length ? h("span", { class: "quiet" }, t("venues.n", { n: each.venue_ids.length })) : "", state("campaign", each.status))))));
}
