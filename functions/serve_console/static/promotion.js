// A campaign's releases: what would change, putting it live at once, going back, and when it comes by itself.

import { get, id, post, put } from "/console/api.js";
import { h } from "/console/dom.js";
import { ago, button, confirm, explain, field, section, shape, toast, toastError } from "/console/parts.js";
import { dayTime, number, pick, t } from "/console/words.js";

const MARKS = { new: "done", replaced: "ready", kept: "skipped", taken_down: "retired", left_out: "waiting", blocked: "failed" };
const ASKED = { release: {}, retire: { action: "retire" } };

export function releasesPanel(app, campaignId) {
  const address = `/api/campaigns/${id(campaignId)}`;
  let made = null;
  let plan = null;
  let looked = null;
  let form = null;
  let busy = "";

  app.live(async (signal) => {
    [made, plan] = await Promise.all([
      get(`${address}/releases`, { signal }).then((found) => found.releases),
      get(`${address}/release-plan`, { signal })]);
    app.draw();
    return 15000;
  });

  async function working(name, does) {
    busy = name;
    app.draw();
    try { await does(); } catch (error) { toastError(error); }
    busy = "";
    app.draw();
  }

  /** POST; pages that nobody has judged yet take several calls, each of which goes on where the last one stopped. */
  async function patiently(body, left = 20) {
    try { return await post(`${address}/releases`, body); } catch (error) {
      if (error.code !== "still_checking" || !left) throw error;
      return patiently(body, left - 1);
    }
  }

  const look = (asked) => working("look", async () => {
    looked = { asked, ...await patiently({ ...asked, dry_run: true }) };
  });

  const apply = () => working("apply", async () => {
    const { asked, number: expect, changes } = looked;
    if (!await confirm(t(`releases.sure_${looked.kind}`, { n: changes }), t("releases.sure_text"), { yes: t(`releases.do_${looked.kind}`), danger: looked.kind !== "release" })) return;
    try {
      const release = await patiently({ ...asked, expect, leave_out_blocked: looked.blocked > 0 });
      toast(t("releases.made", { number: release.number, n: release.changed.length }), { state: "done" });
    } finally {
      looked = null;
      made = (await get(`${address}/releases`)).releases;
    }
  });

  const line = (each) => h("li", { class: "line", key: each.venue_id },
    h("span", { class: "line-main" }, h("a", { href: `/console/venues/${id(each.venue_id)}` }, each.name),
      pick(each.told) ? h("small", null, pick(each.told)) : "",
      pick(each.todo) ? h("small", { class: "mend" }, h("b", null, t("error.todo")), " ", pick(each.todo)) : ""),
    h("span", { class: "line-side" }, h("span", { class: ["tag", each.effect === "blocked" ? "warn" : ""] }, shape(MARKS[each.effect]), t(`releases.effect_${each.effect}`))));

  const preview = () => h("div", { class: "release-preview", role: "region", "aria-label": t("releases.would") },
    h("h3", null, t("releases.would")),
    looked.venues.length ? h("ul", { class: "rows" }, [...looked.venues].sort((one, other) => (other.effect === "blocked") - (one.effect === "blocked")).map(line)) : "",
    looked.blocked ? h("p", { class: "field-error", role: "alert" }, t("releases.blocked", { n: looked.blocked })) : "",
    h("div", { class: "row" },
      looked.changes ? button(t(looked.blocked ? "releases.do_without" : `releases.do_${looked.kind}`), { kind: "primary", roles: ["operator"], busy: busy === "apply", on: apply }) : h("span", { class: "quiet" }, t("releases.nothing")),
      button(t("cancel"), { on() { looked = null; app.draw(); } })));

  const past = (release, place) => h("li", { class: "line", key: `release-${release.number}` },
    h("span", { class: "line-main" }, h("b", null, t(`releases.kind_${release.kind}`, { number: release.number, restores: release.restores })),
      h("small", null, [t("releases.changed", { n: release.changed.length, live: release.slots.filter((slot) => slot.version_id).length }), release.by, release.note].filter(Boolean).join(" · "))),
    h("span", { class: "line-side" }, h("span", { class: "quiet" }, ago(release.at)),
      place ? button(t("releases.back"), { small: true, roles: ["operator"], label2: t("releases.back_to", { number: release.number }), busy: busy === "look", on: () => look({ action: "rollback", to: release.number }) }) : h("span", { class: "tag" }, t("releases.now"))));

  function edit() {
    const known = plan.plan || plan.suggested || {};
    form = { starts_at: (known.starts_at || "").slice(0, 16), ends_at: (known.ends_at || "").slice(0, 16), timezone: known.timezone || "Asia/Shanghai", on_trouble: known.on_trouble || "wait", wrong: "" };
    app.draw();
  }

  async function save(event) {
    event.preventDefault();
    const time = (local) => (local ? `${local}:00` : null);
    try {
      plan = await put(`${address}/release-plan`, { starts_at: time(form.starts_at), ends_at: time(form.ends_at), timezone: form.timezone.trim(), on_trouble: form.on_trouble, revision: plan.plan?.revision || 0 });
      form = null;
      toast(t("releases.planned"), { state: "done" });
    } catch (error) {
      const told = explain(error);
      form.wrong = [told.what, told.said, told.todo].filter(Boolean).join(" ");
    }
    app.draw();
  }

  const input = (name, type) => h("input", { type, value: form[name], on: { input(event) { form[name] = event.target.value; } } });

  const planner = () => (form ? h("form", { class: "row", novalidate: true, on: { submit: save } },
    field(t("releases.starts"), input("starts_at", "datetime-local")),
    field(t("releases.ends"), input("ends_at", "datetime-local")),
    field(t("releases.timezone"), input("timezone", "text"), { error: form.wrong }),
    button(t("releases.plan_save"), { type: "submit", kind: "primary", roles: ["operator"] }),
    button(t("cancel"), { on() { form = null; app.draw(); } })) : h("div", { class: "row" },
    h("span", { class: "quiet" }, plan.plan && (plan.starts || plan.ends) ? [plan.starts && t("releases.will_start", { when: dayTime(plan.starts) }), plan.ends && t("releases.will_end", { when: dayTime(plan.ends) })].filter(Boolean).join(" · ") : t("releases.unplanned")),
    button(t("releases.plan"), { roles: ["operator"], small: true, on: edit })));

  return (venues) => {
    if (!made || !plan || !venues.length) return "";
    const held = venues.filter((each) => each.held).length;
    return section(t("releases"), { id: "releases", kind: "releases", count: made.length ? number(made.length) : undefined },
      pick(plan.plan?.trouble || {}) ? h("div", { class: "problem", role: "status" }, shape("failed"), h("p", { class: "problem-what" }, pick(plan.plan.trouble))) : "",
      held ? h("p", null, t("releases.held", { n: held })) : "",
      looked ? preview() : h("div", { class: "row" },
        button(t("releases.look"), { kind: held ? "primary" : "", roles: ["operator"], busy: busy === "look", on: () => look(ASKED.release) }),
        made.some((release) => release.slots.some((slot) => slot.version_id)) ? button(t("releases.retire"), { roles: ["operator"], on: () => look(ASKED.retire) }) : ""),
      planner(),
      made.length ? h("ul", { class: "rows" }, made.slice(0, 10).map(past)) : "");
  };
}
