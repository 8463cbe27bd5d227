// What is coming, what the trend feeds reported (warmest first), and what nothing can be promoted on.

import { get } from "/console/api.js";
import { coming } from "/console/coming.js";
import { h } from "/console/dom.js";
import { button, empty, problem, section, skeleton, switcher, toastError } from "/console/parts.js";
import { day, list, number, pick, t } from "/console/words.js";

const KINDS = ["industry", "seasonal", "event"];
const SHOWN = 60;

export function trends(app) {
  let found = null;
  let told = null;
  let asking = false;
  let error = null;
  const ahead = coming(app);
  let kind = "";
  let industry = "";
  let shown = SHOWN;
  app.live(async (signal) => {
    found = (await get("/api/trends", { signal })).trends;
    app.draw();
    return 60000;
  }, (trouble) => { error = trouble; });
  // Counted over everything that was ever imported: only when somebody wants to know.
  async function tell() {
    asking = true;
    app.draw();
    try {
      told = await get("/api/trends/report");
    } catch (trouble) {
      toastError(trouble);
    }
    asking = false;
    app.draw();
  }
  const named = (code) => pick(app.config.industries.find((each) => each.code === code)) || code || t("industry.every");
  return {
    title: () => t("nav.trends"),
    view() {
      const fits = (found || []).filter((each) => (!kind || each.kind === kind) && (!industry || each.industry === industry));
      return h("div", { class: "page" },
        h("div", { class: "head" }, h("h1", null, t("nav.trends"))),
        h("p", { class: "lead" }, t("trends.text")),
        ahead(),
        !found ? error && !error.passing ? problem(error) : skeleton(6) : !found.length ? empty(t("trends.none"), t("trends.none_text"), h("code", null, "huichang trends import trends.csv")) : [
          h("div", { class: "row filters" },
            switcher(t("theme.kind"), [["", t("all")], ...KINDS.map((each) => [each, t(`kind.${each}`)])], kind, (next) => { kind = next; shown = SHOWN; app.draw(); }),
            h("select", { "aria-label": t("industry"), value: industry, on: { change() { industry = this.value; shown = SHOWN; app.draw(); } } }, h("option", { value: "" }, t("industry.all")), app.config.industries.map((each) => h("option", { value: each.code }, pick(each))))),
          fits.length ? h("ul", { class: "rows" }, fits.slice(0, shown).map((each) => h("li", { class: "line trend", key: each.id },
            h("span", { class: "line-main" }, h("b", { lang: each.language }, each.title), h("small", null, [each.members.length ? t("trends.alike", { n: each.members.length }) : "", each.description, each.keywords.length ? list(each.keywords.slice(0, 8)) : ""].filter(Boolean).join(" · "))),
            h("span", { class: "heat", title: `${t("heat")} ${number(each.heat)}` }, h("span", { class: "bar-track" }, h("i", { css: { width: `${Math.max(2, each.warmth * 100)}%` } })), h("b", null, number(each.heat, { notation: "compact", maximumFractionDigits: 1 })), h("span", { class: "unseen" }, t("heat"))),
            h("span", { class: "line-side trend-side" }, h("span", { class: "tag" }, t(`kind.${each.kind}`)), h("span", { class: "quiet" }, named(each.industry)), h("small", { class: "quiet" }, `${each.source} · ${day(each.observed_on)}`))))) : empty(t("trends.no_match"), t("trends.no_match_text")),
          fits.length > shown ? h("div", { class: "row center" }, h("button", { type: "button", class: "button", on: { click() { shown += SHOWN; app.draw(); } } }, h("span", null, t("show_more", { n: fits.length - shown })))) : ""],
        !told ? h("div", { class: "row center" }, button(t("trends.why"), { busy: asking, on: tell })) : section(t("trends.dropped"), { id: "dropped", count: number(told.dropped) }, h("p", { class: "quiet" }, t("trends.dropped_text", { n: told.commercial })), h("ul", { class: "rows" }, told.dropped_for.map((each) => h("li", { class: "line", key: each.code },
          h("span", { class: "line-main" }, h("b", null, pick(each.name)), h("small", null, list(each.examples.slice(0, 3)))),
          h("span", { class: "line-side" }, each.sensitive ? h("span", { class: "tag" }, t("trends.sensitive")) : "", h("b", null, number(each.count))))))));
    },
  };
}
