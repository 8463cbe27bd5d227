// What a brand never says, whom it never names and which colours are its own: one book, changed an entry at a time.

import { get, id, post, put } from "/console/api.js";
import { h } from "/console/dom.js";
import { draftList, NEW } from "/console/drafts.js";
import { chip, empty, button, field, shape, toastError } from "/console/parts.js";
import { list as joined, pick, t } from "/console/words.js";

export const brandsLink = () => h("a", { class: "button", href: "/console/brands" }, h("span", null, t("brands.title")));

const split = (text) => [...new Set(text.split(/[,，、;；\n]/).map((each) => each.trim()).filter(Boolean))];
const HEX = /^#[0-9a-f]{6}$/i;

export function brands(app) {
  let book = { revision: 0, brands: [] };
  let campaigns = null;
  let tried = { text: "", campaign: "", verdict: null, busy: false };

  const list = draftList(app, {
    async ask(_, signal) {
      book = await get("/api/policy/brands", { signal });
      return { entries: book.brands, next: "" };
    },
    keyOf: (brand) => brand.owner,
  });
  app.live(async (signal) => {
    campaigns = (await get("/api/campaigns", { signal })).campaigns;
    app.draw();
    return 0;
  });

  const ownerName = (owner) => {
    const [kind, ...rest] = owner.split(":");
    const of = rest.join(":");
    if (kind === "campaign") return [t("brands.campaign"), " · ", h("a", { href: `/console/campaigns/${id(of)}` }, campaigns?.find((each) => each.campaign_id === of)?.request.sentence || of)];
    return kind === "merchant" ? `${t("brands.merchant")} · ${of}` : t("scope.everywhere");
  };

  const entryOf = (owner) => JSON.stringify(book.brands.find((each) => each.owner === owner) || null);

  /**
   * The whole book with this entry changed, taken in or (null) left out. `seen`: the entry as it was when somebody began. What others
   * changed meanwhile in other entries stays; the same entry changed by two people is for the second to look at.
   */
  async function save(owner, entry, seen) {
    for (let tries = 2; ; tries -= 1) {
      const others = book.brands.filter((each) => each.owner !== owner);
      try {
        book = await put("/api/policy/brands", { revision: book.revision, brands: entry ? [...others, entry] : others });
        return entry;
      } catch (error) {
        if (error.status !== 409 || !tries) throw error;
        book = await get("/api/policy/brands");
        if (entryOf(owner) !== seen) throw error;
      }
    }
  }

  function fields(draft) {
    const text = (name, help) => field(t(`brands.${name}`), h("textarea", { rows: 2, value: draft[name], on: { input() { draft[name] = this.value; if (name === "colours") app.draw(); } } }), { help: t(help) });
    return [
      draft.id === NEW ? h("div", { class: "check-fields", key: "owner" },
        field(t("brands.owner"), h("select", { value: draft.kind, on: { change() { draft.kind = this.value; draft.of = ""; app.draw(); } } }, [["everywhere", t("scope.everywhere")], ["campaign", t("brands.campaign")], ["merchant", t("brands.merchant")]].map(([value, words]) => h("option", { value, selected: value === draft.kind }, words)))),
        draft.kind === "campaign" ? field(t("brands.campaign"), h("select", { value: draft.of, on: { change() { draft.of = this.value; app.draw(); } } }, h("option", { value: "" }, t("brands.choose")), (campaigns || []).map((each) => h("option", { value: each.campaign_id, selected: each.campaign_id === draft.of }, each.request.sentence.slice(0, 60))))) : "",
        draft.kind === "merchant" ? field(t("brands.merchant"), h("input", { type: "text", maxlength: 100, value: draft.of, on: { input() { draft.of = this.value; app.draw(); } } }), { help: t("brands.merchant_help") }) : "") : "",
      text("forbidden", "brands.forbidden_help"), text("competitors", "brands.competitors_help"), text("colours", "brands.colours_help"),
      h("div", { class: "swatches", key: "swatches" }, split(draft.colours).map((each) => (HEX.test(each) ? swatch(each) : h("span", { class: "bad", key: each }, t("brands.no_colour", { what: each }))))),
    ];
  }

  const swatch = (colour) => h("span", { class: "swatch", key: colour }, h("i", { css: { background: colour } }), h("code", null, colour));

  function form() {
    const { draft } = list;
    const owner = draft.id !== NEW ? draft.id : draft.kind === "everywhere" ? "everywhere" : draft.of.trim() ? `${draft.kind}:${draft.of.trim()}` : "";
    const entry = { owner, forbidden: split(draft.forbidden), competitors: split(draft.competitors), colours: split(draft.colours) };
    const taken = draft.id === NEW && book.brands.some((each) => each.owner === owner);
    const lack = !owner ? t("brands.whose") : taken ? t("brands.taken") : entry.colours.some((each) => !HEX.test(each)) ? t("brands.colours_help") : !entry.forbidden.length && !entry.competitors.length && !entry.colours.length ? t("brands.asks_nothing") : "";
    return list.form(() => list.send(draft.id, () => save(owner, entry, draft.seen), t("brands.saved")), fields(draft), { save: t("constraint.save"), roles: ["operator"], lack });
  }

  const open = (brand) => list.open({ id: brand?.owner || NEW, seen: JSON.stringify(brand), kind: "everywhere", of: "", forbidden: joined(brand?.forbidden || []), competitors: joined(brand?.competitors || []), colours: joined(brand?.colours || []) });

  function card(brand) {
    const quoted = (words) => joined(words.map((each) => `“${each}”`));
    return h("li", { class: "panel constraint", key: brand.owner }, h("div", { class: "row" }, h("b", { class: "grow" }, ownerName(brand.owner)), h("span", { class: "tag" }, t(brand.owner.startsWith("merchant:") ? "brands.told" : "brands.blocks"))),
      list.drafting(brand.owner) ? form() : [
        h("div", { class: "chips" }, brand.forbidden.length ? chip(t("brands.forbidden"), quoted(brand.forbidden)) : "", brand.competitors.length ? chip(t("brands.competitors"), quoted(brand.competitors)) : ""),
        brand.colours.length ? h("div", { class: "swatches" }, h("span", { class: "quiet" }, t("brands.colours")), brand.colours.map(swatch)) : "",
        list.buttons(brand.owner, {
          active: true, roles: ["operator"],
          words: { edit: t("constraint.edit"), retire: t("brands.remove"), sure: t("brands.remove_title"), means: t("brands.remove_text") },
          edit: () => open(brand), retire: () => list.send(brand.owner, async () => { await save(brand.owner, null, JSON.stringify(brand)); }, t("brands.removed")),
        })]);
  }

  async function attempt(event) {
    event.preventDefault();
    if (!tried.text.trim()) return;
    tried = { ...tried, busy: true };
    app.draw();
    try {
      tried.verdict = await post("/api/policy/check", { texts: tried.text.split("\n").filter((line) => line.trim()).slice(0, 100), ...(tried.campaign ? { campaign_id: tried.campaign } : {}) });
    } catch (error) { toastError(error); }
    tried.busy = false;
    app.draw();
  }

  function trial() {
    const { verdict } = tried;
    return h("section", { class: "panel", key: "trial", "aria-label": t("brands.try") }, h("h2", null, t("brands.try")),
      h("form", { class: "drafting", on: { submit: attempt } },
        field(t("brands.try_text"), h("textarea", { rows: 3, maxlength: 5000, value: tried.text, on: { input() { tried.text = this.value; tried.verdict = null; } } }), { help: t("brands.try_help") }),
        h("div", { class: "row" }, h("select", { "aria-label": t("brands.campaign"), value: tried.campaign, on: { change() { tried.campaign = this.value; tried.verdict = null; app.draw(); } } }, h("option", { value: "" }, t("brands.no_campaign")), (campaigns || []).map((each) => h("option", { value: each.campaign_id }, each.request.sentence.slice(0, 60)))),
          button(t("brands.check"), { type: "submit", busy: tried.busy }))),
      verdict ? verdict.findings.length ? h("ul", { class: "findings" }, verdict.findings.map((each) => h("li", { key: `${each.place}${each.start}${each.rule}` }, shape(each.severity === "block" ? "blocker" : "warning"), h("div", null, h("b", null, `“${each.words}” `), pick(each.message), h("span", { class: "quiet" }, each.law), h("span", { class: "mend" }, h("b", null, t("error.todo")), " ", pick(each.mend), each.instead ? ` → ${each.instead}` : "")))))
        : h("p", { class: "nothing" }, shape("done"), t("brands.clean")) : "");
  }

  return {
    title: () => t("brands.title"),
    view: () => h("div", { class: "page" },
      h("nav", { class: "crumbs", "aria-label": t("crumbs") }, h("a", { href: "/console/constraints" }, t("constraints.title"))),
      h("div", { class: "head" }, h("h1", null, t("brands.title")), h("div", { class: "row" }, button(t("brands.new"), { roles: ["operator"], on: () => open(null) }))),
      h("p", { class: "lead" }, t("brands.text")),
      list.drafting(NEW) ? h("section", { class: "panel constraint", key: NEW, "aria-label": t("brands.new") }, h("h2", null, t("brands.new")), form()) : "",
      list.view("constraints", card, empty(t("brands.none"), t("brands.none_text"))),
      trial()),
  };
}
