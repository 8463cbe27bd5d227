// What a campaign has spent, what is held for calls under way, its cap, and raising it.

import { get, id, patch } from "/console/api.js";
import { h } from "/console/dom.js";
import { button, explain, field, section, shape, toast } from "/console/parts.js";
import { may } from "/console/session.js";
import { day, number, t, usd } from "/console/words.js";

const PARTS = [["spent_usd", "spent"], ["reserved_usd", "held"], ["unclear_usd", "unclear"]];

/** The panel of one campaign; `changed` is given the new budget and whether something goes on. */
export function budgetPanel(app, campaignId, changed) {
  let form = null;
  let days = null;

  async function send(body, sending) {
    form = { ...(form || {}), wrong: "", sending };
    app.draw();
    try {
      const seen = await patch(`/api/campaigns/${id(campaignId)}/budget`, body);
      form = null;
      days = seen.days;
      toast(t(seen.resumed ? "budget.goes_on" : "budget.saved", { n: seen.resumed }), { state: "done" });
      changed(seen.budget, seen.resumed);
    } catch (trouble) {
      const told = explain(trouble);
      form = { ...form, wrong: [told.what, told.said, told.todo].filter(Boolean).join(" "), sending: "" };
    }
    app.draw();
  }

  function save(event) {
    event.preventDefault();
    const amount = form.cap.trim().replace(",", ".");
    if (!/^\d{1,7}(\.\d{1,4})?$/.test(amount)) {
      form.wrong = t("budget.cap_wrong");
      app.draw();
      requestAnimationFrame(() => document.querySelector(".budget-form input")?.focus());
      return;
    }
    send({ cap_usd: amount }, "cap");
  }

  function open(budget) {
    // Doubled is what somebody who raises it mostly wants; a cap of nothing has no double.
    form = { cap: String(Math.max(Number(budget.cap_usd) * 2, 5)), wrong: "", sending: "" };
    app.draw();
    requestAnimationFrame(() => document.querySelector(".budget-form input")?.select());
  }

  function editor(budget) {
    if (form && form.cap !== undefined) return h("form", { class: "row budget-form", novalidate: true, on: { submit: save } },
      field(t("budget.new_cap"), h("input", { type: "text", inputmode: "decimal", autocomplete: "off", value: form.cap, on: { input(event) { form.cap = event.target.value; } } }), { error: form.wrong, help: t("budget.help") }),
      button(t("budget.save"), { type: "submit", kind: "primary", roles: ["operator"], busy: form.sending === "cap" }),
      button(t("cancel"), { on() { form = null; app.draw(); } }));
    return h("div", { class: "row" },
      button(t("budget.change"), { kind: budget.reached_at ? "primary" : "", roles: ["operator"], on: () => open(budget) }),
      button(t(budget.rush ? "budget.rush_off" : "budget.rush_on"), { roles: ["operator"], busy: form?.sending === "rush", title: t("budget.rush_help"), on: () => send({ rush: !budget.rush }, "rush") }),
      form?.wrong ? h("span", { class: "field-error", role: "alert" }, form.wrong) : "");
  }

  async function showDays() {
    days = (await get(`/api/campaigns/${id(campaignId)}/budget`)).days;
    app.draw();
  }

  return (budget, stopped) => {
    const cap = budget.cap_usd === null ? null : Number(budget.cap_usd);
    const whole = Math.max(cap ?? 0, PARTS.reduce((sum, [name]) => sum + Number(budget[name]), 0)) || 1;
    const left = cap === null ? null : cap - PARTS.reduce((sum, [name]) => sum + Number(budget[name]), 0);
    const figure = (name, value, kind = "") => h("div", { class: ["figure", kind] }, h("b", null, value), h("span", null, t(name)));
    return section(t("budget"), { id: "budget", kind: "budget", aside: budget.rush ? h("span", { class: "tag" }, t("budget.rush")) : "" },
      stopped || budget.reached_at ? h("div", { class: "problem", role: "status" }, shape("failed"), h("div", null,
        h("p", { class: "problem-what" }, t("budget.reached", { cap: cap === null ? "" : usd(cap) })),
        h("p", null, stopped ? t("budget.stopped", { n: stopped }) : t("budget.reached_text")))) : "",
      h("div", { class: "figures" },
        figure(app.config.offline_models ? "budget.spent_offline" : "budget.spent", usd(budget.spent_usd)),
        figure("budget.held", usd(budget.reserved_usd)),
        Number(budget.unclear_usd) ? figure("budget.unclear", usd(budget.unclear_usd)) : "",
        figure("budget.cap", cap === null ? t("budget.no_cap") : usd(cap)),
        left === null ? "" : figure("budget.left", usd(Math.max(left, 0)), left <= 0 ? "bad" : "")),
      cap === null ? "" : h("div", { class: "spend", role: "img", "aria-label": t("budget.bar", { spent: usd(budget.spent_usd), cap: usd(cap) }) },
        PARTS.map(([name, part]) => h("span", { class: `spend-${part}`, css: { width: `${(100 * Number(budget[name])) / whole}%` } }))),
      editor(budget),
      h("details", { class: "why", on: { toggle(event) { if (event.target.open && !days) showDays(); } } }, h("summary", null, h("span", null, t("budget.days"))),
        h("ul", { class: "plain" }, (days || []).map((each) => h("li", { key: each.day }, `${day(each.day)} · ${usd(each.totals.cost_usd)} · ${t("cost.calls", { n: number(each.totals.calls) })}`)))));
  };
}
