// The floors of a venue: how they were divided and why, and the desk where an operator arranges them.

import { put, remove } from "/console/api.js";
import { h } from "/console/dom.js";
import { button, confirm, picture, say } from "/console/parts.js";
import { has, number, percent, t } from "/console/words.js";

const PARTS = ["coverage", "purity", "size", "balance", "naming"];
const MOST = 12;

/** "category+attribute:款式" in words. */
export function dividedBy(by) {
  return by.split("+").map((piece) => {
    const [kind, ...rest] = piece.split(":");
    const detail = rest.join(":");
    if (kind === "category" && detail) return t("floors.kind.level", { n: detail });
    if (kind === "attribute") return t("floors.kind.attribute", { name: detail });
    return has(`floors.kind.${kind}`) ? t(`floors.kind.${kind}`) : kind;
  }).join(t("floors.and"));
}

function candidates(plan) {
  const rows = plan.candidates || [];
  if (!rows.length) return "";
  const first = rows.findIndex((each) => !each.refused && each.by !== plan.by);
  return h("details", { class: "floor-ways", key: "ways" },
    h("summary", null, t("floors.ways", { n: rows.length })),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("floors.ways", { n: rows.length }) }, h("table", null,
      h("thead", null, h("tr", null, h("th", { scope: "col" }, t("floors.way")), h("th", { scope: "col", class: "num" }, t("score")), PARTS.map((name) => h("th", { scope: "col", class: "num", title: t(`floors.part.${name}.means`) }, t(`floors.part.${name}`))), h("th", { scope: "col" }, t("floors")))),
      h("tbody", null, rows.map((each, index) => h("tr", { key: each.by, class: each.refused ? "quiet" : "" },
        h("th", { scope: "row" }, dividedBy(each.by), each.by === plan.by ? h("span", { class: "tag" }, t("floors.chosen")) : index === first ? h("span", { class: "tag" }, t("floors.next")) : each.refused ? h("span", { class: "tag" }, t(`floors.refused.${each.refused}`)) : ""),
        h("td", { class: "num" }, each.refused ? "–" : number(each.score)),
        PARTS.map((name) => h("td", { class: "num" }, each.parts[name] === undefined ? "–" : percent(each.parts[name]))),
        h("td", null, each.titles.map((title, place) => `${title} ${number(each.sizes[place])}`).join(" / "))))))));
}

/** The panel, and its state while somebody arranges. `act(name, send, done)` sends and tells. */
export function floorDesk({ app, path, act }) {
  let draft = null; // {plan_id, floors: [{title, product_ids}]} while it differs from what is stored
  const begin = (plan) => { draft = { plan_id: plan.plan_id, floors: plan.floors.map((each) => ({ title: each.title, product_ids: [...each.product_ids] })) }; app.draw(); };

  function swap(index, by) {
    const { floors } = draft;
    [floors[index], floors[index + by]] = [floors[index + by], floors[index]];
    say(t("floors.moved", { title: floors[index + by].title, n: index + by + 1 }));
    app.draw();
  }

  function merge(index) {
    draft.floors[index - 1].product_ids.push(...draft.floors[index].product_ids);
    draft.floors.splice(index, 1);
    app.draw();
  }

  function moveProduct(productId, from, to) {
    draft.floors[from].product_ids = draft.floors[from].product_ids.filter((each) => each !== productId);
    if (to === "new") draft.floors.splice(from + 1, 0, { title: "", product_ids: [productId] });
    else draft.floors[Number(to)].product_ids.push(productId);
    app.draw();
  }

  async function save() {
    const sent = draft;
    await act("floors", async () => {
      await put(`${path}/floors`, { plan_id: sent.plan_id, floors: sent.floors.filter((each) => each.product_ids.length) });
      draft = null;
    }, t("floors.saved"));
  }

  async function automatic() {
    if (await confirm(t("floors.automatic"), t("floors.automatic_text"), { yes: t("floors.automatic") })) await act("floors", () => remove(`${path}/floors`), t("floors.saved"));
  }

  function editor(products, busy) {
    const by = new Map(products.map((each) => [each.product_id, each]));
    const { floors } = draft;
    const nameless = floors.some((each) => each.product_ids.length && !each.title.trim());
    return h("div", { class: "floor-edit", key: "floor-edit" },
      h("ol", { class: "floor-rows" }, floors.map((each, index) => h("li", { key: `floor-${index}` },
        h("div", { class: "row" },
          h("input", { type: "text", maxlength: 40, value: each.title, "aria-label": t("floors.title_of", { n: index + 1 }), placeholder: t("floors.title_of", { n: index + 1 }), on: { input() { each.title = this.value; app.draw(); } } }),
          h("span", { class: "quiet" }, t("products.n", { n: each.product_ids.length })),
          h("button", { type: "button", class: "button small", disabled: index === 0, "aria-label": `${t("floors.up")}: ${each.title}`, on: { click() { swap(index, -1); } } }, h("span", null, t("floors.up"))),
          h("button", { type: "button", class: "button small", disabled: index === floors.length - 1, "aria-label": `${t("floors.down")}: ${each.title}`, on: { click() { swap(index, 1); } } }, h("span", null, t("floors.down"))),
          h("button", { type: "button", class: "button small", disabled: index === 0, "aria-label": `${t("floors.merge")}: ${each.title}`, on: { click() { merge(index); } } }, h("span", null, t("floors.merge")))),
        h("details", { key: "goods" }, h("summary", null, t("floors.goods")),
          h("ul", { class: "floor-goods" }, each.product_ids.map((productId) => h("li", { key: productId },
            picture(by.get(productId)?.picture, "", { redraw: app.draw, width: 32, height: 32 }),
            h("span", { class: "clip" }, by.get(productId)?.title || productId),
            h("select", { "aria-label": `${t("floors.move")}: ${by.get(productId)?.title || productId}`, value: String(index), on: { change() { moveProduct(productId, index, this.value); } } },
              floors.map((other, place) => h("option", { value: String(place), selected: place === index }, `${place + 1} ${other.title}`)),
              floors.length < MOST ? h("option", { value: "new" }, t("floors.new")) : "")))))))),
      h("p", { class: "quiet" }, t("floors.effect")),
      h("div", { class: "row end" },
        button(t("edits.drop"), { small: true, on: () => { draft = null; app.draw(); } }),
        button(t("floors.save"), { small: true, kind: "primary", roles: ["operator"], busy: busy === "floors", blocked: nameless ? t("floors.nameless") : "", on: save })));
  }

  return function panel(plan, products, busy) {
    if (!plan) return h("section", { class: "panel" }, h("h3", null, t("floors")), h("p", { class: "quiet" }, t("floors.none")));
    const next = (plan.candidates || []).find((each) => !each.refused && each.by !== plan.by);
    const mine = (plan.candidates || []).find((each) => each.by === plan.by);
    return h("section", { class: ["panel", draft && "panel-wide"] }, h("h3", null, t("floors")),
      draft ? editor(products, busy) : [
        h("ol", { class: "floor-list" }, plan.floors.map((each) => h("li", { key: each.floor_id }, h("span", null, each.title), h("span", { class: "quiet" }, t("products.n", { n: each.product_ids.length }))))),
        h("p", { class: "quiet" }, mine ? t("floors.divided", { by: dividedBy(plan.by), n: plan.floors.length, score: mine.score }) : [dividedBy(plan.by), plan.reason].filter(Boolean).join(" · ")),
        next ? h("p", { class: "quiet" }, t("floors.runner_up", { what: `${dividedBy(next.by)} ${number(next.score)}` })) : "",
        candidates(plan),
        h("div", { class: "row" },
          button(t("floors.arrange"), { small: true, roles: ["operator"], blocked: plan.plan_id ? "" : t("floors.old"), on: () => begin(plan) }),
          plan.by === "operator" ? button(t("floors.automatic"), { small: true, roles: ["operator"], busy: busy === "floors", on: automatic }) : "",
          h("a", { class: "small-link", href: "/console/floors" }, t("floors.library"))),
      ]);
  };
}
