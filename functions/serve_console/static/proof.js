// What a release is made of, and whether the same page still comes of it.

import { get } from "/console/api.js";
import { h } from "/console/dom.js";
import { button, empty, problem, shape, skeleton } from "/console/parts.js";
import { has, number, pick, t } from "/console/words.js";

const STATES = { missing: "failed", changed: "failed", failed: "failed", other: "warning" };

/** `mine`: {data, error} of GET …/proof, and {report, trouble, busy} of the replay that was asked for here. */
export function proof(mine, { path, redraw, retry }) {
  if (mine?.error) return ["no_proof", "not_released"].includes(mine.error.code) ? empty(t("proof.none"), t("proof.none_text")) : problem(mine.error, { retry });
  if (!mine?.data) return skeleton(6);
  const { manifest, sha256, why } = mine.data;
  const replay = async () => {
    mine.busy = true;
    mine.trouble = null;
    redraw();
    try {
      mine.report = await get(`${path}/replay`);
    } catch (found) {
      mine.trouble = found;
    }
    mine.busy = false;
    redraw();
  };
  return h("div", { class: "proof" },
    h("p", { class: "quiet" }, t("proof.text")),
    h("div", { class: "row" }, button(t("proof.replay"), { key: "replay", small: true, iconName: "reload", busy: mine.busy, on: replay }),
      h("span", { class: "quiet" }, t("proof.inputs", { n: number(manifest.inputs.length), pictures: number(manifest.media.length) }))),
    mine.trouble ? problem(mine.trouble) : mine.report ? verdict(mine.report) : "",
    h("dl", { class: "facts" }, why.told.map((each) => [h("dt", { key: `${each.about}-t` }, has(`proof.${each.about}`) ? t(`proof.${each.about}`) : each.about), h("dd", { key: each.about }, pick(each.text))])),
    h("p", { class: "quiet" }, t("proof.manifest"), " ", h("code", null, sha256)));
}

function verdict(report) {
  return h("section", { class: "panel", key: "replay-report", role: "status" },
    h("p", { class: ["state", report.proved ? "tone-good" : "tone-bad"] }, shape(report.proved ? "passed" : "failed"), h("span", null, t(report.proved ? "proof.proved" : report.identical ? "proof.identical" : "proof.other", { n: number(report.checked) }))),
    report.findings.length ? h("ul", { class: "plain" }, report.findings.map((each) => h("li", { key: each.name + each.state }, shape(STATES[each.state]), " ", h("code", null, each.name), " ", pick(each.text)))) : "");
}
