// Ranking policies: which has the traffic, who asks for it, what the gate says of them, releasing one and going back.

import { get, id, post } from "/console/api.js";
import { h, show as draw } from "/console/dom.js";
import { ago, button, confirm, dialog, empty, explain, field, problem, section, shape, skeleton, toast, toastError } from "/console/parts.js";
import { may } from "/console/session.js";
import { dayTime, number, pick, t } from "/console/words.js";

const AGAIN = 15000;
const WHILE_JUDGING = 3000;
const ROLES = ["operator"];
const ANSWERS = { ship: "done", do_not_ship: "failed", cannot_tell: "waiting" };
const ESTIMATORS = ["dr", "snips", "ips", "switch"];
const REWARDS = ["click", "cart", "order", "order_value"];
const PATH = "/api/delivery/policies";

const share = (value, digits = 1) => number(value, { style: "percent", maximumFractionDigits: digits, signDisplay: "exceptZero" });
const rate = (value) => (Math.abs(value) < 1 ? number(value, { style: "percent", maximumFractionDigits: 3 }) : number(value));

/** A tab of the delivery screen (delivery.js). What is shown is of all placements: policies are often proposed for all of them. */
export async function show(host, params) {
  let seen = null;
  let trouble = null;
  let busy = "";
  let form = null;
  const verdicts = new Map(); // by verdict id: the verdict, or an error
  const open = new Set();

  const watcher = params.live(async (signal) => {
    seen = await get(PATH, { signal });
    trouble = null;
    paint();
    return seen.candidates.some(({ candidate }) => candidate.state === "judging") ? WHILE_JUDGING : AGAIN;
  }, (error) => {
    trouble = error;
    paint();
    return error.passing;
  });

  async function working(name, does) {
    busy = name;
    paint();
    try {
      await does();
      seen = await get(PATH);
    } catch (error) { toastError(error); }
    busy = "";
    paint();
    watcher.now?.();
  }

  const placeName = (name) => (name ? `${pick(params.placements?.find(({ placement }) => placement.name === name)?.placement.what) || name}` : t("policies.everywhere"));

  async function look(candidate) {
    const note = candidate.verdict;
    if (open.delete(candidate.settings.policy_id)) { paint(); return; }
    open.add(candidate.settings.policy_id);
    paint();
    if (verdicts.get(note.verdict_id)?.answer) return;
    try {
      verdicts.set(note.verdict_id, await get(`${PATH}/${id(candidate.settings.policy_id)}/verdict?verdict_id=${id(note.verdict_id)}`));
    } catch (error) { verdicts.set(note.verdict_id, { error }); }
    paint();
  }

  // --- what has the traffic ----------------------------------------------------------------------------------------------

  function inPlace() {
    const { live } = seen;
    const own = Object.entries(live.placements).sort();
    const line = (key, name, settings) => h("li", { class: "line", key },
      h("span", { class: "line-main" }, h("b", null, settings.policy_id === "built-in" ? t("policies.built_in") : settings.policy_id), h("small", null, told(settings))),
      h("span", { class: "line-side" }, h("span", { class: "tag" }, name)));
    return section(t("policies.in_place"), { id: "policies-live", aside: live.number ? button(t("policies.back"), { small: true, roles: ROLES, busy: busy === "back", on: goBack }) : "" },
      overridden(live),
      h("ul", { class: "rows" }, own.map(([name, settings]) => line(name, placeName(name), settings)), line("everywhere", own.length ? t("policies.elsewhere") : t("policies.everywhere"), live.everywhere)));
  }

  /** What was passed over stays visible for as long as there are states. */
  const overridden = (state) => (state.override ? h("div", { class: "problem", role: "status", key: `override-${state.number}` }, shape("warning"),
    h("div", null, h("p", { class: "problem-what" }, t("policies.overridden", { who: state.by, policy: state.policy_id })), h("p", null, state.override),
      h("p", { class: "problem-means" }, state.verdict ? pick(state.verdict.words) : t("policies.never_judged")))) : "");

  const told = (settings) => [
    t(`policies.reward.${settings.reward.kind}`),
    t("policies.explore_is", { share: number(settings.explore, { style: "percent", maximumFractionDigits: 1 }) }),
    t("policies.calm_is", { n: number(settings.calm) }),
    t("policies.half_life_is", { n: number(settings.reward.half_life_hours) }),
    t("policies.segments_are", { n: number(settings.segment_events) }),
    t("policies.draws_are", { n: number(settings.draws) }),
  ].join(" · ");

  async function goBack() {
    const { live } = seen;
    if (!await confirm(t("policies.back_sure"), t("policies.back_text"), { yes: t("policies.back"), danger: true })) return;
    await working("back", async () => {
      const made = await post("/api/delivery/policy-rollback", { expect: live.number });
      toast(t("policies.is_back", { policy: made.policy_id }), { state: "done" });
    });
  }

  // --- candidates ----------------------------------------------------------------------------------------------------------

  function card({ candidate, released, in_the_way: way }) {
    const name = candidate.settings.policy_id;
    const note = candidate.verdict;
    const closed = candidate.state === "withdrawn" || (candidate.state === "refused" && candidate.closed_because);
    const state = released ? "released" : candidate.state;
    return h("li", { class: "policy", key: name },
      h("div", { class: "policy-head" },
        h("span", { class: "line-main" }, h("b", null, name), h("small", null, told(candidate.settings)),
          h("small", null, [placeName(candidate.placement), candidate.margin ? t("policies.margin_is", { share: share(candidate.margin) }) : "", candidate.proposed_by, candidate.why].filter(Boolean).join(" · "))),
        h("span", { class: "line-side" }, h("span", { class: ["tag", candidate.state === "judging" && "warn"] }, shape(released ? "done" : closed ? "retired" : candidate.state === "judging" ? "running" : candidate.state === "refused" ? "failed" : "waiting"), t(`policies.state.${state}`)), ago(candidate.proposed_at))),
      candidate.closed_because ? h("p", { class: "quiet" }, candidate.closed_because) : "",
      note ? h("div", { class: `policy-verdict answer-${note.answer}` }, shape(ANSWERS[note.answer]),
        h("div", null, h("p", null, pick(note.words)), h("small", { class: "quiet" }, t("policies.judged_at", { when: dayTime(note.at) })))) : "",
      note && open.has(name) ? evidence(verdicts.get(note.verdict_id)) : "",
      h("div", { class: "row" },
        note ? button(t(open.has(name) ? "policies.hide" : "policies.look"), { small: true, on: () => look(candidate) }) : "",
        closed || released ? "" : [
          button(t(note ? "policies.judge_again" : "policies.judge"), { small: true, kind: note ? "" : "primary", roles: ROLES, busy: busy === `judge ${name}` || candidate.state === "judging", on: () => working(`judge ${name}`, () => post(`${PATH}/${id(name)}/judgements`)) }),
          way ? "" : button(t("policies.release"), { small: true, kind: "primary", roles: ROLES, busy: busy === `release ${name}`, on: () => release(candidate) }),
          way && may("admin") ? button(t("policies.override"), { small: true, kind: "danger", busy: busy === `release ${name}`, on: () => override(candidate, way) }) : "",
          button(t("policies.withdraw"), { small: true, roles: ROLES, busy: busy === `close ${name}`, on: () => close(candidate) }),
        ]),
      !closed && !released && way && candidate.state !== "judging" ? h("p", { class: "quiet" }, t("policies.in_the_way"), " ", pick(way.words)) : "");
  }

  async function release(candidate) {
    const name = candidate.settings.policy_id;
    const expect = seen.live.number;
    if (!await confirm(t("policies.release_sure", { policy: name }), t("policies.release_text", { place: placeName(candidate.placement) }), { yes: t("policies.release") })) return;
    await put(name, { expect, verdict_id: candidate.verdict.verdict_id });
  }

  const put = (name, order) => working(`release ${name}`, async () => {
    const made = await post(`${PATH}/${id(name)}/release`, order);
    toast(t("policies.released", { policy: name, number: made.number }), { state: "done" });
  });

  async function override(candidate, way) {
    const name = candidate.settings.policy_id;
    const expect = seen.live.number;
    const reason = await asked(t("policies.override_sure", { policy: name }), [pick(way.words), t("policies.override_text")], t("policies.override"));
    if (reason) await put(name, { expect, override: reason });
  }

  async function close(candidate) {
    const name = candidate.settings.policy_id;
    const why = await asked(t("policies.withdraw_sure", { policy: name }), [t("policies.withdraw_text")], t("policies.withdraw"));
    if (why) await working(`close ${name}`, () => post(`${PATH}/${id(name)}/withdraw`, { why }));
  }

  /** A reason, or nothing. */
  const asked = (title, texts, yes) => dialog((done) => {
    const box = h("textarea", { rows: 3, maxlength: 500, required: true, autofocus: true });
    return h("form", { method: "dialog", on: { submit(event) { event.preventDefault(); if (box.value.trim()) done(box.value.trim()); } } },
      h("h2", null, title), texts.map((text) => h("p", null, text)), field(t("policies.reason"), box),
      h("div", { class: "row end" },
        h("button", { type: "button", class: "button", on: { click() { done(""); } } }, h("span", null, t("cancel"))),
        h("button", { type: "submit", class: "button danger" }, h("span", null, yes))));
  }, { label: title });

  // --- why the gate says so ----------------------------------------------------------------------------------------------

  function evidence(verdict) {
    if (!verdict) return skeleton(2);
    if (verdict.error) return problem(verdict.error);
    const { judgement, data, rehearsal } = verdict;
    return h("div", { class: "policy-evidence" },
      judgement ? bars(judgement) : "",
      h("dl", { class: "facts" },
        fact("policies.against", verdict.against_policies.join(", ")),
        data.first ? fact("policies.period", `${data.first} – ${data.last} UTC`) : "",
        fact("policies.decisions", number(data.decisions)),
        fact("policies.rows", number(data.rows)),
        fact("policies.rewards", number(data.rewards))),
      judgement ? h("details", { class: "why" }, h("summary", null, h("span", null, t("policies.diagnostics"))), diagnostics(judgement, rehearsal)) : "",
      judgement?.needed?.arms.length ? h("details", { class: "why" }, h("summary", null, h("span", null, t("policies.needed"))), needed(judgement.needed)) : "");
  }

  const fact = (key, value) => [h("dt", null, t(key)), h("dd", null, value)];

  /** Value and 95 % interval of each estimator, the policy in place as a line through all. */
  function bars({ estimates, baseline }) {
    const found = ESTIMATORS.map((name) => [name, estimates[name]]).filter(([, each]) => each);
    const low = Math.min(baseline, ...found.map(([, each]) => each.interval.low));
    const high = Math.max(baseline, ...found.map(([, each]) => each.interval.high));
    const margin = (high - low || 1) * 0.06;
    const at = (value) => (300 * (value - low + margin)) / (high - low + 2 * margin);
    return h("figure", { class: "policy-bars" },
      h("figcaption", null, t("policies.bars", { rate: rate(baseline) })),
      found.map(([name, each]) => {
        const words = t("policies.bar", { name: t(`policies.estimator.${name}`), value: rate(each.value), low: rate(each.interval.low), high: rate(each.interval.high) });
        return h("div", { class: "policy-bar", key: name },
          h("span", { class: "policy-bar-name", title: t(`policies.estimator_text.${name}`) }, t(`policies.estimator.${name}`)),
          h("svg", { viewBox: "0 0 300 22", preserveAspectRatio: "none", role: "img", "aria-label": words },
            h("rect", { class: "policy-span", x: at(each.interval.low), y: 7, width: Math.max(1, at(each.interval.high) - at(each.interval.low)), height: 8 }),
            h("rect", { class: "policy-value", x: at(each.value) - 1.5, y: 2, width: 3, height: 18 }),
            h("rect", { class: "policy-base", x: at(baseline) - 0.5, y: 0, width: 1, height: 22 })),
          h("span", { class: "policy-bar-value" }, `${rate(each.value)} `, h("small", { class: "quiet" }, `${rate(each.interval.low)} – ${rate(each.interval.high)}`)));
      }));
  }

  function diagnostics({ diagnostics: seenBy, baseline, estimates }, rehearsal) {
    const rows = [
      ["support", share(seenBy.support.missing)],
      ["overlap", `${number(Math.round(seenBy.overlap.effective_rows))} (${number(seenBy.overlap.effective_share, { style: "percent", maximumFractionDigits: 0 })})`],
      ["effective_rewards", number(seenBy.overlap.effective_rewards, { maximumFractionDigits: 1 })],
      ["largest_weight", number(seenBy.overlap.largest_weight)],
      ["weights", `${number(seenBy.weights.mean, { maximumFractionDigits: 3 })} ± ${number(seenBy.weights.standard_error, { maximumFractionDigits: 3 })}`],
      ["propensities", `p = ${number(seenBy.propensities.p_value, { maximumFractionDigits: 3 })}`],
      ["model", `p = ${number(seenBy.rewards.p_value, { maximumFractionDigits: 3 })}`],
      ["drift", `p = ${number(seenBy.drift.p_value, { maximumFractionDigits: 3 })}`],
      ["uplift", baseline ? `${share(estimates.dr.uplift_interval.low / baseline)} … ${share(estimates.dr.uplift_interval.high / baseline)}` : "–"],
      ["rehearsal", rehearsal ? `${share(rehearsal.low)} … ${share(rehearsal.high)}` : "–"],
    ];
    return h("table", { class: "policy-table" }, h("tbody", null, rows.map(([name, value]) => h("tr", { key: name },
      h("th", { scope: "row" }, t(`policies.check.${name}`), h("small", null, t(`policies.check_text.${name}`))), h("td", null, value)))));
  }

  const needed = (wanted) => h("div", null,
    h("p", null, t("policies.needed_text", { more: number(wanted.decisions_more), uplift: share(wanted.uplift, 0) })),
    h("table", { class: "policy-table" },
      h("thead", null, h("tr", null, ["venue", "where", "has", "needs"].map((name) => h("th", { scope: "col" }, t(`policies.needed_${name}`))))),
      h("tbody", null, wanted.arms.map((arm) => h("tr", { key: `${arm.action} ${arm.context}` },
        h("td", null, h("a", { href: `/console/venues/${id(arm.action)}` }, arm.action)), h("td", null, arm.context), h("td", null, number(arm.rows)), h("td", null, number(arm.needs)))))));

  // --- proposing ------------------------------------------------------------------------------------------------------------

  function begin() {
    const now = seen.live.placements[params.placement] || seen.live.everywhere;
    form = { name: "", placement: "", explore: now.explore * 100, calm: now.calm, reward: now.reward.kind, delay: now.reward.delay_hours, half_life: now.reward.half_life_hours, segment_events: now.segment_events, draws: now.draws, margin: 0, why: "", value_cap: now.reward.value_cap, wrong: "", where: "" };
    paint();
  }

  async function save(event) {
    event.preventDefault();
    const settings = {
      policy_id: form.name.trim(), explore: form.explore / 100, calm: Number(form.calm), draws: Math.round(form.draws), segment_events: Number(form.segment_events),
      reward: { kind: form.reward, delay_hours: Number(form.delay), half_life_hours: Number(form.half_life), value_cap: form.value_cap },
    };
    busy = "propose";
    paint();
    try {
      await post(PATH, { settings, placement: form.placement, margin: form.margin / 100, why: form.why.trim() });
      form = null;
      seen = await get(PATH);
      toast(t("policies.proposed"), { state: "done" });
    } catch (error) {
      const said = explain(error);
      form.wrong = [said.what, said.said, said.todo].filter(Boolean).join(" ");
      form.where = said.where;
    }
    busy = "";
    paint();
  }

  function proposing() {
    const input = (name, props) => h("input", { value: form[name], ...props, on: { input(event) { form[name] = event.target.value; } } });
    const choice = (name, options) => h("select", { value: form[name], on: { change(event) { form[name] = event.target.value; } } }, options.map(([value, words]) => h("option", { value }, words)));
    return h("form", { class: "panel form", novalidate: true, key: "form", on: { submit: save } },
      h("h3", null, t("policies.new")),
      h("div", { class: "grid" },
        field(t("policies.name"), input("name", { type: "text", maxlength: 64, required: true, autocomplete: "off" }), { help: t("policies.name_help") }),
        field(t("policies.for"), choice("placement", [["", t("policies.everywhere")], ...seen.placements.map((name) => [name, `${placeName(name)} · ${name}`])])),
        field(t("policies.reward"), choice("reward", REWARDS.map((kind) => [kind, t(`policies.reward.${kind}`)]))),
        field(t("policies.explore"), input("explore", { type: "number", min: 1, max: 100, step: "any" }), { help: t("policies.explore_help") }),
        field(t("policies.calm"), input("calm", { type: "number", min: 0.1, max: 100, step: "any" }), { help: t("policies.calm_help") }),
        field(t("policies.half_life"), input("half_life", { type: "number", min: 1, step: "any" }), { help: t("policies.half_life_help") }),
        field(t("policies.delay"), input("delay", { type: "number", min: 0.01, max: 168, step: "any" }), { help: t("policies.delay_help") }),
        field(t("policies.segments"), input("segment_events", { type: "number", min: 1, step: "any" }), { help: t("policies.segments_help") }),
        field(t("policies.draws"), input("draws", { type: "number", min: 16, max: 1024 }), { help: t("policies.draws_help") }),
        field(t("policies.margin"), input("margin", { type: "number", min: -19, max: 100, step: "any" }), { help: t("policies.margin_help") }),
        field(t("policies.why"), input("why", { type: "text", maxlength: 500 }))),
      form.wrong ? h("p", { class: "field-error", role: "alert" }, form.wrong) : "",
      h("div", { class: "row" }, button(t("policies.propose"), { type: "submit", kind: "primary", roles: ROLES, busy: busy === "propose" }), button(t("cancel"), { on() { form = null; paint(); } })));
  }

  // --- what was -------------------------------------------------------------------------------------------------------------

  const past = () => (seen.states.length ? section(t("policies.past"), { id: "policies-past", count: number(seen.states.length) }, h("ul", { class: "rows" }, seen.states.slice(0, 30).map((state) => h("li", { class: "line", key: `state-${state.number}` },
    h("span", { class: "line-main" },
      h("b", null, t(state.action === "rollback" ? "policies.past_back" : "policies.past_release", { number: state.number, policy: state.policy_id, place: placeName(state.placement) })),
      state.override ? h("small", { class: "policy-override" }, t("policies.past_override", { reason: state.override })) : state.verdict ? h("small", null, t("policies.past_verdict", { answer: t(`policies.answer.${state.verdict.answer}`) })) : "",
      h("small", null, [state.by, state.note].filter(Boolean).join(" · "))),
    h("span", { class: "line-side" }, ago(state.at), state.number === seen.live.number ? h("span", { class: "tag" }, t("policies.now")) : ""))))) : "");

  function paint() {
    if (params.signal?.aborted) return;
    draw(host, !seen ? trouble && !trouble.passing ? problem(trouble, { retry: () => watcher.now?.() }) : skeleton(3) : h("div", { class: "policies", key: "policies" },
      h("p", { class: "lead" }, t("policies.text")),
      inPlace(),
      section(t("policies.candidates"), { id: "policies-candidates", count: number(seen.candidates.length), aside: form ? "" : button(t("policies.new"), { small: true, roles: ROLES, on: begin }) },
        form ? proposing() : "",
        seen.candidates.length ? h("ul", { class: "rows" }, seen.candidates.map(card)) : form ? "" : empty(t("policies.none"), t("policies.none_text"))),
      past()));
  }

  params.dirty = () => form !== null;
  params.changed = paint;
  paint();
}
