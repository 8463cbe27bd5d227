// Review mode: one venue a screen, decided by keys. The next one is loaded while this one is looked at.

import { get, id, post } from "/console/api.js";
import { approveSeveral } from "/console/bulk.js";
import { h } from "/console/dom.js";
import { heldVenues, onHeld } from "/console/held.js";
import { holdApproval, holdRejection, material, newPanel, rejectionLack, rejectPanel, REASONS } from "/console/materials.js";
import { ago, button, device, empty, problem, say, shape, skeleton, state, switcher, toast } from "/console/parts.js";
import { looked, stopwatch } from "/console/looking.js";
import { paceLine } from "/console/release.js";
import { posters } from "/console/posters.js";
import { reviewImages } from "/console/first_images.js";
import { segmentPages } from "/console/segments.js";
import { may } from "/console/session.js";
import { inspection } from "/console/venue.js";
import { duration, t, tn } from "/console/words.js";

const version = (venue) => `${venue.venue_id}@${venue.staged_version}`;

export function review(app, wanted) {
  let queue = null; // venues in review, longest waiting first
  let at = wanted ? decodeURIComponent(wanted) : "";
  let error = null;
  let frame = matchMedia("(max-width: 800px)").matches ? "" : "phone";
  const segments = segmentPages(app);
  const images = reviewImages(app);
  const loaded = new Map(); // venue id -> {detail, preview, error}, for the version in the queue
  const decided = new Set(); // sent, but the list has not noticed yet
  let chosen = new Set();
  let panel = null;
  let pace = null; // how long people look, as the server has it
  const watch = stopwatch();
  let guessed = false; // the picture was ticked for the reviewer, who may not have meant it

  const release = onHeld(() => app.draw());
  const open = () => (queue || []).filter((each) => !heldVenues().has(each.venue_id) && !decided.has(version(each)));
  const current = () => (queue || []).find((each) => each.venue_id === at);

  async function load(venue) {
    const found = loaded.get(venue.venue_id);
    if (found && found.version === venue.staged_version) return;
    const entry = { version: venue.staged_version, detail: null, preview: "", error: null };
    loaded.set(venue.venue_id, entry);
    try {
      const [detail, staged] = await Promise.all([get(`/api/venues/${id(venue.venue_id)}`), post(`/api/venues/${id(venue.venue_id)}/preview`)]);
      entry.detail = detail;
      entry.preview = staged.url;
      for (const { result } of detail.materials) {
        if (result?.media_key) new Image().src = `/${result.media_key.replace(/^\//, "")}`;
      }
    } catch (found_error) {
      entry.error = found_error;
    }
    app.draw();
  }

  function settle() {
    const venue = current();
    if (!venue || !open().includes(venue)) {
      const next = open()[0];
      if (next && next.venue_id !== at) move(next);
      else if (!next && !venue) at = "";
    }
    ahead();
  }

  function ahead() {
    const rest = open();
    const index = rest.findIndex((each) => each.venue_id === at);
    for (const venue of [rest[index], rest[index + 1]]) if (venue) load(venue);
  }

  function move(venue, words = true) {
    at = venue.venue_id;
    chosen = new Set();
    guessed = false;
    panel = null;
    history.replaceState(null, "", `/console/review/${id(at)}`);
    window.scrollTo(0, 0);
    if (words) say(venue.theme.name);
    ahead();
    app.draw();
  }

  function step(by) {
    const rest = open();
    if (!rest.length) return;
    const index = rest.findIndex((each) => each.venue_id === at);
    const next = rest[index + by];
    if (next) move(next);
    else toast(t(by > 0 ? "review.last" : "review.first"), { seconds: 2 });
  }

  function onward(from) {
    const all = queue;
    const index = all.findIndex((each) => each.venue_id === from.venue_id);
    const rest = open();
    const next = all.slice(index + 1).find((each) => rest.includes(each)) || rest[0];
    if (next) move(next, false);
    else { at = ""; history.replaceState(null, "", "/console/review"); app.draw(); }
  }

  /** What was on the screen when this decision was made, and for how long. */
  const looking = (venue) => looked(loaded.get(venue.venue_id).detail.materials, watch.seconds(version(venue)), loaded.get(venue.venue_id).detail.first_images);

  async function several() {
    if (!may("reviewer")) { toast(t("role.needed", { role: t("role.reviewer") })); return; }
    const before = current();
    await approveSeveral(open(), {
      sent(venues) { for (const venue of venues) decided.add(version(venue)); poll.now(); paces.now(); },
      failed() { loaded.clear(); poll.now(); },
      undone() { if (before) move(before); },
    });
    settle();
    app.draw();
  }

  const endings = (venue) => ({
    undone() { watch.at(""); move(venue); },
    sent() { decided.add(version(venue)); poll.now(); paces.now(); },
    failed() { loaded.delete(venue.venue_id); poll.now(); },
  });

  const ready = () => { const venue = current(); return venue && open().includes(venue) && loaded.get(venue.venue_id)?.detail ? venue : null; };

  function approve() {
    const venue = ready();
    if (!venue) return;
    if (!may("reviewer")) { toast(t("role.needed", { role: t("role.reviewer") })); return; }
    if (loaded.get(venue.venue_id).detail.inspection?.findings.some((each) => each.severity === "blocker")) { toast(t("review.blocked"), { state: "failed" }); return; }
    holdApproval({ venue, looking: looking(venue), ...endings(venue) });
    onward(venue);
  }

  function startReject() {
    const venue = ready();
    if (!venue) return;
    if (!may("reviewer")) { toast(t("role.needed", { role: t("role.reviewer") })); return; }
    const { materials } = loaded.get(venue.venue_id).detail;
    // What is sent back most often is the first picture; ticking others first says otherwise.
    if (!chosen.size) {
      const first = materials.find(({ task }) => task.kind === "image") || materials[0];
      if (first) { chosen.add(first.task.material_id); guessed = true; }
    }
    panel = newPanel();
    app.draw();
    requestAnimationFrame(() => { const title = document.getElementById("reject-title"); title?.focus({ preventScroll: true }); title?.scrollIntoView({ block: "nearest" }); });
  }

  function reason(code, at_once) {
    panel.code = code;
    panel.note = "";
    if (code === "other" && !panel.text.trim()) {
      panel.note = at_once ? t("reject.say") : "";
      app.draw();
      requestAnimationFrame(() => document.getElementById("reject-text")?.focus());
      return;
    }
    if (at_once) sendRejection();
    else app.draw();
  }

  function sendRejection() {
    const venue = ready();
    if (!venue || !panel) return;
    panel.note = rejectionLack(panel, chosen);
    if (panel.note) { app.draw(); return; }
    const tasks = loaded.get(venue.venue_id).detail.materials.map(({ task }) => task).filter((task) => chosen.has(task.material_id));
    holdRejection({ venue, tasks, panel, looking: looking(venue), ...endings(venue) });
    onward(venue);
  }

  const cancel = () => { panel = null; if (guessed) chosen = new Set(); guessed = false; app.draw(); document.getElementById("main")?.focus({ preventScroll: true }); };

  const poll = app.live(async (signal) => {
    const found = (await get("/api/venues?status=in_review", { signal })).venues;
    queue = [...found].sort((one, other) => one.updated_at.localeCompare(other.updated_at));
    app.waiting = queue;
    error = null;
    for (const each of [...decided]) if (!queue.some((venue) => version(venue) === each)) decided.delete(each);
    settle();
    app.draw();
    return queue.length ? 6000 : 4000;
  }, (found) => { error = found; });

  const paces = app.live(async (signal) => {
    pace = await get("/api/review/pace?days=7", { signal });
    app.draw();
    return 60000;
  });

  return {
    title: () => t("nav.review"),
    moved([next]) { if (next && queue) { const venue = queue.find((each) => each.venue_id === decodeURIComponent(next)); if (venue) { move(venue); return true; } } return !next; },
    stop() { release(); watch.stop(); },
    keyHelp: () => [["A", t("keys.approve")], ["R", t("keys.reject")], ["1 – 8", t("keys.reason")], ["J K", t("keys.next")], ["Z", t("keys.undo")]],
    key(pressed) {
      const key = pressed.toLowerCase();
      if (panel) {
        if (key === "escape") { cancel(); return true; }
        if (/^[1-8]$/.test(key)) { reason(REASONS[Number(key) - 1], true); return true; }
        if (key === "enter" && panel.code && !document.activeElement.closest?.("button, a, input")) { sendRejection(); return true; }
      }
      if (key === "a" && !panel) { approve(); return true; }
      if (key === "r") { if (panel) cancel(); else startReject(); return true; }
      if (key === "j" || (key === "arrowright" && !panel)) { step(1); return true; }
      if (key === "k" || (key === "arrowleft" && !panel)) { step(-1); return true; }
      return false;
    },
    view() {
      if (!queue) return h("div", { class: "page" }, error && !error.passing ? problem(error) : skeleton(4));
      const rest = open();
      const venue = current();
      if (!rest.length || !venue || !rest.includes(venue)) {
        return h("div", { class: "page" }, h("h1", null, t("nav.review")), empty(t("review.none"), heldVenues().size ? t("review.none_held") : t("review.none_text"), h("a", { class: "button", href: "/console/" }, t("nav.home"))));
      }
      const entry = loaded.get(venue.venue_id);
      const detail = entry?.detail;
      if (detail) watch.at(version(venue));
      const index = rest.indexOf(venue);
      const blocked = detail?.inspection?.findings.some((each) => each.severity === "blocker");
      const toggle = (materialId) => { guessed = false; if (chosen.has(materialId)) chosen.delete(materialId); else chosen.add(materialId); app.draw(); };
      // As a buyer meets them: pictures, the words of the hero, the floors, what is shared.
      const rank = ({ task }) => (task.kind === "image" ? 0 : task.component === "hero" ? 1 : task.component.startsWith("floor-") ? 2 : 3);
      const order = [...(detail?.materials || [])].sort((one, other) => rank(one) - rank(other));
      return h("div", { class: "page review" },
        h("div", { class: "review-head" },
          h("div", null, h("p", { class: "meta" }, h("span", null, t("review.position", { n: index + 1, total: rest.length })), h("span", null, tn("review.waits", { when: ago(venue.updated_at) })), venue.round > 1 ? h("span", { class: "tag" }, t("material.round", { n: venue.round })) : "",
            pace?.total.decisions ? h("span", { title: t("pace.help", { most: duration(pace.idle_seconds * 1000) }) }, t("pace.week", { line: paceLine(pace.total) })) : ""),
            h("h1", null, venue.theme.name), venue.theme.slogan && h("p", { class: "quiet" }, venue.theme.slogan)),
          h("div", { class: "row review-nav" }, rest.length > 1 ? button(t("bulk.open"), { roles: ["reviewer"], on: several }) : "", button("", { iconName: "back", label2: t("keys.previous_one"), on: () => step(-1) }), button("", { iconName: "next", label2: t("keys.next_one"), on: () => step(1) }), h("a", { class: "button", href: `/console/venues/${id(venue.venue_id)}` }, h("span", null, t("review.details"))))),
        entry?.error ? problem(entry.error, { retry: () => { loaded.delete(venue.venue_id); ahead(); app.draw(); } })
          : !detail ? skeleton(4)
            : h("div", { class: ["review-body", frame && "with-frame"], key: venue.venue_id },
              h("div", null,
                venue.review_note && venue.round > 1 ? h("p", { class: "note" }, h("b", null, t("review.note")), " ", venue.review_note) : "",
                h("ul", { class: "materials materials-large" }, order.map((each, place) => material(each, { chosen: may("reviewer") ? chosen : null, toggle, redraw: app.draw, earlier: venue.constraints?.[each.task.material_id] || [], eager: place < 2, panel }))),
                posters(detail.posters, { title: venue.theme.name, redraw: app.draw }),
                images(detail),
                inspection(detail.inspection, { venueId: detail.venue.venue_id })),
              h("div", { class: "review-frame" },
                switcher(t("preview"), [["phone", t("phone"), "phone"], ["desktop", t("desktop"), "desktop"], ["", t("preview.hide"), "close"]], frame, (next) => { frame = next; app.draw(); }),
                frame && entry.preview ? device(frame, entry.preview, t("preview.of", { name: venue.theme.name })) : "",
                entry.preview ? segments({ path: `/api/venues/${id(venue.venue_id)}`, campaignPath: `/api/campaigns/${id(venue.campaign_id)}`, name: t("preview.of", { name: venue.theme.name }), url: entry.preview, version: venue.staged_version }) : "")),
        detail && h("div", { class: ["review-bar", panel && "rejecting"], key: "bar" },
          panel ? rejectPanel({ entries: detail.materials, chosen, panel, choose: reason, send: sendRejection, cancel, redraw: app.draw })
            : [button(t("approve"), { kind: "good", roles: ["reviewer"], blocked: blocked ? t("review.blocked") : "", on: approve, hint: "A" }),
              button(t("reject"), { kind: "danger", roles: ["reviewer"], on: startReject, hint: "R" }),
              h("span", { class: "review-effect quiet" }, may("reviewer") ? t("review.effect") : t("role.needed", { role: t("role.reviewer") })),
              blocked ? h("span", { class: "state tone-bad" }, shape("blocker"), t("review.blocked")) : "",
              h("span", { class: "grow" }), h("span", { class: "keys-line" }, h("kbd", null, "J"), h("kbd", null, "K"), h("span", null, t("keys.next")), h("kbd", null, "?"), h("span", null, t("keys.title"))), state("venue", "in_review")]));
    },
  };
}
