// Venues moved to a version of a template: who has what, what would change and be lost, how each would look; done for those that are chosen.

import { get, id, post } from "/console/api.js";
import { h } from "/console/dom.js";
import { button, confirm, device, empty, field, problem, section, shape, skeleton, state, switcher, toast, toastError } from "/console/parts.js";
import { has, number, pick, t } from "/console/words.js";

const AT_ONCE = 50;
const LOOK_EVERY = 3000;
const IN_WORK = ["planned", "selecting", "generating", "staged"];

const said = (kind, name) => (has(`${kind}.${name}`) ? t(`${kind}.${name}`) : name);

/** The panel below the templates. `open(record)` begins; nothing is changed before the last button. */
export function migration(app, nameOf) {
  let target = null; // the record that venues are moved to
  let from = ""; // a template's id
  let uses = null;
  let error = null;
  let chosen = new Set();
  let checked = null; // venue id -> move, as it would be
  let done = null; // venue id -> move, as it was
  let accept = false;
  let busy = "";
  let seen = null; // {venue, before, after, error}
  let frame = "phone";
  let timer = 0;
  let list = [];

  const versionName = (template, version) => `${nameById(template)} ${version ? t("templates.version", { n: version }) : ""}`.trim();
  const nameById = (template) => { const known = list.find((each) => each.template_id === template); return known ? nameOf(known) : template; };

  async function load({ quiet = false } = {}) {
    const mine = from;
    try {
      const found = await get(`/api/templates/${id(mine)}/venues`);
      if (mine !== from) return;
      uses = found;
      error = null;
    } catch (trouble) {
      if (!quiet) error = trouble;
    }
    app.draw();
  }

  function choose(template) {
    clearTimeout(timer);
    from = template;
    uses = null; error = null; chosen = new Set(); checked = null; done = null; accept = false; seen = null;
    app.draw();
    load();
  }

  function open(record) {
    target = record;
    choose(record.template_id);
    requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById("migrate")?.scrollIntoView({ block: "start", behavior: "smooth" })));
  }

  const close = () => { clearTimeout(timer); target = null; app.draw(); };
  const canMove = (each) => !(each.template_id === target.template_id && each.version === target.version) && !each.to;

  /** All chosen ones, in as many requests as the API takes. */
  async function ask(dry) {
    const ids = [...chosen];
    const found = new Map();
    busy = dry ? "check" : "go";
    app.draw();
    try {
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        const body = { version: target.version, venue_ids: ids.slice(at, at + AT_ONCE), dry_run: dry, accept_losses: !dry && accept };
        const answer = await post(`/api/templates/${id(target.template_id)}/migrate`, body);
        for (const move of answer.venues) found.set(move.venue_id, move);
        if (!dry) { done = new Map(found); app.draw(); }
      }
    } catch (trouble) {
      toastError(trouble);
    }
    busy = "";
    return found;
  }

  async function check() {
    const found = await ask(true);
    checked = found.size ? found : null;
    accept = false;
    app.draw();
  }

  const movable = () => [...(checked?.values() || [])].filter((each) => !each.refused.zh);
  const losing = () => movable().filter((each) => each.losses.length);

  async function go() {
    const name = versionName(target.template_id, target.version);
    if (!(await confirm(t("migrate.title", { n: movable().length, name }), t("migrate.text"), { yes: t("migrate.go", { n: movable().length }), danger: losing().length > 0 }))) return;
    chosen = new Set(movable().map((each) => each.venue_id));
    const found = await ask(false);
    const moved = [...found.values()].filter((each) => each.moved).length;
    if (found.size) toast(t("migrate.moved", { n: moved, of: found.size }), { state: moved === found.size ? "done" : "warning" });
    if (found.size) { checked = null; follow(); }
    app.draw();
  }

  /** How far the moved ones are, until none is being made. */
  async function follow() {
    clearTimeout(timer);
    if (!target || !done) return;
    try {
      const now = await get(`/api/templates/${id(target.template_id)}/venues`);
      for (const each of now.venues) if (done.has(each.venue_id)) done.get(each.venue_id).now = each;
    } catch { /* the next look may get through */ }
    app.draw();
    if ([...done.values()].some((each) => each.moved && (!each.now || IN_WORK.includes(each.now.status)))) timer = setTimeout(follow, LOOK_EVERY);
  }

  async function look(venue) {
    const mine = { venue, before: "", after: "", error: null };
    seen = mine;
    app.draw();
    try {
      const [before, after] = await Promise.all([
        post(`/api/venues/${id(venue.venue_id)}/preview`),
        post(`/api/templates/${id(target.template_id)}/preview`, { version: target.version, venue_id: venue.venue_id }),
      ]);
      mine.before = before.url;
      mine.after = after.url;
    } catch (trouble) { mine.error = trouble; }
    app.draw();
    requestAnimationFrame(() => document.getElementById("migrate-look")?.scrollIntoView({ block: "nearest", behavior: "smooth" }));
  }

  // --- parts ---------------------------------------------------------------------------------------------------------

  function changes(diff) {
    if (!diff) return h("p", { class: "quiet" }, t("migrate.unknown"));
    if (!diff.changes.length) return h("p", { class: "quiet" }, t("migrate.same"));
    return h("details", { class: "migrate-diff" }, h("summary", null, t("migrate.changes", { n: diff.changes.length, before: diff.before, after: diff.after })),
      h("ul", { class: "plain" }, diff.changes.map((each) => h("li", { key: each.what + each.name },
        h("span", { class: "tag" }, said("migrate.how", each.how)), " ", said("migrate.what", each.what), " ", h("code", null, has(`region.${each.name}`) ? t(`region.${each.name}`) : each.name),
        each.before || each.after ? h("span", { class: "quiet" }, ` ${[each.before, each.after].filter(Boolean).map((one) => said("migrate.state", one)).join(" → ")}`) : ""))));
  }

  function verdict(each) {
    const move = done?.get(each.venue_id) || checked?.get(each.venue_id);
    if (!move) return "";
    if (move.refused.zh) return h("p", { class: "note" }, pick(move.refused));
    if (move.failed.zh) return h("p", { class: "problem-what", role: "alert" }, shape("failed"), " ", pick(move.failed));
    if (move.moved) return h("p", { class: "quiet" }, shape("done"), " ", t("migrate.under_way"), move.now?.why ? h("span", { class: "problem-what" }, ` ${move.now.why}`) : "");
    return h("div", null, changes(move.diff), move.losses.length ? h("ul", { class: "typed" }, move.losses.map((loss) => h("li", { key: loss.code + loss.thing, class: "warn" }, shape("warning"), h("div", null, h("b", null, t("migrate.lost")), " ", pick(loss.said))))) : "");
  }

  function line(each) {
    const now = done?.get(each.venue_id)?.now || each;
    const free = canMove(each) && !done;
    return h("li", { class: "line migrate-line", key: each.venue_id },
      h("div", { class: "line-main" },
        h("div", { class: "row" },
          h("label", { class: "check grow" }, h("input", { type: "checkbox", disabled: !free, checked: chosen.has(each.venue_id), on: { change() { if (this.checked) chosen.add(each.venue_id); else chosen.delete(each.venue_id); checked = null; app.draw(); } } }), h("b", null, each.name)),
          each.live ? h("span", { class: "tag" }, t("migrate.live")) : "", state("venue", now.status)),
        h("p", { class: "quiet" }, versionName(now.template_id, now.version), now.to ? ` → ${now.to}` : "", " · ", h("a", { href: `/console/venues/${id(each.venue_id)}` }, t("migrate.open"))),
        verdict(each)),
      h("div", { class: "line-side" }, canMove(each) ? button(t("migrate.look"), { small: true, label2: t("migrate.look_at", { name: each.name }), on: () => look(each) }) : ""));
  }

  function compared() {
    if (!seen) return "";
    const { venue, before, after } = seen;
    return h("div", { id: "migrate-look", class: "migrate-look", key: "look" },
      h("div", { class: "row" }, h("b", { class: "grow" }, t("migrate.compare", { name: venue.name })),
        switcher(t("templates.frame"), [["phone", t("phone")], ["desktop", t("desktop")]], frame, (next) => { frame = next; app.draw(); }),
        button(t("close"), { small: true, on: () => { seen = null; app.draw(); } })),
      seen.error ? problem(seen.error, { retry: () => look(venue) }) : !after ? skeleton(4)
        : h("div", { class: "migrate-pair" },
          h("figure", { key: "before" }, h("figcaption", null, t("migrate.before", { name: versionName(venue.template_id, venue.version) })), h("div", { class: `devices devices-${frame}` }, device(frame, before, t("migrate.before", { name: venue.name })))),
          h("figure", { key: "after" }, h("figcaption", null, t("migrate.after", { name: versionName(target.template_id, target.version) })), h("div", { class: `devices devices-${frame}` }, device(frame, after, t("migrate.after", { name: venue.name }))))));
  }

  function view(records) {
    list = records;
    if (!target) return "";
    const froms = [...new Map(records.map((each) => [each.template_id, each])).values()];
    const able = uses?.venues.filter(canMove) || [];
    const open_ = able.length && able.every((each) => chosen.has(each.venue_id));
    return section(t("migrate.to", { name: versionName(target.template_id, target.version) }), { id: "migrate", aside: button(t("close"), { small: true, on: close }) },
      h("div", { id: "migrate" }),
      h("div", { class: "panel" },
        h("p", null, t("migrate.lead")),
        field(t("migrate.from"), h("select", { disabled: busy !== "", on: { change() { choose(this.value); } } }, froms.map((each) => h("option", { key: each.template_id, value: each.template_id, selected: each.template_id === from }, nameOf(each))))),
        error ? problem(error, { retry: () => load() }) : !uses ? skeleton(3)
          : !uses.venues.length ? empty(t("migrate.none"), t("migrate.none_text"))
            : [h("div", { class: "row", key: "all" }, done ? "" : h("label", { class: "check grow" }, h("input", { type: "checkbox", disabled: !able.length, checked: Boolean(open_), on: { change() { chosen = new Set(this.checked ? able.map((each) => each.venue_id) : []); checked = null; app.draw(); } } }), t("migrate.all", { n: able.length })),
              uses.left_out ? h("span", { class: "quiet" }, t("migrate.left_out", { n: uses.left_out })) : ""),
              h("ul", { class: "rows migrate-list", key: "list" }, uses.venues.map(line))],
        losing().length ? h("label", { class: "check", key: "accept" }, h("input", { type: "checkbox", checked: accept, on: { change() { accept = this.checked; app.draw(); } } }), h("span", null, t("migrate.accept", { n: losing().length }))) : "",
        h("div", { class: "row", key: "actions" },
          done ? button(t("migrate.again"), { on: () => choose(from) })
            : [button(t("migrate.check"), { kind: checked ? "" : "primary", roles: ["operator"], busy: busy === "check", blocked: chosen.size ? "" : t("migrate.no_venue"), on: check }),
              checked ? button(t("migrate.go", { n: movable().length }), { kind: "primary", roles: ["operator"], busy: busy === "go", blocked: !movable().length ? t("migrate.no_venue") : losing().length && !accept ? t("migrate.must_accept") : "", on: go }) : ""],
          done ? h("span", { class: "quiet", role: "status" }, t("migrate.progress", { n: number([...done.values()].filter((each) => each.moved).length), ready: number([...done.values()].filter((each) => each.now && !IN_WORK.includes(each.now.status) && each.now.status !== "failed").length), failed: number([...done.values()].filter((each) => each.failed.zh || each.now?.status === "failed").length) })) : ""),
        compared()));
  }

  return { open, view, stop: () => clearTimeout(timer) };
}
