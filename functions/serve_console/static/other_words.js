// Other words for one text: asked of the model, shown with what the checks said, taken into the draft at a press (and undone like any edit).

import { get, id, post } from "/console/api.js";
import { h } from "/console/dom.js";
import { button, problem, say, shape } from "/console/parts.js";
import { may } from "/console/session.js";
import { pick, t } from "/console/words.js";

const LOOK_EVERY = 900;
const MOST_SEEN = 30;

/** What was asked for at each place of the draft that `draftOf` gives; `stop` when the screen is left. */
export function otherWords(app, path, draftOf) {
  const asked = new Map(); // place -> {status, ask_id, proposals, refused, why, error, seen, timer}

  async function ask(place) {
    const before = asked.get(place);
    const seen = [...(before?.seen || []), ...(before?.proposals || []).map((each) => each.text)].slice(-MOST_SEEN);
    const mine = { status: "waiting", proposals: [], refused: [], seen };
    clearTimeout(before?.timer);
    asked.set(place, mine);
    app.draw();
    const take = async (send) => {
      try {
        Object.assign(mine, await send(), { error: null });
      } catch (error) {
        if (error.passing && mine.ask_id) mine.error = null; // the next look may get through
        else Object.assign(mine, { status: "failed", error });
      }
      if (asked.get(place) !== mine) return;
      if (mine.status === "waiting") mine.timer = setTimeout(() => take(() => get(`${path}/page/ask/${id(mine.ask_id)}?place=${encodeURIComponent(place)}`)), LOOK_EVERY);
      else if (mine.status === "ready") say(mine.proposals.length ? t("words.came", { n: mine.proposals.length }) : pick(mine.why));
      app.draw();
    };
    await take(() => post(`${path}/page/ask`, { draft: draftOf(), place, seen }));
  }

  const drop = (place) => { clearTimeout(asked.get(place)?.timer); asked.delete(place); app.draw(); };

  function opener(place, label, value) {
    const busy = asked.get(place)?.status === "waiting";
    return may("operator") ? button(asked.get(place)?.proposals.length ? t("words.more") : value ? t("words.ask") : t("words.write"), { key: "ask", small: true, kind: "bare", busy, label2: t("words.ask_for", { what: label }), title: t("words.costs"), on: () => ask(place) }) : "";
  }

  function panel(place, label, value, write) {
    const found = asked.get(place);
    if (!found) return "";
    return h("div", { class: "other-words", key: "others", role: "group", "aria-label": t("words.ask_for", { what: label }) },
      found.status === "waiting" ? h("p", { class: "quiet", role: "status" }, t("words.waiting")) : "",
      found.error ? problem(found.error, { retry: () => ask(place) }) : found.why && pick(found.why) ? h("p", { class: "note" }, pick(found.why)) : "",
      found.proposals.length ? h("ul", { class: "plain" }, found.proposals.map((each) => h("li", { key: each.text },
        h("div", { class: "row" }, h("span", { class: "grow words-said" }, each.text),
          each.text === value ? h("span", { class: "tag" }, t("words.taken")) : button(t("words.use"), { small: true, label2: t("words.take", { text: each.text }), on: () => { write(each.text); say(t("words.was_taken", { text: each.text })); } })),
        h("div", { class: "quiet words-judged" }, shape(each.findings.length ? "warning" : "passed"), each.findings.length ? each.findings.map((one) => `${one.words} ${pick(one.message)}`.trim()).join(t("comma")) : t("words.sound"))))) : "",
      found.refused.length ? h("details", { class: "measured", key: "refused" }, h("summary", null, t("words.refused", { n: found.refused.length })),
        h("ul", { class: "typed" }, found.refused.map((each, index) => h("li", { key: index, class: each.severity }, shape("blocker"), h("div", null, each.words ? h("mark", null, each.words) : "", " ", h("b", null, pick(each.message)), each.details ? h("small", { class: "quiet", lang: "en" }, ` ${each.details}`) : ""))))) : "",
      found.status === "waiting" ? "" : h("div", { class: "row", key: "foot" }, h("small", { class: "quiet grow" }, t("words.costs")), button(t("close"), { small: true, kind: "bare", on: () => drop(place) })));
  }

  return { opener, panel, stop() { for (const each of asked.values()) clearTimeout(each.timer); asked.clear(); } };
}
