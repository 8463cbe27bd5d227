// Campaigns that start by themselves: list, create, delete.

import { get, id, post, remove } from "/console/api.js";
import { h } from "/console/dom.js";
import { button, confirm, empty, explain, field, icon, problem, section, skeleton, toast, toastError } from "/console/parts.js";
import { may } from "/console/session.js";
import { dayTime, number, pick, t, weekday } from "/console/words.js";

const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const NAME = /^[A-Za-z0-9_.-]{1,64}$/;

/** Six fields (minute hour day month weekday year) in words, or as they stand where they are not one of ours. */
export function cronInWords(cron) {
  const plain = cron.replace(/^cron\((.*)\)$/, "$1").trim();
  const [minute, hour, date, month, dayOfWeek, year] = plain.split(/\s+/);
  if (!/^\d+$/.test(minute) || !/^\d+$/.test(hour) || month !== "*" || year !== "*") return plain;
  const time = `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
  if (date === "*" && dayOfWeek === "?") return t("cron.daily", { time });
  if (date === "?" && DAYS.includes(dayOfWeek)) return t("cron.weekly", { time, day: weekday(DAYS.indexOf(dayOfWeek)) });
  if (/^\d+$/.test(date) && dayOfWeek === "?") return t("cron.monthly", { time, n: Number(date) });
  return plain;
}

export function schedules(app) {
  let found = null;
  let error = null;
  let form = null;
  const allowed = may("operator");
  const poll = allowed && app.live(async (signal) => {
    found = (await get("/api/schedules", { signal })).schedules;
    app.draw();
    return 20000;
  }, (trouble) => { error = trouble; });

  const fresh = () => ({ name: "", sentence: "", industry: "", venues: "", catalogue: "", promotion: "", every: "once", at: "", time: "09:00", weekday: 1, date: 1, cron: "0 9 ? * MON *", timezone: Intl.DateTimeFormat().resolvedOptions().timeZone || "Asia/Shanghai", wrong: {}, sending: false });

  function cron() {
    const [hour, minute] = form.time.split(":").map(Number);
    if (form.every === "daily") return `${minute} ${hour} * * ? *`;
    if (form.every === "weekly") return `${minute} ${hour} ? * ${DAYS[form.weekday]} *`;
    if (form.every === "monthly") return `${minute} ${hour} ${form.date} * ? *`;
    return form.cron.trim();
  }

  async function create(event) {
    event.preventDefault();
    const wrong = {};
    if (!NAME.test(form.name)) wrong.name = t("schedule.name_wrong");
    if (!form.sentence.trim()) wrong.sentence = t("sentence.empty");
    if (form.every === "once" && !form.at) wrong.at = t("schedule.at_wrong");
    if (form.every === "cron" && form.cron.trim().split(/\s+/).length !== 6) wrong.cron = t("schedule.cron_wrong");
    form.wrong = wrong;
    if (Object.keys(wrong).length) { app.draw(); requestAnimationFrame(() => document.querySelector(".field.wrong input, .field.wrong textarea")?.focus()); return; }
    form.sending = true;
    app.draw();
    const body = { name: form.name, sentence: form.sentence.trim(), timezone: form.timezone.trim() };
    for (const name of ["industry", "catalogue", "promotion"]) if (form[name].trim()) body[name] = form[name].trim();
    if (form.venues) body.venues = Number(form.venues);
    if (form.every === "once") body.at = form.at.length === 16 ? `${form.at}:00` : form.at;
    else body.cron = cron();
    try {
      await post("/api/schedules", body);
      toast(t("schedule.made", { name: form.name }), { state: "done" });
      form = null;
      poll.now();
    } catch (trouble) {
      const told = explain(trouble);
      form.wrong = { [trouble.where in form ? trouble.where : "all"]: [told.what, told.said, told.todo].filter(Boolean).join(" ") };
      form.sending = false;
    }
    app.draw();
  }

  async function drop(each) {
    if (!(await confirm(t("schedule.delete_title", { name: each.name }), t("schedule.delete_text"), { yes: t("delete"), danger: true }))) return;
    try {
      await remove(`/api/schedules/${id(each.name)}`);
      toast(t("schedule.deleted", { name: each.name }), { state: "done" });
    } catch (trouble) {
      toastError(trouble);
    }
    poll.now();
  }

  function editor() {
    const typed = (name) => ({ input() { form[name] = this.value; } });
    const chosen = (name, convert = String) => ({ change() { form[name] = convert(this.value); app.draw(); } });
    return h("form", { class: "panel form", key: "form", novalidate: true, on: { submit: create } },
      h("h2", null, t("schedule.new")),
      h("div", { class: "grid" },
        field(t("schedule.name"), h("input", { type: "text", id: "schedule-name", value: form.name, placeholder: "double-12-toys", autocomplete: "off", on: typed("name") }), { help: t("schedule.name_help"), error: form.wrong.name }),
        field(t("schedule.sentence"), h("textarea", { rows: 2, value: form.sentence, placeholder: t("sentence.placeholder"), on: typed("sentence") }), { error: form.wrong.sentence }),
        field(t("industry"), h("select", { value: form.industry, on: chosen("industry") }, h("option", { value: "" }, t("venues.auto")), app.config.industries.map((each) => h("option", { value: each.code }, pick(each))))),
        field(t("promotion"), h("input", { type: "text", placeholder: t("promotion.any"), value: form.promotion, on: typed("promotion") }), { error: form.wrong.promotion }),
        field(t("venues.count"), h("input", { type: "number", min: 1, max: 200, placeholder: t("venues.auto"), value: form.venues, on: typed("venues") })),
        field(t("schedule.when"), h("select", { value: form.every, on: chosen("every") }, ["once", "daily", "weekly", "monthly", "cron"].map((each) => h("option", { value: each }, t(`every.${each}`))))),
        form.every === "once" ? field(t("schedule.at"), h("input", { type: "datetime-local", value: form.at, on: typed("at") }), { error: form.wrong.at, help: t("schedule.at_help", { zone: form.timezone }) }) : "",
        form.every === "weekly" ? field(t("schedule.weekday"), h("select", { value: String(form.weekday), on: chosen("weekday", Number) }, DAYS.map((_, index) => h("option", { value: String(index) }, weekday(index))))) : "",
        form.every === "monthly" ? field(t("schedule.date"), h("input", { type: "number", min: 1, max: 28, value: String(form.date), on: { input() { form.date = Number(this.value) || 1; } } }), { help: t("schedule.date_help") }) : "",
        ["daily", "weekly", "monthly"].includes(form.every) ? field(t("schedule.time"), h("input", { type: "time", value: form.time, on: { input() { form.time = this.value || "09:00"; } } })) : "",
        form.every === "cron" ? field("cron", h("input", { type: "text", class: "mono", value: form.cron, on: typed("cron") }), { help: t("schedule.cron_help"), error: form.wrong.cron }) : "",
        field(t("schedule.zone"), h("input", { type: "text", value: form.timezone, on: typed("timezone") }), { error: form.wrong.timezone })),
      form.wrong.all && h("p", { class: "field-error", role: "alert" }, form.wrong.all),
      h("div", { class: "row" }, button(t("schedule.create"), { type: "submit", kind: "primary", roles: ["operator"], busy: form.sending }), button(t("cancel"), { on: () => { form = null; app.draw(); } })));
  }

  return {
    title: () => t("nav.schedules"),
    view: () => h("div", { class: "page" },
      h("div", { class: "head" }, h("h1", null, t("nav.schedules")), form ? "" : button(t("schedule.new"), { kind: "primary", roles: ["operator"], on: () => { form = fresh(); app.draw(); requestAnimationFrame(() => document.getElementById("schedule-name")?.focus()); } })),
      h("p", { class: "lead" }, t("schedules.text")),
      form ? editor() : "",
      !allowed ? empty(t("role.needed", { role: t("role.operator") }), t("role.ask")) : !found ? error && !error.passing ? problem(error) : skeleton(3) : !found.length ? form ? "" : empty(t("schedules.none"), t("schedules.none_text"))
        : section(t("schedules.coming"), { id: "coming", count: number(found.length) }, h("ul", { class: "rows" }, found.map((each) => {
          const request = each.request || each;
          return h("li", { class: "line", key: each.name }, h("span", { class: "line-main" }, h("b", null, request.sentence), h("small", null, [each.name, request.promotion, request.industry ? pick(app.config.industries.find((one) => one.code === request.industry)) || request.industry : "", request.venues ? t("venues.n", { n: request.venues }) : "", each.created_by].filter(Boolean).join(" · "))),
            h("span", { class: "line-side" }, h("span", { class: "when" }, icon("schedules"), each.at ? dayTime(each.at) : cronInWords(each.cron), h("small", { class: "quiet" }, each.timezone)),
              button(t("delete"), { small: true, roles: ["operator"], label2: `${t("delete")}: ${each.name}`, on: () => drop(each) })));
        }))) ),
  };
}
