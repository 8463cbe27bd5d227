// The pieces every screen is put together from.

import { address, h } from "/console/dom.js";
import { may } from "/console/session.js";
import { exact, has, pick, relative, t } from "/console/words.js";

// --- icons: 16 × 16, drawn with the current colour -----------------------------------------------------------------

const ICONS = {
  templates: "M2.5 2.5h11v11h-11zM2.5 6h11M6.5 6v7.5",
  home: "M2.5 7.2 8 2.7l5.5 4.5V13.3h-3.7V9.5H6.2v3.8H2.5z",
  review: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
  campaigns: "M2.5 6.5 11 3v10L2.5 9.5zM11 6c1.7 0 2.5 1 2.5 2s-.8 2-2.5 2M4.5 10.3V13.5h2v-2.4",
  venues: "M2.5 2.5h4.7v4.7H2.5zM8.8 2.5h4.7v4.7H8.8zM2.5 8.8h4.7v4.7H2.5zM8.8 8.8h4.7v4.7H8.8z",
  trends: "M2 12l4-4 2.5 2.5L14 4.5M10.3 4.5H14v3.7",
  schedules: "M2.5 4h11v9.5h-11zM2.5 7h11M5.5 2.3V5M10.5 2.3V5",
  imports: "M8 2.5v7.5M5 7l3 3 3-3M2.5 11v2.5h11V11",
  audit: "M4 2.5h8v11H4zM6.2 5.5h3.6M6.2 8h3.6M6.2 10.5h2",
  constraints: "M8 2.3 13 4.2V8c0 2.9-2 4.9-5 5.8C5 12.9 3 10.9 3 8V4.2zM5.8 8l1.6 1.6L10.4 6.5",
  delivery: "M2.5 3h4.5v4H2.5zM9 9h4.5v4H9zM7 5h3.5a2 2 0 0 1 2 2v2M10.7 7.3 12.5 9.2l1.6-1.9",
  limits: "M2.5 11.5a5.5 5.5 0 1 1 11 0M8 11.5l2.6-3.6M8 11.5h.1",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  close: "M4 4l8 8M12 4l-8 8",
  check: "M3.5 8.5 6.5 11.5 12.5 5",
  more: "M5 6.5 8 9.5l3-3",
  out: "M9.5 2.5h4v4M13.3 2.7 7.5 8.5M6.5 3.5h-4v10h10v-4",
  back: "M7 3.5 2.7 8 7 12.5M3 8h10.5",
  next: "M9 3.5 13.3 8 9 12.5M13 8H2.5",
  pin: "M5.5 2.5h5l-.7 4.2 2.2 2.3H4l2.2-2.3zM8 9v4.5",
  cross: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM4.2 4.2l7.6 7.6",
  up: "M8 13V3.5M4 7.5l4-4 4 4",
  down: "M8 3v9.5M4 8.5l4 4 4-4",
  search: "M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10 10l3.5 3.5",
  phone: "M5 1.8h6v12.4H5zM7.3 12.2h1.4",
  desktop: "M1.8 3h12.4v7.7H1.8zM8 10.7V13.3M5.3 13.3h5.4",
  keys: "M1.8 4.5h12.4v7H1.8zM4 7h.8M7 7h.8M10 7h.8M5 9.3h6",
  undo: "M4.5 3 2 5.5 4.5 8M2.3 5.5H9a4 4 0 0 1 0 8H6",
  reload: "M13 8a5 5 0 1 1-1.6-3.7M13 2.5v3h-3",
  bolt: "M9 1.8 3.5 9H7.5l-.8 5.2L12.5 6.8H8.3z",
  warning: "M8 2.3 14.3 13.3H1.7zM8 6.5v3.3M8 11.3v.4",
  image: "M2 3h12v10H2zM2.3 11.5 6 7.8l2.5 2.5 2-2L13.7 11.3M10.8 5.8h.4",
  person: "M8 2.5a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4zM3 13.5c.4-2.7 2.3-4 5-4s4.6 1.3 5 4",
};

export function icon(name, label = "") {
  return h("svg", { class: "icon", viewBox: "0 0 16 16", role: label ? "img" : null, "aria-label": label || null, "aria-hidden": label ? null : "true", focusable: "false" }, h("path", { d: ICONS[name] }));
}

// --- states: a word, a colour and a shape ---------------------------------------------------------------------------

const SHAPES = {
  none: [["circle", { cx: 8, cy: 8, r: 5.7, class: "dashes" }]],
  run: [["circle", { cx: 8, cy: 8, r: 5.7, class: "faint" }], ["path", { d: "M8 2.3a5.7 5.7 0 0 1 5.7 5.7", class: "turn" }]],
  wait: [["path", { d: "M8 1.7 14.3 8 8 14.3 1.7 8z", class: "fill" }], ["path", { d: "M8 5v3.5M8 10.6v.3", class: "on" }]],
  ok: [["circle", { cx: 8, cy: 8, r: 5.7 }], ["path", { d: "M5.3 8.2 7.2 10.1 10.8 6.2" }]],
  done: [["circle", { cx: 8, cy: 8, r: 6.5, class: "fill" }], ["path", { d: "M5 8.2 7.1 10.3 11.1 6", class: "on" }]],
  bad: [["path", { d: "M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2L1.5 10.8V5.2z", class: "fill" }], ["path", { d: "M5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6", class: "on" }]],
  again: [["path", { d: "M13.3 8a5.3 5.3 0 1 1-1.7-3.9M13.5 2.2v2.9h-2.9" }]],
  over: [["circle", { cx: 8, cy: 8, r: 5.7 }], ["path", { d: "M5.3 8h5.4" }]],
  skip: [["path", { d: "M4.5 8h7" }]],
  warn: [["path", { d: "M8 2 14.5 13.5H1.5z" }], ["path", { d: "M8 6.3v3.4M8 11.4v.3" }]],
};

const LOOKS = {
  // campaigns
  requested: ["none", "quiet"], planning: ["run", "busy"], building: ["run", "busy"], finished: ["done", "good"],
  // venues
  planned: ["none", "quiet"], selecting: ["run", "busy"], generating: ["run", "busy"], staged: ["run", "busy"],
  in_review: ["wait", "mine"], approved: ["ok", "good"], published: ["done", "good"], failed: ["bad", "bad"], retired: ["over", "quiet"],
  // steps
  running: ["run", "busy"], done: ["done", "good"], retrying: ["again", "mine"], waiting: ["wait", "mine"], to_come: ["none", "quiet"], skipped: ["skip", "quiet"],
  // materials
  ready: ["done", "good"], timed_out: ["again", "mine"], rejected: ["again", "mine"], queued: ["none", "quiet"],
  // inspection
  passed: ["done", "good"], not_run: ["over", "quiet"], blocker: ["bad", "bad"], warning: ["warn", "mine"],
  // templates
  draft: ["wait", "mine"], deprecated: ["over", "quiet"],
  // the floor library
  active: ["done", "good"],
  // imports
  waiting_for_files: ["none", "quiet"], reading: ["run", "busy"], indexing: ["run", "busy"],
};

export function shape(state) {
  const [form, tone] = LOOKS[state] || ["none", "quiet"];
  return h("svg", { class: `shape tone-${tone} shape-${form}`, viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" }, SHAPES[form].map(([tag, attributes]) => h(tag, attributes)));
}

export const tone = (state) => (LOOKS[state] || ["", "quiet"])[1];

export function state(kind, name) {
  const key = `${kind}.${name}`;
  return h("span", { class: `state tone-${tone(name)}` }, shape(name), h("span", null, has(key) ? t(key) : name));
}

// --- times ----------------------------------------------------------------------------------------------------------

export function ago(iso) {
  return iso ? h("time", { datetime: iso, title: exact(iso) }, relative(iso)) : "";
}

// --- buttons ----------------------------------------------------------------------------------------------------------

const ROLE_OF = { operator: "role.operator", reviewer: "role.reviewer", designer: "role.designer", admin: "role.admin" };

/** A button. `roles`: who may; others see it disabled with the reason. `blocked`: another reason why not now. */
export function button(label, { on, roles = [], blocked = "", kind = "", iconName = "", busy = false, key, small = false, label2 = "", type = "button", hint = "", title = "" } = {}) {
  const reason = roles.length && !may(...roles) ? t("role.needed", { role: t(ROLE_OF[roles[0]]) }) : blocked;
  return h("button", {
    type, key, class: ["button", kind, small && "small", reason && "off", busy && "busy"],
    "aria-disabled": reason || busy ? "true" : null, title: reason || hint || title || null, "aria-label": label2 || (reason ? `${label} (${reason})` : null),
    on: { click(event) {
      if (reason || busy) {
        event.preventDefault();
        if (reason) toast(reason, { tone: "quiet" });
        return;
      }
      on?.(event);
    } },
  }, iconName && icon(iconName), label && h("span", null, label), hint && h("kbd", null, hint));
}

export function link(href, props, ...children) {
  return h("a", { href, ...props }, ...children);
}

/** A link out of the console; an address that is none becomes plain text. */
export function outside(href, label, kind = "button") {
  const safe = address(href);
  return safe ? h("a", { href: safe, target: "_blank", rel: "noopener noreferrer", class: kind, "data-out": true }, icon("out"), h("span", null, label), h("span", { class: "unseen" }, t("opens_new"))) : "";
}

// --- errors: what happened, what it means, what to do ------------------------------------------------------------------

const BY_STATUS = { 0: "unreachable", 400: "invalid_input", 401: "unauthenticated", 403: "forbidden", 404: "not_found", 409: "conflict", 422: "failed", 429: "try_again", 502: "unreadable", 503: "try_again" };

/** {what, means, todo} of an ApiError, in the reader's language and with the API's own words. */
export function explain(error) {
  const known = [error.code, BY_STATUS[error.status]].find((code) => code && has(`error.${code}.what`)) || "unknown";
  return {
    what: t(`error.${known}.what`),
    said: pick(error.problem?.told) || (error.detail && error.detail !== error.mend ? error.detail : ""),
    means: t(`error.${known}.means`),
    // Some advice is for programs ("GET /api/…"); a person gets our own.
    todo: pick(error.problem?.todo) || (error.mend && !/^(GET|POST|PUT) /.test(error.mend) ? error.mend : t(`error.${known}.todo`)),
    where: error.where || "",
  };
}

export function problem(error, { retry } = {}) {
  const told = explain(error);
  return h("div", { class: "problem", role: "alert" },
    shape("failed"),
    h("div", null,
      h("p", { class: "problem-what" }, told.what),
      told.said && h("p", { class: "problem-said" }, told.said),
      h("p", { class: "problem-means" }, told.means),
      h("p", { class: "problem-todo" }, h("b", null, t("error.todo")), " ", told.todo),
      retry && h("div", { class: "row" }, button(t("retry"), { on: retry, small: true, iconName: "reload" }))));
}

/** Why a venue or campaign failed. The step tells what it means; message and mend are the line's own words. */
export function failure(found, where = "venue") {
  const step = found.step && has(`step.${found.step}`) ? t(`step.${found.step}`) : found.step;
  const means = has(`failure.${found.code}`) ? t(`failure.${found.code}`) : t(`failure.${where}`);
  return h("div", { class: "problem" },
    shape("failed"),
    h("div", null,
      h("p", { class: "problem-what" }, step ? t("failure.at", { step }) : t("failure.plain")),
      h("p", { class: "problem-said" }, found.message),
      h("p", { class: "problem-means" }, means),
      h("p", { class: "problem-todo" }, h("b", null, t("error.todo")), " ", found.mend || t("failure.mend"))));
}

export function empty(title, text, ...actions) {
  return h("div", { class: "empty" }, h("p", { class: "empty-title" }, title), h("p", null, text), actions.length ? h("div", { class: "row" }, ...actions) : "");
}

export function skeleton(rows = 3) {
  return h("div", { class: "skeleton", "aria-busy": "true" }, h("span", { class: "unseen" }, t("loading")), Array.from({ length: rows }, () => h("div", { class: "bone" })));
}

// --- pictures ----------------------------------------------------------------------------------------------------------

const broken = new Set();

export function picture(src, alt, { on, kind = "", redraw, width, height, eager = false } = {}) {
  const safe = address(src);
  if (!safe || broken.has(safe)) return h("span", { class: `no-picture ${kind}`, role: "img", "aria-label": alt || t("picture.none") }, icon("image"), safe ? h("small", null, t("picture.broken")) : "");
  return h("img", { loading: eager ? "eager" : "lazy", decoding: "async", class: kind, alt, width, height, src: safe, on: { ...on, error() { broken.add(safe); redraw?.(); } } });
}

// --- things said in passing ---------------------------------------------------------------------------------------------

/** Tell screen readers. */
export function say(text) {
  document.getElementById("said").textContent = text;
}

/** A short message; returns a function that takes it away. `seconds` 0: stays. */
export function toast(text, { action, onAction, seconds = 5, tone: colour = "", state: mark = "" } = {}) {
  const node = h("div", { class: `toast ${colour}` },
    mark && shape(mark), h("span", { class: "toast-text" }, text),
    action && h("button", { type: "button", class: "button small", on: { click() { onAction(); } } }, h("span", null, action)));
  if (action && seconds) node.append(h("i", { class: "fuse", css: { "animation-duration": `${seconds}s` } }));
  const timer = seconds ? setTimeout(() => node.remove(), seconds * 1000) : 0;
  document.getElementById("toasts").append(node);
  if (!action) say(text);
  else say(`${text} ${action}`);
  return () => { clearTimeout(timer); node.remove(); };
}

export function toastError(error) {
  const told = explain(error);
  toast([told.what, told.said, told.todo].filter(Boolean).join(" "), { seconds: 12, tone: "bad", state: "failed" });
}

// --- dialogs ----------------------------------------------------------------------------------------------------------------

/** Show a modal; `build(close)` returns its content. Resolves with what close() was given, undefined for Escape. */
export function dialog(build, { kind = "", label = "" } = {}) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    const node = h("dialog", { class: `dialog ${kind}`, "aria-label": label || null });
    let result;
    const close = (value) => { result = value; node.close(); };
    node.append(build(close));
    node.addEventListener("close", () => { node.remove(); before?.focus?.(); resolve(result); });
    node.addEventListener("click", (event) => { if (event.target === node) close(); });
    document.body.append(node);
    node.showModal();
  });
}

export function confirm(title, text, { yes, danger = false }) {
  return dialog((close) => h("form", { method: "dialog", on: { submit(event) { event.preventDefault(); close(true); } } },
    h("h2", null, title), h("p", null, text),
    h("div", { class: "row end" },
      h("button", { type: "button", class: "button", on: { click() { close(false); } } }, h("span", null, t("cancel"))),
      h("button", { type: "submit", class: ["button", danger ? "danger" : "primary"], autofocus: true }, h("span", null, yes)))), { label: title });
}

export function chip(label, value, { kind = "", title = "" } = {}) {
  return h("span", { class: `chip ${kind}`, title: title || null }, label && h("span", { class: "chip-label" }, label), h("span", null, value));
}

export function field(label, control, { help = "", error = "" } = {}) {
  return h("label", { class: ["field", error && "wrong"] }, h("span", { class: "field-label" }, label), control, help && h("span", { class: "help" }, help), error && h("span", { class: "field-error" }, error));
}

export function section(title, { count, aside, id, kind = "" } = {}, ...children) {
  return h("section", { class: `section ${kind}`, key: id || title, "aria-label": title },
    h("div", { class: "section-head" }, h("h2", null, title, count !== undefined && h("span", { class: "count" }, count)), aside), ...children);
}

export function switcher(label, options, chosen, choose) {
  return h("div", { class: "switcher", role: "group", "aria-label": label }, options.map(([value, words, name]) =>
    h("button", { type: "button", "aria-pressed": String(value === chosen), on: { click() { choose(value); } } }, name && icon(name), h("span", null, words))));
}

// --- the five stretches of a venue's way, for cards that only know its status -----------------------------------------------

const STRETCHES = ["select", "materials", "page", "review", "publish"];
const REACHED = { planned: 0, selecting: 0, generating: 1, staged: 2, in_review: 3, approved: 4, published: 5, retired: 5 };
const STEP_STRETCH = { ExpandTheme: 0, RecallBySearch: 0, RecallByVector: 0, RecallByRules: 0, FuseRecall: 0, RecruitMerchants: 0, PlanFloors: 0, MatchTemplate: 1, RequestMaterials: 1, RenderPage: 2, InspectPage: 2, RequestReview: 3, PublishVenue: 4 };

export function progress(venue) {
  const failed = venue.status === "failed";
  const at = failed ? STEP_STRETCH[venue.failure?.step] ?? 0 : REACHED[venue.status] ?? 0;
  const words = STRETCHES.map((name, index) => `${t(`stretch.${name}`)}: ${index < at ? t("step_state.done") : index === at && failed ? t("step_state.failed") : index === at && venue.status !== "planned" ? t("step_state.running") : t("step_state.to_come")}`);
  return h("div", { class: "progress", role: "img", "aria-label": words.join(", ") }, STRETCHES.map((name, index) => {
    let kind = index < at ? "done" : "";
    let fill = index < at ? 1 : 0;
    if (index === at && !failed && venue.status !== "planned") {
      kind = venue.status === "in_review" ? "mine" : "busy";
      fill = name === "materials" && venue.materials_total ? Math.max(0.08, venue.materials_ready / venue.materials_total) : kind === "mine" ? 1 : 0.5;
    }
    if (index === at && failed) { kind = "bad"; fill = 1; }
    if (venue.status === "retired") kind = "quiet";
    return h("span", { class: `stretch ${kind}`, title: words[index] }, h("i", { css: { width: `${Math.round(fill * 100)}%` } }));
  }));
}

// --- a page in a device ------------------------------------------------------------------------------------------------------

const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => fit(target)));

function fit(frame) {
  const [width, height] = frame.dataset.size.split("x").map(Number);
  const scale = Math.min(1, frame.clientWidth / width);
  frame.style.setProperty("--scale", String(scale));
  frame.style.setProperty("height", `${Math.round(height * scale)}px`);
}

/** The staged page at a device's true width, scaled to fit. Without same-origin rights: a page must not reach this tab's token. */
export function device(kind, url, title) {
  const size = kind === "phone" ? "390x780" : "1440x900";
  const [width, height] = size.split("x");
  const screen = h("div", { class: "device-screen", "data-size": size, key: "screen" },
    h("iframe", { key: url, src: address(url), title, sandbox: "allow-scripts allow-popups", referrerpolicy: "no-referrer", css: { width: `${width}px`, height: `${height}px` } }));
  queueMicrotask(() => sizes.observe(screen));
  return h("div", { class: `device device-${kind}`, key: kind }, h("div", { class: "device-bar", "aria-hidden": "true" }, kind === "desktop" ? h("i") : ""), screen);
}
