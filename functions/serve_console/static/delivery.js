// Delivery: one placement is chosen above, and each tab shows its part of it.
//
// A tab's module exports `async function show(host, params)`. It draws into `host` (an element that is its own: whatever the console
// draws around it leaves it alone) and is called anew when the placement, the tab or the language changes. `params`:
//   placement   the name of the placement that is chosen
//   placements  all of them, as GET /api/placements answers
//   app         what every screen is given (config, go, …)
//   live        like app.live; stopped when the tab is left
//   signal      aborted when the tab is left
//   choose      (name) chooses another placement
//   refresh     asks for the placements again; a promise
// A tab may set two of its own: `changed` is called when `placements` are newer, `dirty` says whether something typed would be lost.

import { get, id } from "/console/api.js";
import { TABS } from "/console/delivery_tabs.js";
import { h } from "/console/dom.js";
import { live } from "/console/live.js";
import { confirm, problem, skeleton } from "/console/parts.js";
import { lang, pick, t } from "/console/words.js";

const AGAIN = 30000;
export const FIRST = "home";

export function delivery(app, wantedPlacement, wantedTab) {
  let placements = null;
  let error = null;
  let chosen = wantedPlacement || FIRST;
  let tab = TABS.find((each) => each.id === wantedTab) || TABS[0];
  let shown = null; // what stands in the host: {key, stop()}

  const poll = app.live(async (signal) => {
    take((await get("/api/placements", { signal })).placements);
    return AGAIN;
  }, (trouble) => { error = trouble; });

  function take(found) {
    placements = found;
    error = null;
    if (!named(chosen)) chosen = (named(FIRST) || found[0]).placement.name;
    if (shown) {
      shown.params.placements = found;
      shown.params.changed?.();
    }
    app.draw();
  }

  const named = (name) => placements?.find((each) => each.placement.name === name);
  const path = () => `/console/delivery/${id(chosen)}/${tab.id}`;

  async function refresh() {
    take((await get("/api/placements")).placements);
  }

  const leaves = async () => !shown?.params.dirty?.() || Boolean(await confirm(t("delivery.leave_title"), t("delivery.leave_text"), { yes: t("delivery.leave"), danger: true }));

  async function choose(name) {
    if (name !== chosen && !(await leaves())) {
      document.getElementById("placement").value = chosen;
      return;
    }
    chosen = name;
    history.replaceState(null, "", path());
    app.draw();
  }

  async function turn(next) {
    if (next !== tab && !(await leaves())) return;
    tab = next;
    history.replaceState(null, "", path());
    app.draw();
    requestAnimationFrame(() => document.getElementById(`tab-${tab.id}`)?.scrollIntoView({ inline: "center", block: "nearest" }));
  }

  function leave() {
    shown?.stop();
    shown = null;
  }

  /** What the tab draws, into the host that stands in the page now. */
  async function fill() {
    const host = document.getElementById("delivery-host");
    const key = `${tab.id} ${chosen} ${lang()}`;
    if (!host || !placements || (shown?.key === key && shown.host === host)) return;
    leave();
    const over = new AbortController();
    const watchers = [];
    const mine = { key, host, stop() { over.abort(); for (const each of watchers) each.stop(); }, params: null };
    mine.params = {
      placement: chosen, placements, app, signal: over.signal, choose, refresh,
      live(ask, failed = (trouble) => trouble.passing) {
        const watcher = live(ask, failed);
        watchers.push(watcher);
        if (over.signal.aborted) watcher.stop();
        return watcher;
      },
    };
    shown = mine;
    host.replaceChildren(skeleton(4));
    try {
      const { show } = await tab.load();
      if (over.signal.aborted) return;
      host.replaceChildren();
      await show(host, mine.params);
    } catch (trouble) {
      if (over.signal.aborted || trouble.name === "AbortError") return;
      console.error(trouble);
      host.replaceChildren(problem(trouble.problem ? trouble : { status: 0, code: "unreachable", detail: "" }, { retry: () => { leave(); app.draw(); } }));
    }
  }

  function picker() {
    const kinds = [["public", t("placements.public")], ["private", t("placements.private")]];
    return h("label", { class: "inline placement-picker" }, h("span", null, t("delivery.placement")),
      h("select", { id: "placement", on: { change() { choose(this.value); } } }, kinds.map(([kind, words]) =>
        h("optgroup", { label: words }, placements.filter((each) => each.placement.kind === kind).map(({ placement }) =>
          h("option", { value: placement.name, selected: placement.name === chosen }, `${pick(placement.what)} · ${placement.name}`))))));
  }

  function view() {
    if (placements) requestAnimationFrame(fill);
    return h("div", { class: "page" },
      h("div", { class: "head" }, h("h1", null, t("nav.delivery")), placements ? picker() : ""),
      h("p", { class: "lead" }, t("delivery.text")),
      !placements ? error && !error.passing ? problem(error, { retry: () => poll.now() }) : skeleton(4) : [
        h("div", { class: "tabs", role: "tablist", "aria-label": t("nav.delivery"), key: "tabs" }, TABS.map((each) =>
          h("button", { type: "button", role: "tab", id: `tab-${each.id}`, key: each.id, "aria-selected": String(each === tab), "aria-controls": "delivery-host", tabindex: each === tab ? "0" : "-1", on: { click() { turn(each); }, keydown: arrows } }, t(each.word)))),
        h("div", { class: "delivery-host", id: "delivery-host", role: "tabpanel", "aria-labelledby": `tab-${tab.id}`, key: "host", own: true }),
      ]);
  }

  function arrows(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    turn(TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length]);
    requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById(`tab-${tab.id}`)?.focus()));
  }

  return {
    title: () => t("nav.delivery"),
    view,
    moved([placement, part]) {
      chosen = placement || FIRST;
      tab = TABS.find((each) => each.id === part) || TABS[0];
      if (placements && !named(chosen)) chosen = (named(FIRST) || placements[0]).placement.name;
      return true;
    },
    stop: leave,
  };
}
