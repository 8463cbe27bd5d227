// Buyer segments of a venue: which are on, why each one's page differs, and that page beside the default.

import { get, post, put } from "/console/api.js";
import { h } from "/console/dom.js";
import { button, device, problem, shape, skeleton, switcher, toast, toastError } from "/console/parts.js";
import { pick, t } from "/console/words.js";

const MOST = 6;

/** A part that is loaded when somebody opens it. `kept()` gives {path, campaignPath, name, url, version} of the venue in front of them. */
export function segmentPages(app) {
  const known = new Map(); // path + version -> {data, error, chosen, urls}
  let open = false;
  let busy = "";

  function load(mine, path) {
    get(`${path}/segments`).then((answer) => { mine.data = answer; mine.error = null; }, (found) => { mine.error = found; }).finally(() => app.draw());
  }

  function entry({ path, version }) {
    const key = `${path} ${version}`;
    if (!known.has(key)) {
      known.set(key, { data: null, error: null, chosen: "", urls: {} });
      load(known.get(key), path);
    }
    return known.get(key);
  }

  async function set(mine, where, segments, kept) {
    busy = where;
    app.draw();
    try {
      await put(`${where}/segments`, { segments });
      mine.data = await get(`${kept.path}/segments`);
      toast(t("segments.saved"), { state: "done" });
    } catch (found) {
      toastError(found);
    }
    busy = "";
    app.draw();
  }

  async function look(mine, kept, segment) {
    mine.chosen = segment;
    app.draw();
    if (!segment || mine.urls[segment]) return;
    try {
      mine.urls[segment] = (await post(`${kept.path}/segments/${encodeURIComponent(segment)}/preview`)).url;
    } catch (found) {
      mine.chosen = "";
      toastError(found);
    }
    app.draw();
  }

  function rows(mine, kept) {
    const { on, pages, declared, own, campaign } = mine.data;
    const told = Object.fromEntries(pages.map((each) => [each.id, each]));
    const turned = (segment) => (on.includes(segment) ? on.filter((each) => each !== segment) : [...on, segment]);
    const full = on.length >= MOST ? t("segments.full", { n: MOST }) : "";
    return [
      h("ul", { class: "plain segment-list" }, declared.map((each) => h("li", { key: each.id },
        h("span", { class: "grow" }, h("b", null, pick(each.who)), h("small", { class: "quiet" }, standing(each, told[each.id], on))),
        button(t(on.includes(each.id) ? "segments.off" : "segments.on"), { small: true, roles: ["operator"], busy: Boolean(busy), blocked: on.includes(each.id) ? "" : full, label2: `${t(on.includes(each.id) ? "segments.off" : "segments.on")}: ${pick(each.who)}`, on: () => set(mine, kept.path, turned(each.id), kept) })))),
      h("div", { class: "row" },
        h("span", { class: "quiet grow" }, t(own === null ? "segments.as_campaign" : "segments.own")),
        own === null ? "" : button(t("segments.follow"), { small: true, roles: ["operator"], busy: Boolean(busy), on: () => set(mine, kept.path, null, kept) }),
        String(on) === String(campaign) ? "" : button(t("segments.all_venues"), { small: true, roles: ["operator"], busy: Boolean(busy), on: () => set(mine, kept.campaignPath, on, kept) })),
    ];
  }

  function standing(segment, told, on) {
    if (!on.includes(segment.id)) return t("segments.is_off", { what: pick(segment.because) });
    if (!told) return t("segments.next_time");
    if (told.blocked) return t("segments.blocked", { why: pick(told.why) });
    return told.version_id ? pick(told.why) : t("segments.default", { why: pick(told.why) });
  }

  function beside(mine, kept) {
    const made = mine.data.pages.filter((each) => each.version_id && mine.data.on.includes(each.id));
    if (!made.length) return h("p", { class: "quiet" }, t("segments.none"));
    const url = mine.urls[mine.chosen];
    const chosen = made.find((each) => each.id === mine.chosen);
    return [
      switcher(t("segments"), [["", t("segments.nobody")], ...made.map((each) => [each.id, pick(each.who)])], mine.chosen, (next) => look(mine, kept, next)),
      chosen && url ? h("div", { class: "segment-pair", key: chosen.id },
        h("figure", { key: "default" }, h("figcaption", null, t("segments.nobody")), device("phone", kept.url, `${kept.name} – ${t("segments.nobody")}`)),
        h("figure", { key: "theirs" }, h("figcaption", null, pick(chosen.who)), device("phone", url, `${kept.name} – ${pick(chosen.who)}`))) : "",
    ];
  }

  return (kept) => {
    const mine = open ? entry(kept) : null;
    return h("details", { class: "segments", key: "segments", open, on: { toggle() { if (this.open !== open) { open = this.open; app.draw(); } } } },
      h("summary", null, t("segments")),
      !mine ? "" : mine.error ? problem(mine.error, { retry: () => load(mine, kept.path) }) : !mine.data ? skeleton(3) : [
        h("p", { class: "quiet" }, t("segments.text")),
        mine.data.no_room ? h("p", { class: "state tone-bad" }, shape("warning"), h("span", null, t("segments.no_room"))) : "",
        rows(mine, kept), beside(mine, kept)]);
  };
}
