// The finished pictures of a version: what shared links and placements will show, with the contrast that was measured on them.

import { h } from "/console/dom.js";
import { picture } from "/console/parts.js";
import { bytes, number, t } from "/console/words.js";

const least = (poster) => Math.min(...poster.measured.map((each) => each.contrast));

/** A row of posters; nothing where the version has none. */
export function posters(list, { title, redraw } = {}) {
  if (!list?.length) return "";
  return h("section", { class: "posters", "aria-labelledby": "posters-title", key: "posters" },
    h("h2", { id: "posters-title" }, t("posters.title")),
    h("p", { class: "quiet" }, t("posters.text")),
    h("ul", null, list.map((poster) => h("li", { key: poster.format, class: `poster-${poster.format}` },
      picture(`/${poster.media_key}`, t("posters.alt", { format: t(`posters.${poster.format}`), title }), { width: poster.width, height: poster.height, redraw }),
      h("p", null, h("b", null, t(`posters.${poster.format}`)), " ",
        h("span", { class: "quiet" }, [`${number(poster.width)} × ${number(poster.height)}`, bytes(poster.bytes), t("posters.contrast", { n: number(least(poster), { maximumFractionDigits: 1 }) })].join(" · ")))))));
}
