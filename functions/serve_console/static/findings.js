// What the machines report in codes, in the words of the people who look at it: findings of the inspection, notes of the steps, templates.

import { get, id } from "/console/api.js";
import { h } from "/console/dom.js";
import { componentName, slotName } from "/console/materials.js";
import { icon, shape } from "/console/parts.js";
import { has, number, pick, t } from "/console/words.js";

const SCREENS = ["phone", "desktop"];

/** "floor-2/title", "phone: https://…", "hero" in words; the last resort is the place as it was reported. */
export function placeName(place) {
  const [, screen, rest] = /^(phone|desktop)(?:: (.+))?$/.exec(place) || [];
  if (SCREENS.includes(screen)) return [t(screen), rest].filter(Boolean).join(" · ");
  if (has(`place.${place}`)) return t(`place.${place}`);
  const [part, ...inside] = place.split("/");
  const known = componentName(part);
  if (known === part || place.includes("://") || place.startsWith("/")) return place;
  return [known, inside.length ? slotName(inside.join("/")) : ""].filter(Boolean).join(" · ");
}

const shots = new Map(); // a finding's picture, by its name: loaded once, shown wherever it is drawn

/** What a finding looked like. The picture needs the reader's token, so no address of it can stand in the page. */
function shot(venueId, name) {
  if (!shots.has(name)) {
    shots.set(name, "");
    get(`/api/venues/${id(venueId)}/inspection/${id(name)}`).then(({ data }) => {
      shots.set(name, data);
      for (const img of document.querySelectorAll(`img[data-shot="${name}"]`)) { img.src = data; img.hidden = false; }
    }, () => shots.delete(name)); // the words are there without it; the next drawing asks again
  }
  return h("img", { class: "finding-shot", "data-shot": name, src: shots.get(name) || null, hidden: !shots.get(name), alt: t("inspection.shot"), loading: "lazy" });
}

/** One finding: what is wrong, where and what to do, by its rule; what the inspection measured stays readable below. */
export function finding(each, venueId = "") {
  const told = each.told && pick(each.told), todo = each.todo && pick(each.todo);
  const known = !told && has(`finding.${each.rule}`);
  const mend = todo || (has(`finding.${each.rule}.mend`) ? t(`finding.${each.rule}.mend`) : each.mend);
  const picture = venueId && /^[0-9a-f]{32}$/.test(each.picture || "") ? shot(venueId, each.picture) : "";
  return h("li", { key: each.rule + each.place + each.message }, shape(each.severity), h("div", null,
    h("b", null, told || (known ? t(`finding.${each.rule}`) : each.message)),
    h("span", { class: "quiet" }, [t(`severity.${each.severity}`), each.place ? placeName(each.place) : "", known || told ? "" : each.rule].filter(Boolean).join(" · ")),
    mend ? h("span", { class: "mend" }, h("b", null, t("error.todo")), " ", mend) : "",
    picture,
    known || told ? h("details", { class: "measured" }, h("summary", null, t("inspection.measured")), h("code", { lang: "en" }, [`${each.rule}: ${each.message}`, each.path, each.box ? each.box.join(" ") : ""].filter(Boolean).join(" · "))) : ""));
}

/** The browser and the sizes it looked at: "Chromium 156.0 · 390 × 844 · 1440 × 900". */
export const lookedWith = (note) => (note || "").replace(/ at (\d+)x(\d+) and (\d+)x(\d+)$/, " · $1 × $2 · $3 × $4");

export const templateName = (code) => (has(`template.${code}`) ? t(`template.${code}`) : code);
export const styleName = (code) => (has(`style.${code}`) ? t(`style.${code}`) : code);
/** Which template a page got, what speaks for it and against it, and the runner-up. Choices made before both languages were kept tell what they kept. */
export function templateChosen(choice) {
  if (!choice) return h("p", { class: "quiet" }, t("template.none"));
  const line = (each) => h("li", { key: pick(each.said) }, icon(each.points < 0 ? "close" : "check"), h("span", null, pick(each.said)), h("span", { class: "quiet" }, signed(each.points)));
  const [next] = choice.others || [];
  const second = next ? `${templateName(next.template_id)} ${number(next.score)} · ${next.reasons.map((each) => pick(each.said)).join(t("comma")) || t("template.no_rule")}` : choice.runner_up;
  return [h("p", null, h("b", null, templateName(choice.template_id)), h("span", { class: "quiet" }, ` v${choice.version} · ${t("score")} ${number(choice.score)}`)),
    h("ul", { class: "plain rules" }, choice.why?.length ? choice.why.map(line) : choice.reasons.map((each) => h("li", null, icon("check"), h("span", null, each)))),
    second ? h("p", { class: "quiet" }, t("template.runner_up", { what: second })) : ""];
}

/** Which style a page got, what speaks for it, and what spoke for the others. */
export function styleChosen(choice) {
  const line = (each) => h("li", { key: each.code + pick(each.said) }, icon(each.points < 0 ? "close" : "check"), h("span", null, pick(each.said)), h("span", { class: "quiet" }, signed(each.points)));
  const named = (each) => `${styleName(each.style_id)} ${number(each.score, { maximumFractionDigits: 2 })}`;
  if (!choice) return [h("h3", null, t("style_choice")), h("p", { class: "quiet" }, t("style_choice.none"))];
  return [h("h3", null, t("style_choice")),
    h("p", null, h("b", null, styleName(choice.style_id)), h("span", { class: "quiet" }, ` v${choice.version} · ${t("score")} ${number(choice.score, { maximumFractionDigits: 2 })}`)),
    h("ul", { class: "plain rules" }, choice.reasons.map(line)),
    choice.others?.length ? h("p", { class: "quiet" }, t("style_choice.runner_up", { what: named(choice.others[0]) })) : "",
    choice.others?.length ? h("details", { class: "measured", key: "other-styles" }, h("summary", null, t("style_choice.others")),
      choice.others.map((each) => h("div", { key: each.style_id }, h("p", null, h("b", null, named(each))), h("ul", { class: "plain rules" }, each.reasons.map(line))))) : ""];
}

const signed = (points) => (points ? number(points, { signDisplay: "always", maximumFractionDigits: 2 }) : "");

const NOTES = {
  ExpandTheme: (note) => {
    const [words, dropped] = note.split(" · −");
    if (!dropped) return words;
    return `${words} · ${t("note.dropped", { words: dropped.replace(/ \((\w+)\)/g, (whole, why) => (has(`note.dropped.${why}`) ? ` (${t(`note.dropped.${why}`)})` : whole)) })}`;
  },
  RecallBySearch: (note) => counted(note, "note.recalled"),
  RecallByVector: (note) => counted(note, "note.recalled"),
  RecallByRules: (note) => counted(note, "note.recalled"),
  FuseRecall: (note) => counted(note, "note.chosen"),
  RecruitMerchants: (note) => (/^-\d+$/.test(note) ? t("note.missing", { n: Number(note.slice(1)) }) : note),
  MatchTemplate: (note) => {
    const [template, style] = note.split(" · ");
    return [templateName(template), style ? styleName(style) : ""].filter(Boolean).join(" · ");
  },
  RequestMaterials: (note) => (/^\d+(\/\d+)?$/.test(note) ? t("note.materials", { of: note.replace("/", " / ") }) : note),
  RenderPage: (note) => (/^[0-9a-f]{16,}$/.test(note) ? t("note.version", { version: note.slice(0, 12) }) : note),
};

/** "42; …" with its number in words. */
function counted(note, key) {
  const [, n, rest] = /^(\d+)(?:; (.*))?$/s.exec(note) || [];
  return n === undefined ? note : [t(key, { n: Number(n) }), rest].filter(Boolean).join(" · ");
}

export const stepNote = (step, note) => (note ? (NOTES[step] ? NOTES[step](note) : note) : "");
