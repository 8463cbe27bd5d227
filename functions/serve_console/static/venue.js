// One venue: its way, its page, and why it is as it is; and the list of them.

import { get, id, post } from "/console/api.js";
import { h } from "/console/dom.js";
import { brokenNote } from "/console/broken.js";
import { finding, lookedWith, stepNote, styleChosen, templateChosen } from "/console/findings.js";
import { firstImages } from "/console/first_images.js";
import { floorDesk } from "/console/floors.js";
import { livingPanel } from "/console/living.js";
import { looked } from "/console/looking.js";
import { posters } from "/console/posters.js";
import { proof } from "/console/proof.js";
import { componentName, holdRejection, material, newPanel, rejectionLack, rejectPanel } from "/console/materials.js";
import { merchandising } from "/console/merchandising.js";
import { ago, button, chip, confirm, device, dialog, empty, failure, icon, outside, picture, problem, progress, say, section, shape, skeleton, state, switcher, toast, toastError } from "/console/parts.js";
import { unreviewedTag } from "/console/release.js";
import { segmentPages } from "/console/segments.js";
import { venueResults } from "/console/venue_results.js";
import { may } from "/console/session.js";
import { clock, duration, exact, has, list, money, number, pick, t, tn, usd } from "/console/words.js";

const TABS = ["preview", "products", "materials", "inspection", "cost", "proof", "audit"];
const STATUSES = ["in_review", "failed", "generating", "published", "retired"];
const RECALLS = ["RecallBySearch", "RecallByVector", "RecallByRules"];
const MOVING = ["planned", "selecting", "generating", "staged", "approved"];

export function venues(app) {
  let status = new URLSearchParams(location.search).get("status") || "";
  let found = null;
  let error = null;
  const poll = app.live(async (signal) => {
    found = (await get(`/api/venues${status ? `?status=${id(status)}` : ""}`, { signal })).venues;
    app.draw();
    return found.some((each) => MOVING.includes(each.status)) ? 3000 : 12000;
  }, (trouble) => { error = trouble; });
  return {
    title: () => t("nav.venues"),
    view: () => h("div", { class: "page" },
      h("div", { class: "head" }, h("h1", null, t("nav.venues"))),
      switcher(t("status"), [["", t("all")], ...STATUSES.map((each) => [each, t(`venue.${each}`)])], status, (next) => {
        status = next; found = null;
        history.replaceState(null, "", `/console/venues${next ? `?status=${next}` : ""}`);
        app.draw(); poll.now();
      }),
      !found ? error && !error.passing ? problem(error) : skeleton(5) : !found.length ? empty(t("venues.none"), t("venues.none_text"), h("a", { class: "button", href: "/console/?write=1" }, t("campaigns.new")))
        : h("ul", { class: "rows" }, found.map((each) => h("li", { key: each.venue_id }, h("a", { class: "line line-venue", href: `/console/venues/${id(each.venue_id)}` },
          h("span", { class: "line-main" }, h("b", null, each.theme.name), h("small", null, each.failure ? each.failure.message : each.theme.slogan || "")), progress(each),
          h("span", { class: "line-side" }, h("span", { class: "quiet" }, ago(each.updated_at)), state("venue", each.status))))))),
  };
}

export function venue(app, wanted, tabName) {
  const path = `/api/venues/${wanted}`;
  let tab = TABS.includes(tabName) ? tabName : "preview";
  let seen = null;
  let error = null;
  let staged = null; // {version, url, error}
  let frame = matchMedia("(max-width: 800px)").matches ? "phone" : "both";
  const extra = {}; // products, calls, audit: {data, error, at}
  let filter = "";
  let chosen = new Set();
  let panel = null;
  let busy = "";
  let told = "";
  let sentence = "";
  const living = livingPanel(app, wanted);
  const results = venueResults(app, wanted);
  const segments = segmentPages(app);
  const images = firstImages(app);
  const goods = merchandising(app, { wanted, path, venue: () => seen.venue, products: () => extra.products?.data, saved: () => poll.now() });

  const poll = app.live(async (signal) => {
    seen = await get(path, { signal });
    error = null;
    if (!told) get(`/api/campaigns/${id(seen.venue.campaign_id)}`, { signal }).then(({ campaign }) => { sentence = campaign.request.sentence; app.draw(); }, () => { sentence = ""; });
    if (told && told !== seen.venue.status) say(`${seen.venue.theme.name}: ${t(`venue.${seen.venue.status}`)}`);
    if (!told) reveal();
    told = seen.venue.status;
    fetchTab();
    app.draw();
    return MOVING.includes(seen.venue.status) ? 1500 : 8000;
  }, (found) => { error = found; });

  function fetchTab(force = false) {
    const { venue: it } = seen;
    if (tab === "preview" && it.staged_version && (force || staged?.version !== it.staged_version)) {
      staged = { version: it.staged_version, url: "", error: null };
      const mine = staged;
      post(`${path}/preview`).then((answer) => { mine.url = answer.url; mine.expires = answer.expires_at; }, (found) => { mine.error = found; }).finally(() => app.draw());
    }
    const from = { products: "products", cost: "calls", proof: "proof", audit: "audit" }[tab];
    // What a venue holds changes with its revision only.
    if (from && (force || extra[tab]?.revision !== it.revision)) {
      const mine = { ...extra[tab], revision: it.revision, error: null };
      extra[tab] = mine;
      get(`${path}/${from}`).then((answer) => { mine.data = answer; }, (found) => { mine.error = found; }).finally(() => app.draw());
    }
  }

  function turn(next) {
    tab = next;
    history.replaceState(null, "", `/console/venues/${wanted}${next === "preview" ? "" : `/${next}`}`);
    if (seen) fetchTab();
    app.draw();
    reveal();
  }

  // On a phone the row of tabs is wider than the screen.
  const reveal = () => requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById(`tab-${tab}`)?.scrollIntoView({ inline: "center", block: "nearest" })));

  async function act(name, send, done) {
    busy = name;
    app.draw();
    try {
      await send();
      toast(done, { state: "done" });
    } catch (found) {
      toastError(found);
    }
    busy = "";
    poll.now();
    app.draw();
  }

  const floorsPanel = floorDesk({ app, path, act });

  // --- actions ---------------------------------------------------------------------------------------------------------

  async function publish(it) {
    if (await confirm(t("publish.title", { name: it.theme.name }), t("publish.text"), { yes: t("publish") })) await act("publish", () => post(`${path}/publish`), t("publish.done"));
  }

  async function retire(it) {
    if (await confirm(t("retire.title", { name: it.theme.name }), t("retire.text"), { yes: t("retire"), danger: true })) await act("retire", () => post(`${path}/retire`), t("retire.done"));
  }

  async function rollBack(it) {
    const earlier = [...it.previous_versions].reverse();
    let version = earlier[0];
    const yes = await dialog((close) => h("form", { on: { submit(event) { event.preventDefault(); close(version); } } },
      h("h2", null, t("rollback.title", { name: it.theme.name })), h("p", null, t("rollback.text")),
      h("fieldset", { class: "choices" }, h("legend", { class: "unseen" }, t("rollback.version")), earlier.map((each, index) => h("label", { class: "check" }, h("input", { type: "radio", name: "version", value: each, checked: index === 0, on: { change() { version = each; } } }), h("code", null, each.slice(0, 12)), index === 0 ? h("span", { class: "quiet" }, t("rollback.latest")) : ""))),
      h("div", { class: "row end" }, h("button", { type: "button", class: "button", on: { click() { close(); } } }, h("span", null, t("cancel"))), h("button", { type: "submit", class: "button danger" }, h("span", null, t("rollback"))))), { label: t("rollback") });
    if (yes) await act("rollback", () => post(`${path}/rollback`, { version_id: yes }), t("rollback.done"));
  }

  function actions(it) {
    const can = Boolean(it.approved_version) && ["failed", "retired", "approved", "published"].includes(it.status);
    const noPublish = it.status === "published" && it.live_version === it.approved_version ? t("publish.already") : can ? "" : t("publish.not_yet");
    const noBack = it.status !== "published" ? t("rollback.not_live") : it.previous_versions.length ? "" : t("rollback.none");
    return h("div", { class: "row actions", role: "group", "aria-label": t("actions") },
      it.status === "in_review" ? h("a", { class: ["button", may("reviewer") && "primary"], href: `/console/review/${id(it.venue_id)}` }, icon("review"), h("span", null, t("nav.review"))) : "",
      it.staged_version && it.status !== "retired" ? h("a", { class: "button", href: `/console/venues/${id(it.venue_id)}/edit` }, h("span", null, t("editor.open"))) : "",
      it.status === "published" ? outside(seen.live_url, t("open_live"), "button") : "",
      button(t("publish"), { key: "publish", kind: can && !noPublish ? "primary" : "", roles: ["operator"], blocked: noPublish, busy: busy === "publish", on: () => publish(it) }),
      button(t("rollback"), { key: "rollback", roles: ["operator"], blocked: noBack, busy: busy === "rollback", on: () => rollBack(it) }),
      button(t("retire"), { key: "retire", roles: ["operator"], blocked: it.status === "published" ? "" : t("rollback.not_live"), busy: busy === "retire", on: () => retire(it) }),
      may("operator") ? "" : h("span", { class: "quiet" }, t("role.needed", { role: t("role.operator") })));
  }

  // --- the way -----------------------------------------------------------------------------------------------------------

  function track(it, steps, names) {
    const by = new Map(steps.map((each) => [each.step, each]));
    const last = Math.max(-1, ...steps.map((each) => names.indexOf(each.step)));
    let finished = 0;
    const rows = names.map((name, index) => {
      const found = by.get(name);
      let status = found?.status || (index < last || ["published", "retired"].includes(it.status) ? "skipped" : "to_come");
      if (found?.status === "running" && name === "RequestReview") status = "waiting";
      if (found?.status === "done" || status === "skipped") finished += 1;
      const took = found?.ended_at ? Date.parse(found.ended_at) - Date.parse(found.started_at) : found && status === "running" ? Date.now() - Date.parse(found.started_at) : null;
      const detail = name === "RequestMaterials" && found?.status === "running" && it.materials_total ? t("venue.materials_of", { ready: it.materials_ready, total: it.materials_total }) : [stepNote(name, found?.note), ...(found?.told || []).map(pick)].filter(Boolean).join(" · ");
      return h("li", { key: name, class: ["step", `step-${status}`, RECALLS.includes(name) && "step-beside"] },
        shape(status),
        h("div", { class: "step-body" },
          h("div", { class: "step-line" }, h("b", null, has(`step.${name}`) ? t(`step.${name}`) : name), h("span", { class: "unseen" }, t(`step_state.${status}`)),
            h("span", { class: "step-time" }, took !== null && took >= 0 ? duration(took) : ["skipped", "waiting"].includes(status) ? t(`step_state.${status}`) : "")),
          found ? h("div", { class: "step-more" }, h("time", { datetime: found.started_at, "data-still": true, title: exact(found.started_at) }, clock(found.started_at)), found.attempt > 1 ? h("span", { class: "tag" }, t("attempt", { n: found.attempt })) : "", detail ? h("span", null, detail) : "") : "",
          found?.error ? h("p", { class: "step-error" }, found.error) : ""));
    });
    return h("details", { class: "track-box", open: !matchMedia("(max-width: 1080px)").matches, key: "track" },
      h("summary", null, h("h2", null, t("track")), h("span", { class: "quiet" }, t("track.done", { n: finished, total: names.length }))),
      h("ol", { class: "track" }, rows));
  }

  // --- tabs --------------------------------------------------------------------------------------------------------------

  function previewTab(it) {
    if (!it.staged_version) return empty(t("preview.none"), t(it.status === "failed" ? "preview.none_failed" : "preview.none_text"));
    if (staged?.error) return problem(staged.error, { retry: () => { fetchTab(true); app.draw(); } });
    if (!staged?.url) return skeleton(4);
    const name = t("preview.of", { name: it.theme.name });
    return h("div", null,
      h("div", { class: "row preview-bar" },
        switcher(t("preview"), [["both", t("preview.both"), "venues"], ["phone", t("phone"), "phone"], ["desktop", t("desktop"), "desktop"]], frame, (next) => { frame = next; app.draw(); }),
        h("span", { class: "quiet" }, tn("preview.version", { version: h("code", null, it.staged_version.slice(0, 12)) })),
        staged.expires ? h("span", { class: "quiet" }, t("preview.expires", { at: clock(staged.expires) })) : "",
        h("span", { class: "grow" }), button(t("preview.reload"), { small: true, iconName: "reload", on: () => { fetchTab(true); app.draw(); } }), outside(new URL(staged.url, location.origin).pathname, t("preview.open"), "button small")),
      h("div", { class: `devices devices-${frame}` }, frame !== "desktop" ? device("phone", staged.url, `${name} – ${t("phone")}`) : "", frame !== "phone" ? device("desktop", staged.url, `${name} – ${t("desktop")}`) : ""),
      segments({ path, campaignPath: `/api/campaigns/${id(it.campaign_id)}`, name, url: staged.url, version: it.staged_version }));
  }

  function productsTab(it) {
    const mine = extra.products;
    if (mine?.error) return problem(mine.error, { retry: () => { fetchTab(true); app.draw(); } });
    if (!mine?.data) return skeleton(6);
    const { recalled, dropped, floors: plan, template_choice: choice, products } = mine.data;
    if (!products?.length) return empty(t("products.none"), t("products.none_text"));
    const shown = filter ? products.filter((each) => each.title.toLowerCase().includes(filter.toLowerCase())) : products;
    const most = Math.max(1, products.length, ...Object.values(recalled));
    const rules = mine.data.rules || {};
    const bar = (name, count, kind) => h("div", { class: "bar" }, h("span", null, name), h("span", { class: "bar-track" }, h("i", { class: kind, css: { width: `${Math.max(1, (count / most) * 100)}%` } })), h("b", null, number(count)));
    return h("div", { class: "products-tab" },
      h("div", { class: "panels" },
        h("section", { class: "panel" }, h("h3", null, t("selection.how")),
          h("div", { class: "bars" }, Object.entries(recalled).map(([way, count]) => bar(t(`path.${way}`), count, `way-${way}`)), bar(t("selection.chosen"), products.length, "chosen")),
          Object.entries(dropped).filter(([, count]) => count).map(([why, count]) => h("p", { class: "quiet" }, t("selection.dropped", { n: count, why: has(`dropped.${why}`) ? t(`dropped.${why}`) : why }))),
          Object.entries(mine.data.unmet_pins || {}).map(([productId, why]) => h("p", { class: "state tone-mine" }, shape("warning"), h("span", null, t("selection.unmet", { product: productId, why: has(`dropped.${why}`) ? t(`dropped.${why}`) : why })))),
          (mine.data.notes || []).map((note) => h("p", { class: "quiet" }, pick(note)))),
        h("section", { class: "panel" }, h("h3", null, t("rules")),
          rules.conditions?.length ? h("ul", { class: "plain rules" }, rules.conditions.map((each) => h("li", null, icon("check"), h("span", null, condition(each, it)), each.because ? h("span", { class: "quiet" }, t("rules.because", { words: each.because })) : ""))) : h("p", { class: "quiet" }, t("rules.none")),
          (rules.conflicts || []).map((each) => h("p", { class: "state tone-bad" }, shape("warning"), h("span", null, t("rules.conflict", { what: pick(each) })))),
          (rules.relaxed || []).map((each) => h("p", { class: "state tone-mine" }, shape("warning"), h("span", null, t("rules.relaxed", { what: pick(each) })))),
          (rules.unsupported || []).map((each) => h("p", { class: "state tone-quiet" }, shape("skipped"), h("span", null, t("rules.unsupported", { what: each }))))),
        floorsPanel(plan, products, busy),
        h("section", { class: "panel" }, h("h3", null, t("template")),
          templateChosen(choice),
          styleChosen(mine.data.style_choice))),
      goods.panels(it),
      h("div", { class: "row products-bar" },
        h("label", { class: "search" }, icon("search"), h("span", { class: "unseen" }, t("products.filter")), h("input", { type: "search", placeholder: t("products.filter"), value: filter, on: { input() { filter = this.value; app.draw(); } } })),
        goods.finder()),
      h("ul", { class: "product-list" }, shown.map((each) => goods.row(each))),
      !shown.length ? h("p", { class: "quiet" }, t("products.no_match")) : "",
      goods.bar(it));
  }

  function condition(each, it) {
    const name = has(`indicator.${each.indicator}`) ? t(`indicator.${each.indicator}`) : each.indicator;
    if (typeof each.value === "boolean") return each.value ? name : t("condition.not", { name });
    if (Array.isArray(each.value)) return `${name} = ${each.value.join(" / ")}`;
    const sign = { "<=": "≤", ">=": "≥" }[each.op] || each.op;
    const share = ["discount_rate", "sales_growth_7d", "repurchase_rate", "return_rate"].includes(each.indicator);
    const currency = ["price", "list_price"].includes(each.indicator) ? extra.products?.data?.products?.[0]?.price?.currency : null;
    return `${name} ${sign} ${typeof each.value === "number" ? currency ? money({ amount: each.value, currency }) : share ? number(each.value, { style: "percent" }) : number(each.value) : each.value}`;
  }

  function materialsTab(it) {
    const { materials } = seen;
    if (!materials.length) return empty(t("materials.none"), t("materials.none_text"));
    const reviewing = it.status === "in_review";
    const toggle = (materialId) => { if (chosen.has(materialId)) chosen.delete(materialId); else chosen.add(materialId); panel ||= newPanel(); if (!chosen.size) panel = null; app.draw(); };
    const send = () => {
      panel.note = rejectionLack(panel, chosen);
      if (!panel.note) {
        holdRejection({ venue: it, tasks: materials.map(({ task }) => task).filter((task) => chosen.has(task.material_id)), panel, looking: looked(materials, null), sent: () => poll.now() });
        chosen = new Set();
        panel = null;
      }
      app.draw();
    };
    const ready = materials.filter(({ task }) => task.status === "ready").length;
    return h("div", null,
      h("div", { class: "row" }, h("p", { class: "quiet grow" }, t("venue.materials_of", { ready, total: materials.length }), reviewing ? ` · ${t("materials.review")}` : ""),
        reviewing ? h("a", { class: ["button", may("reviewer") && "primary"], href: `/console/review/${id(it.venue_id)}` }, h("span", null, t("materials.go_review"))) : ""),
      h("ul", { class: "materials" }, materials.map((each) => material(each, { chosen: reviewing && may("reviewer") ? chosen : null, toggle, redraw: app.draw, earlier: it.constraints?.[each.task.material_id] || [], panel: reviewing ? panel : null }))),
      posters(seen.posters, { title: it.theme.name, redraw: app.draw }),
      images({ path, name: it.theme.name, version: it.staged_version, live: it.status === "published" }),
      panel && reviewing ? h("div", { class: "review-bar rejecting", key: "bar" }, rejectPanel({ entries: materials, chosen, panel, choose: (code) => { panel.code = code; panel.note = ""; app.draw(); }, send, cancel: () => { panel = null; chosen = new Set(); app.draw(); }, redraw: app.draw })) : "");
  }

  function costTab() {
    const mine = extra.cost;
    if (mine?.error) return problem(mine.error, { retry: () => { fetchTab(true); app.draw(); } });
    if (!mine?.data) return skeleton(5);
    const { calls } = mine.data;
    const { cost } = seen;
    if (!calls.length) return empty(t("calls.none"), t("calls.none_text"));
    const offline = calls.some((each) => each.offline);
    const figure = (name, value) => h("div", { class: "figure" }, h("b", null, value), h("span", null, name));
    return h("div", null,
      h("div", { class: "figures" }, figure(t(offline ? "cost.hosted" : "cost"), usd(cost.cost_usd)), figure(t("calls"), number(cost.calls)), figure(t("calls.input"), number(cost.input_tokens)), figure(t("calls.output"), number(cost.output_tokens)), figure(t("calls.images"), number(cost.images))),
      offline ? h("p", { class: "note" }, t("offline.cost")) : "",
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("calls") }, h("table", null,
        h("thead", null, h("tr", null, ["time", "calls.purpose", "calls.model", "calls.input", "calls.output", "calls.seconds", "cost"].map((key, index) => h("th", { scope: "col", class: index > 2 ? "num" : null }, t(key))))),
        h("tbody", null, calls.map((each) => h("tr", { key: each.call_key },
          h("td", null, h("time", { datetime: each.at, "data-still": true, title: exact(each.at) }, clock(each.at))),
          h("td", null, purpose(each.purpose), each.repaired ? h("span", { class: "tag" }, t("calls.repaired")) : ""),
          h("td", null, h("code", null, each.model), each.offline && !calls.every((one) => one.offline) ? h("span", { class: "tag" }, t("offline.short")) : ""),
          h("td", { class: "num" }, each.input_tokens ? number(each.input_tokens) : "–"), h("td", { class: "num" }, each.images ? t("calls.images_n", { n: each.images }) : each.output_tokens ? number(each.output_tokens) : "–"),
          h("td", { class: "num" }, duration(each.seconds * 1000)), h("td", { class: "num" }, usd(each.cost_usd))))))));
  }

  function auditTab() {
    const mine = extra.audit;
    if (mine?.error) return problem(mine.error, { retry: () => { fetchTab(true); app.draw(); } });
    if (!mine?.data) return skeleton(4);
    return mine.data.entries.length ? auditRows(mine.data.entries) : empty(t("audit.none"), t("audit.none_venue"));
  }

  /** What buyers see now first, where it was looked at; then what is staged. */
  function inspectionTab() {
    const live = seen.live_inspection?.version_id === seen.venue.live_version || seen.venue.failure?.code === "page_broken" ? seen.live_inspection : null;
    return h("div", null, live ? inspection(live, { venueId: seen.venue.venue_id, title: t("inspection.live") }) : "", inspection(seen.inspection, { whole: true, venueId: seen.venue.venue_id, title: live ? t("inspection.staged") : "" }));
  }

  const BODIES = { preview: previewTab, products: productsTab, materials: materialsTab, inspection: inspectionTab, cost: costTab, proof: () => proof(extra.proof, { path, redraw: app.draw, retry: () => { fetchTab(true); app.draw(); } }), audit: auditTab };

  function tabs() {
    const findings = seen.inspection?.findings.length || 0;
    const counts = { products: seen.venue.products, materials: seen.materials.length, inspection: findings };
    return h("div", { class: "tabs", role: "tablist", "aria-label": t("venue.parts"), on: { keydown(event) {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const next = TABS[(TABS.indexOf(tab) + by + TABS.length) % TABS.length];
      turn(next);
      requestAnimationFrame(() => document.getElementById(`tab-${next}`)?.focus());
    } } }, TABS.map((name) => h("button", { type: "button", role: "tab", id: `tab-${name}`, key: name, "aria-selected": String(name === tab), "aria-controls": "tab-body", tabindex: name === tab ? "0" : "-1", on: { click() { turn(name); } } }, t(`tab.${name}`), counts[name] ? h("span", { class: "count" }, number(counts[name])) : "")));
  }

  return {
    title: () => seen?.venue.theme.name || t("nav.venues"),
    moved([next, nextTab]) { if (next !== wanted) return false; turn(TABS.includes(nextTab) ? nextTab : "preview"); return true; },
    view() {
      if (!seen) return h("div", { class: "page" }, error && !error.passing ? problem(error) : skeleton(5));
      const it = seen.venue;
      return h("div", { class: "page venue" },
        h("nav", { class: "crumbs", "aria-label": t("crumbs") }, h("a", { href: "/console/campaigns" }, t("nav.campaigns")), h("span", { "aria-hidden": "true" }, "/"), h("a", { class: "clip", href: `/console/campaigns/${id(it.campaign_id)}` }, sentence || t("venue.campaign"))),
        h("div", { class: "head" }, h("div", null, h("h1", null, it.theme.name), it.theme.slogan && h("p", { class: "quiet" }, it.theme.slogan)), h("div", { class: "row" }, state("venue", it.status))),
        h("p", { class: "meta" }, h("span", null, t("venue.changed"), " ", ago(it.updated_at)), h("span", null, it.language === "zh" ? "中文" : "English"), it.catalogue ? h("span", null, t("catalogue"), " ", it.catalogue) : "", it.promotion ? h("span", null, t("promotion"), " ", it.promotion) : "", it.run > 1 ? h("span", null, t("venue.run", { n: it.run })) : "", h("span", null, t(app.config.offline_models ? "cost.would" : "cost.was", { cost: usd(seen.cost.cost_usd) })), it.reviewer ? h("span", null, t("venue.reviewer", { who: it.reviewer })) : "", unreviewedTag(it)),
        actions(it),
        it.failure ? failure(it.failure) : "",
        brokenNote(it),
        it.status === "published" && it.stock_low != null ? h("p", { class: "note", key: "stock-low" }, h("span", { class: "tag" }, shape("warning"), t("stock_low", { n: it.stock_low })), " ", t("stock_low.help")) : "",
        living(it),
        results(it),
        it.status === "published" && it.staged_version && it.staged_version !== it.live_version ? h("p", { class: "note" }, t("venue.other_live")) : "",
        h("div", { class: "venue-columns" },
          h("aside", { class: "venue-track" }, track(it, seen.steps, seen.step_names)),
          h("div", { class: "venue-main" }, tabs(), h("div", { id: "tab-body", key: `body-${tab}`, role: "tabpanel", class: "tab-body", "aria-labelledby": `tab-${tab}` }, BODIES[tab](it)))));
    },
  };
}

/** What the inspection saw. A browser that did not look is never a pass. */
export function inspection(found, { whole = false, venueId = "", title = "" } = {}) {
  if (!found) return whole ? empty(t("inspection.none"), t("inspection.none_text")) : "";
  const blockers = found.findings.filter((each) => each.severity === "blocker").length;
  const order = [...found.findings].sort((one, other) => (one.severity === other.severity ? 0 : one.severity === "blocker" ? -1 : 1));
  return section(title || t("inspection"), { id: title ? `inspection-${found.version_id}` : "inspection", kind: whole ? "bare" : "" },
    h("div", { class: "checks" },
      h("div", { class: "check-line" }, shape(blockers ? "failed" : "passed"), h("div", null, h("b", null, t(blockers ? "inspection.dom_bad" : "inspection.dom_good", { n: blockers })), h("span", { class: "quiet" }, t("inspection.dom_means")))),
      h("div", { class: "check-line" }, shape(found.pixels), h("div", null, h("b", null, t(`pixels.${found.pixels}`)), h("span", { class: "quiet" }, [t(`pixels.${found.pixels}.means`), lookedWith(found.pixels_note)].filter(Boolean).join(" "))))),
    order.length ? h("ul", { class: "findings" }, order.map((each) => finding(each, venueId))) : h("p", { class: "quiet" }, t("inspection.clean")));
}

/** Who did what, when, and in front of which version. */
export function auditRows(entries, { subjects = false } = {}) {
  return h("ul", { class: "rows audit" }, entries.map((each) => h("li", { class: "line", key: each.at + each.action + each.subject },
    h("span", { class: "line-main" },
      h("span", null, h("b", null, each.actor), ` ${has(`action.${each.action}`) ? t(`action.${each.action}`) : each.action}`, subjects ? [" ", subject(each.subject)] : ""),
      h("small", null, [has(`role.${each.role}`) ? t(`role.${each.role}`) : each.role, each.saw ? t("audit.saw", { version: each.saw.slice(0, 12) }) : "", describe(each.detail)].filter(Boolean).join(" · "))),
    h("span", { class: "line-side" }, ago(each.at)))));
}

function subject(name) {
  const where = { "v-": "venues", "c-": "campaigns" }[name.slice(0, 2)];
  return where ? h("a", { href: `/console/${where}/${id(name)}` }, h("code", null, name)) : h("code", null, name);
}

function purpose(name) {
  const [, what, component] = /^(copy|picture) of (.+)$/.exec(name) || [];
  if (what) return t(`purpose.${what}`, { what: componentName(component) });
  return has(`purpose.${name}`) ? t(`purpose.${name}`) : name;
}

function describe(detail) {
  if (!detail || !Object.keys(detail).length) return "";
  if (Array.isArray(detail.materials)) return [detail.materials.map((each) => [each.material_id, t(`reason.${each.constraint?.code || each.code}`), each.constraint?.text || each.text].filter(Boolean).join(" – ")).join("; "), detail.note].filter(Boolean).join(" · ");
  return Object.entries(detail).filter(([, value]) => value !== "" && value !== null && !(typeof value === "object" && !Object.keys(value).length)).map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(", ") : typeof value === "object" ? (value.zh || value.en ? pick(value) : JSON.stringify(value)) : value}`).join("; ");
}
