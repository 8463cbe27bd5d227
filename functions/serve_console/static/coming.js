// What is coming and has stock: a campaign for a festival, now or by itself, with nothing to type.

import { get, post } from "/console/api.js";
import { h } from "/console/dom.js";
import { button, confirm, section, toast, toastError } from "/console/parts.js";
import { day, dayTime, lang, list, number, pick, t } from "/console/words.js";

const SHOWN = 6;

/** The section of the trends page. Its data is asked for again where the language changed: sentences are in it. */
export function coming(app) {
  let found = null;
  let spoken = "";
  let all = false;
  const poll = app.live(async (signal) => {
    spoken = lang();
    found = (await get(`/api/calendar?days=60&language=${spoken}`, { signal })).upcoming;
    app.draw();
    return 600000;
  });

  const create = (theme) => app.go(`/console/?${new URLSearchParams({ sentence: theme.sentence, ...(theme.venues ? { venues: theme.venues } : {}) })}`);

  async function schedule(plan) {
    if (!(await confirm(t("coming.schedule_title", { when: dayTime(plan.at) }), plan.sentence, { yes: t("coming.schedule") }))) return;
    const { name, sentence, venues, at, catalogue, language } = plan;
    try {
      await post("/api/schedules", { name, sentence, venues, at, language, ...(catalogue ? { catalogue } : {}) });
      toast(t("schedule.made", { name }), { state: "done" });
    } catch (trouble) {
      toastError(trouble);
    }
  }

  function says(each) {
    if (!each.promote) return t("coming.mourning");
    if (!each.in_season) return t("coming.early", { day: day(each.stock_up_on) });
    return [t("coming.themes", { n: each.themes.length }), each.short_of.length ? t("coming.short", { words: list(each.short_of.slice(0, 4)) }) : ""].filter(Boolean).join(" · ");
  }

  return () => {
    if (found && spoken !== lang()) poll.now();
    if (!found?.length) return "";
    const shown = all ? found : found.filter((each) => each.themes.length).concat(found.filter((each) => !each.themes.length)).slice(0, SHOWN);
    return section(t("coming"), { id: "coming-up", count: number(found.length) }, h("ul", { class: "rows" }, shown.map((each) => h("li", { class: "line", key: each.code },
      h("span", { class: "line-main" },
        h("b", null, `${pick(each.name)} · ${t("festival.left", { n: each.days_left })}`),
        h("small", null, `${day(each.on)}${each.about ? " ±1" : ""} · ${says(each)}`),
        each.themes.length ? h("span", { class: "row" }, each.themes.map((theme) => button(`${theme.name} ${number(theme.products)}${theme.at_least ? "+" : ""}`, { small: true, roles: ["operator"], key: theme.name, label2: `${t("coming.create")}: ${theme.name}`, on: () => create(theme) }))) : ""),
      each.schedule ? h("span", { class: "line-side" },
        button(t("coming.create"), { small: true, roles: ["operator"], label2: `${t("coming.create")}: ${pick(each.name)}`, on: () => create(each.schedule) }),
        button(t("coming.schedule"), { small: true, kind: "primary", roles: ["operator"], label2: `${t("coming.schedule")}: ${pick(each.name)}`, on: () => schedule(each.schedule) })) : ""))),
      found.length > shown.length ? h("div", { class: "row center" }, h("button", { type: "button", class: "button", on: { click() { all = true; app.draw(); } } }, h("span", null, t("show_more", { n: found.length - shown.length })))) : "");
  };
}
