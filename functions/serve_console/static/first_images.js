// First images of a venue: what placements may show it with, how often each was seen and clicked by whom, and the switch of each.

import { get, id, put } from "/console/api.js";
import { h } from "/console/dom.js";
import { button, picture, problem, shape, skeleton, switcher, toast, toastError } from "/console/parts.js";
import { has, number, t } from "/console/words.js";

const PLACES = ["home", "search", "category", "channel", "shop", "group"];
const styleOf = (image) => t(`first.${["goods", "shelf", "scene"].includes(image.style) ? image.style : "other"}`);

function standing(image) {
  const [mark, words] = image.off ? ["retired", "first.is_off"] : image.live ? ["published", "first.is_live"] : image.approved ? ["approved", "first.is_approved"] : ["in_review", "first.not_approved"];
  return h("span", { class: "quiet first-standing" }, shape(mark), " ", t(words));
}

/** One of them, with its switch. `flip(image, on)` does it; `busy`: the id of the one being switched. */
function entry(image, { name, redraw, flip, busy, figures = "" }) {
  const off = image.off || !image.approved;
  return h("li", { key: image.image_id, class: image.off ? "first-off" : null },
    picture(image.picture, `${styleOf(image)}: ${image.alt || name}`, { width: image.width, height: image.height, redraw }),
    h("p", null, h("b", null, styleOf(image)), " ", standing(image)),
    figures,
    button(t(off ? "first.on" : "first.off"), { small: true, roles: image.approved ? ["operator", "reviewer"] : ["reviewer"], busy: busy === image.image_id, label2: `${t(off ? "first.on" : "first.off")}: ${styleOf(image)}`, on: () => flip(image, off) }));
}

/** Switches one and returns what the API answers, or null where it did not. */
async function flipped(path, image, on) {
  try {
    const answer = await put(`${path}/first-images/${id(image.image_id)}`, { on });
    toast(t(on ? "first.now_on" : "first.now_off"), { state: "done" });
    return answer;
  } catch (found) {
    toastError(found);
    return null;
  }
}

/** What a reviewer sees of the staged version: `detail` is the venue's; one that is refused is never handed out. */
export function reviewImages(app) {
  let busy = "";
  return (detail) => {
    const { venue, first_images: images } = detail;
    if (!images?.length) return "";
    async function refuse(image) {
      busy = image.image_id;
      app.draw();
      if (await flipped(`/api/venues/${id(venue.venue_id)}`, image, image.off)) image.off = !image.off;
      busy = "";
      app.draw();
    }
    return h("section", { class: "posters first-images", "aria-labelledby": "first-title", key: "first-images" },
      h("h2", { id: "first-title" }, t("first.title")), h("p", { class: "quiet" }, t("first.review")),
      h("ul", null, images.map((image) => h("li", { key: image.image_id, class: image.off ? "first-off" : null },
        picture(image.picture, `${styleOf(image)}: ${image.alt}`, { width: image.width, height: image.height, redraw: app.draw }),
        h("p", null, h("b", null, styleOf(image)), " ", h("span", { class: "quiet" }, t("posters.contrast", { n: number(image.contrast, { maximumFractionDigits: 1 }) }))),
        button(t(image.off ? "first.take" : "first.refuse"), { small: true, roles: ["reviewer"], busy: busy === image.image_id, label2: `${t(image.off ? "first.take" : "first.refuse")}: ${styleOf(image)}`, on: () => refuse(image) })))));
  };
}

/** The block on a venue's screen, loaded when somebody opens it. `kept()` gives {path, name, version}. */
export function firstImages(app) {
  let known = null; // {key, data, error}
  let open = false;
  let busy = "";
  let place = "home";

  function load(path, key) {
    const mine = { key, data: known?.key === key ? known.data : null, error: null };
    known = mine;
    get(`${path}/first-images?placement=${place}`).then((answer) => { mine.data = answer; }, (found) => { mine.error = found; }).finally(() => app.draw());
  }

  async function flip(path, image, on) {
    busy = image.image_id;
    app.draw();
    // Its answer counts another placement.
    if (await flipped(path, image, on)) load(path, known.key);
    busy = "";
    app.draw();
  }

  function figures(data, imageId) {
    const total = data.counts.reduce((sum, each) => sum + each.impressions, 0);
    const mine = data.counts.filter((each) => each.image_id === imageId);
    const seen = mine.reduce((sum, each) => sum + each.impressions, 0);
    const clicks = mine.reduce((sum, each) => sum + each.clicks, 0);
    if (!total) return "";
    return h("p", { class: "quiet" }, t("first.figures", { share: percent(seen / total), seen: number(seen), ctr: seen ? percent(clicks / seen) : "–" }));
  }

  const percent = (share) => number(share, { style: "percent", maximumFractionDigits: 1 });

  function table(data) {
    const segments = [...new Set(data.counts.map((each) => each.segment))];
    if (!segments.length) return h("p", { class: "quiet" }, t("first.nothing", { hours: data.hours }));
    const columns = [{ image_id: "", style: "" }, ...data.images].filter((image) => data.counts.some((each) => each.image_id === image.image_id));
    return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("first.by_segment") }, h("table", null,
      h("caption", { class: "quiet" }, t("first.caption", { hours: data.hours })),
      h("thead", null, h("tr", null, h("th", { scope: "col" }, t("first.segment")), columns.map((image) => h("th", { scope: "col", class: "num", key: image.image_id }, image.image_id ? styleOf(image) : t("first.default"))))),
      h("tbody", null, segments.map((segment) => {
        const row = data.counts.filter((each) => each.segment === segment);
        const total = row.reduce((sum, each) => sum + each.impressions, 0);
        return h("tr", { key: segment }, h("th", { scope: "row" }, has(`first.segment.${segment}`) ? t(`first.segment.${segment}`) : segment), columns.map((image) => {
          const cell = row.find((each) => each.image_id === image.image_id);
          return h("td", { class: "num", key: image.image_id, title: cell ? t("first.cell", { seen: number(cell.impressions), clicks: number(cell.clicks) }) : null }, cell && total ? `${percent(cell.impressions / total)} · ${cell.impressions ? percent(cell.clicks / cell.impressions) : "–"}` : "–");
        }));
      }))));
  }

  return ({ path, name, version, live }) => {
    const key = `${path} ${version} ${place}`;
    if (open && known?.key !== key) load(path, key);
    const data = open ? known?.data : null;
    return h("details", { class: "segments first-images posters", key: "first-images", open, on: { toggle() { if (this.open !== open) { open = this.open; app.draw(); } } } },
      h("summary", null, t("first.title")),
      !open ? "" : known?.error ? problem(known.error, { retry: () => load(path, key) }) : !data ? skeleton(3) : [
        h("p", { class: "quiet" }, t("first.text")),
        !data.images.length ? h("p", { class: "quiet" }, t("first.none")) : h("ul", null,
          data.default ? h("li", { key: "default" }, picture(data.default, t("first.default"), { redraw: app.draw }), h("p", null, h("b", null, t("first.default"))), figures(data, "")) : "",
          data.images.map((image) => entry(image, { name, redraw: app.draw, flip: (one, on) => flip(path, one, on), busy, figures: figures(data, image.image_id) }))),
        (data.left_out || []).map((each) => h("p", { class: "quiet", key: `left-${each.style}` }, t("first.left_out", { style: styleOf(each), why: each.why }))),
        live && data.images.length ? [switcher(t("first.placement"), PLACES.map((each) => [each, t(`first.place.${each}`)]), place, (next) => { place = next; app.draw(); }), table(data)] : ""]);
  };
}
