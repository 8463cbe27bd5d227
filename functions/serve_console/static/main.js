// The frame around the screens: sign-in, places, navigation, keys.

import { get } from "/console/api.js";
import { h, show } from "/console/dom.js";
import { live } from "/console/live.js";
import { button, dialog, icon, problem, say, skeleton } from "/console/parts.js";
import { finishSignIn, may, onEnded, resume, sessionEnded, signIn, signOut, who } from "/console/session.js";
import { lang, loadWords, number, onLanguage, relative, setLanguage, t } from "/console/words.js";
import { audit } from "/console/audit.js";
import { campaign, campaigns } from "/console/campaign.js";
import { editor } from "/console/editor.js";
import { brands } from "/console/brands.js";
import { constraints } from "/console/constraints.js";
import { delivery } from "/console/delivery.js";
import { home } from "/console/home.js";
import { limits } from "/console/limits.js";
import { floorLibrary } from "/console/library.js";
import { flushHeld, pendingCount, undoLast } from "/console/held.js";
import { imports } from "/console/imports.js";
import { review } from "/console/review.js";
import { schedules } from "/console/schedules.js";
import { templates } from "/console/templates.js";
import { trends } from "/console/trends.js";
import { venue, venues } from "/console/venue.js";

const root = document.getElementById("app");

const PLACES = [
  [/^\/console\/?$/, home, "home"],
  [/^\/console\/campaigns\/?$/, campaigns, "campaigns"],
  [/^\/console\/campaigns\/([^/]+)\/?$/, campaign, "campaigns"],
  [/^\/console\/venues\/?$/, venues, "venues"],
  [/^\/console\/venues\/([^/]+)\/edit\/?$/, editor, "venues"],
  [/^\/console\/venues\/([^/]+)(?:\/([a-z]+))?\/?$/, venue, "venues"],
  [/^\/console\/review(?:\/([^/]+))?\/?$/, review, "review"],
  [/^\/console\/trends\/?$/, trends, "trends"],
  [/^\/console\/schedules\/?$/, schedules, "schedules"],
  [/^\/console\/imports(?:\/([^/]+))?\/?$/, imports, "imports"],
  [/^\/console\/floors\/?$/, floorLibrary, "venues"],
  [/^\/console\/constraints\/?$/, constraints, "constraints"],
  [/^\/console\/brands\/?$/, brands, "constraints"],
  [/^\/console\/limits\/?$/, limits, "limits"],
  [/^\/console\/templates\/?$/, templates, "templates"],
  [/^\/console\/audit\/?$/, audit, "audit"],
  [/^\/console\/delivery(?:\/([^/]+))?(?:\/([a-z_]+))?\/?$/, delivery, "delivery"],
];

const NAVIGATION = ["home", "review", "campaigns", "venues", "delivery", "trends", "schedules", "imports", "templates", "constraints", "limits", "audit"];
const PATHS = { home: "/console/", review: "/console/review", campaigns: "/console/campaigns", venues: "/console/venues", delivery: "/console/delivery", trends: "/console/trends", schedules: "/console/schedules", imports: "/console/imports", templates: "/console/templates", constraints: "/console/constraints", limits: "/console/limits", audit: "/console/audit" };

/** What the screens are given. */
export const app = {
  config: null,
  waiting: null, // venues in review, as last heard
  lost: null, // {error, until} while the API does not answer
  draw,
  go,
  live: watch,
};

let screen = null;
let place = "";
let drawn = 0;
let trouble = null; // a sign-in that went wrong
let menu = false;

// --- places ----------------------------------------------------------------------------------------------------------

function go(path, { replace = false, keep = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", path);
  enter(keep);
}

function enter(keep = false) {
  const path = location.pathname;
  menu = false;
  const found = PLACES.map(([pattern, make, name]) => ({ match: pattern.exec(path), make, name })).find(({ match }) => match);
  // The same screen may take over a new address itself (a tab of a venue, the next venue of a review).
  if (found && screen?.make === found.make && screen.moved?.(found.match.slice(1))) {
    draw();
    return;
  }
  screen?.stop?.();
  for (const watcher of watchers.splice(0)) watcher.stop();
  app.lost = null;
  place = found?.name || "";
  screen = found && who() ? Object.assign(found.make(app, ...found.match.slice(1)), { make: found.make }) : null;
  if (!keep) window.scrollTo(0, 0);
  draw(true);
  document.getElementById("main")?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const anchor = event.target.closest?.("a[href]");
  if (!anchor || anchor.target || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const url = new URL(anchor.href);
  if (url.origin !== location.origin || !url.pathname.startsWith("/console")) return;
  event.preventDefault();
  go(url.pathname + url.search);
});
window.addEventListener("popstate", () => enter(true));
window.addEventListener("pagehide", () => flushHeld());

// --- asking again ------------------------------------------------------------------------------------------------------

const watchers = [];

/** live() that tells when the API is lost. `settled(error)` hears of errors that asking again cannot mend. */
function watch(ask, settled = () => {}) {
  const watcher = live(async (signal) => {
    const pause = await ask(signal);
    if (app.lost) { app.lost = null; draw(); }
    return pause;
  }, (error, pause) => {
    if (error.passing) app.lost = { error, until: Date.now() + pause };
    settled(error);
    draw();
    return error.passing;
  });
  watchers.push(watcher);
  return watcher;
}

let badge = null;
function watchBadge() {
  badge?.stop();
  badge = live(async (signal) => {
    const { venues: found } = await get("/api/venues?status=in_review", { signal });
    const before = app.waiting?.length;
    app.waiting = found;
    if (before !== undefined && found.length > before) say(t("nav.review_more", { n: found.length }));
    if (before !== found.length) draw();
    return 15000;
  }, (error) => error.passing);
}

// --- drawing -------------------------------------------------------------------------------------------------------------

function draw(now = false) {
  cancelAnimationFrame(drawn);
  if (now === true) paint();
  else drawn = requestAnimationFrame(paint);
}

function paint() {
  if (!app.config) {
    show(root, h("main", { class: "gate", key: "gate" }, trouble ? problem(trouble, { retry: () => location.reload() }) : skeleton(2)));
    return;
  }
  if (!who()) {
    document.title = t("product");
    show(root, gate());
    return;
  }
  const title = screen?.title?.() || t("lost.title");
  document.title = `${pendingCount() ? "● " : ""}${title} · ${t("product")}`;
  show(root, shell(title));
}

function languages() {
  return h("div", { class: "languages", role: "group", "aria-label": t("language") }, [["zh", "中文"], ["en", "EN"]].map(([code, words]) =>
    h("button", { type: "button", lang: code === "zh" ? "zh-CN" : "en", "aria-pressed": String(lang() === code), on: { click() { setLanguage(code); } } }, words)));
}

function gate() {
  return h("main", { class: "gate", key: "gate", id: "main", tabindex: "-1" },
    h("div", { class: "gate-top" }, languages()),
    h("div", { class: "gate-card" },
      h("img", { src: "/console/seal.svg", width: 44, height: 44, alt: "" }),
      h("h1", null, t("gate.title")),
      h("p", null, t("gate.text")),
      trouble && h("div", { class: "problem", role: "alert" }, h("div", null,
        h("p", { class: "problem-what" }, t(`signin.${trouble.code || "unreachable"}`)), trouble.detail && h("p", { class: "problem-said" }, trouble.detail),
        h("p", { class: "problem-todo" }, t("signin.todo")))),
      button(t("sign_in"), { kind: "primary large", on: () => leave(trouble?.back) }),
      app.config.offline_models && h("p", { class: "gate-note" }, t("offline.long"))));
}

async function leave(back) {
  const here = location.pathname === "/console/callback" ? "/console/" : location.pathname + location.search;
  try {
    await signIn(app.config, back || here);
  } catch (error) {
    trouble = { code: crypto.subtle ? "unreachable" : "insecure", detail: String(error.message || ""), back };
    draw();
  }
}

function navigation() {
  const entry = (name) => h("a", { href: PATHS[name], key: name, "aria-current": place === name ? "page" : null }, icon(name), h("span", null, t(`nav.${name}`)),
    name === "review" && app.waiting?.length ? h("span", { class: "count mine", "aria-label": t("nav.waiting", { n: app.waiting.length }) }, number(app.waiting.length)) : "");
  return h("nav", { class: "navigation", "aria-label": t("nav.label") },
    NAVIGATION.filter((name) => name !== "audit" || may("admin")).map(entry));
}

function shell(title) {
  const me = who();
  const roles = me.roles.length ? me.roles.map((role) => t(`role.${role}`)).join(" · ") : t("role.none");
  return [
    h("a", { class: "skip", href: "#main", key: "skip", on: { click(event) { event.preventDefault(); document.getElementById("main").focus(); } } }, t("skip")),
    h("header", { class: ["side", menu && "open"], key: "side" },
      h("div", { class: "side-head" },
        h("a", { class: "brand", href: "/console/" }, h("img", { src: "/console/seal.svg", width: 24, height: 24, alt: "" }), h("b", null, t("product"))),
        app.config.offline_models ? h("span", { class: "offline", title: t("offline.long"), tabindex: "0" }, h("span", null, t("offline.short")), h("span", { class: "unseen" }, t("offline.long"))) : "",
        h("button", { type: "button", class: "button bare menu-button", "aria-expanded": String(menu), "aria-controls": "menu", "aria-label": t("nav.menu"), on: { click() { menu = !menu; draw(); } } }, icon(menu ? "close" : "menu"),
          !menu && app.waiting?.length ? h("span", { class: "dot", "aria-hidden": "true" }) : "")),
      h("div", { class: "side-body", id: "menu" },
        navigation(),
        h("div", { class: "side-foot" },
          h("div", { class: "me" }, icon("person"), h("div", null, h("b", null, me.name), h("small", null, roles))),
          h("div", { class: "row" }, languages(), h("button", { type: "button", class: "button bare", title: t("keys.title"), "aria-label": t("keys.title"), on: { click: showKeys } }, icon("keys"))),
          h("button", { type: "button", class: "button bare wide", on: { async click() { flushHeld(); await signOut(app.config); } } }, icon("out"), h("span", null, t("sign_out"))),
          h("small", { class: "version" }, [app.config.deployment, app.config.version].filter(Boolean).join(" · "))))),
    h("main", { id: "main", tabindex: "-1", key: `main-${place}`, class: `main main-${place || "none"}` },
      me.ended ? h("div", { class: "banner bad", role: "alert", key: "ended" }, h("div", null, h("b", null, t("ended.title")), h("span", null, t("ended.text"))), button(t("ended.again"), { kind: "primary", on: () => leave() })) : "",
      app.lost && !me.ended ? h("div", { class: "banner", role: "status", key: "lost" }, h("div", null, h("b", null, t("error.unreachable.what")), h("span", null, t("lost.retrying"))), button(t("retry_now"), { small: true, on: () => watchers.forEach((each) => each.now()) })) : "",
      screen ? screen.view() : h("div", { class: "page" }, h("h1", null, title), h("p", null, t("lost.text")), h("a", { class: "button", href: "/console/" }, t("lost.home")))),
  ];
}

// --- keys -------------------------------------------------------------------------------------------------------------------

export function showKeys() {
  const rows = [...(screen?.keyHelp?.() || []), ["?", t("keys.help")], ["/", t("keys.sentence")], ["Esc", t("keys.escape")]];
  if (!document.querySelector("dialog.keys-dialog")) {
    dialog((close) => h("div", null,
      h("h2", null, t("keys.title")),
      h("dl", { class: "keys" }, rows.map(([key, words]) => [h("dt", null, key.split(" ").map((each) => h("kbd", null, each))), h("dd", null, words)])),
      h("div", { class: "row end" }, button(t("close"), { on: () => close() }))), { kind: "keys-dialog", label: t("keys.title") });
  }
}

document.addEventListener("keydown", (event) => {
  if (!who() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const typing = event.target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  if (typing || document.querySelector("dialog[open]")) return;
  if (event.key === "?") { event.preventDefault(); showKeys(); return; }
  if (event.key === "/") { event.preventDefault(); if (place === "home") document.getElementById("sentence")?.focus(); else go("/console/?write=1"); return; }
  if (event.key === "Escape" && menu) { menu = false; draw(); return; }
  if (event.key.toLowerCase() === "z" && !event.repeat && undoLast()) { event.preventDefault(); return; }
  if (!event.repeat || /^[jk]$/i.test(event.key)) {
    if (screen?.key?.(event.key)) event.preventDefault();
  }
});

// --- start --------------------------------------------------------------------------------------------------------------------

async function start() {
  await loadWords();
  onLanguage(() => draw(true));
  onEnded(() => draw());
  draw(true);
  try {
    app.config = await get("/api/config");
  } catch (error) {
    trouble = error;
    draw();
    return;
  }
  if (location.pathname === "/console/callback") {
    try {
      const back = await finishSignIn(app.config, new URLSearchParams(location.search));
      history.replaceState(null, "", back);
    } catch (error) {
      trouble = { code: error.code || "unreachable", detail: error.detail || "", back: error.back };
      history.replaceState(null, "", error.back || "/console/");
    }
  } else resume();
  if (who()) watchBadge();
  enter(true);
  // Relative times grow old by themselves.
  setInterval(() => {
    if (document.hidden) return;
    if (who() && who().until <= Date.now()) sessionEnded();
    for (const node of document.querySelectorAll("time[datetime]")) {
      const text = relative(node.getAttribute("datetime"));
      if (text && node.firstChild?.data !== text && !node.hasAttribute("data-still")) node.textContent = text;
    }
  }, 20000);
}

start();
