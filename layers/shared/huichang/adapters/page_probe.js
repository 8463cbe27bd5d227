// What a buyer's eye would meet on this screen, as facts; pages/seeing.py judges them. Boxes are [left, top, width, height] in CSS pixels
// of the page. Called once for each view, by adapters/browser.py. Nothing here changes what the page looks like but its scroll position.
() => {
  const doc = document.documentElement, wide = doc.clientWidth;
  const whole = (value) => Math.round(value) + 0; // not -0, which leaves the browser as a fraction
  const round = (r) => [whole(r.left + scrollX), whole(r.top + scrollY), whole(r.width), whole(r.height)];
  const styles = new Map();
  const styleOf = (el) => { let found = styles.get(el); if (!found) styles.set(el, found = getComputedStyle(el)); return found; };
  const shows = (el) => el.checkVisibility({ opacityProperty: true, visibilityProperty: true });

  /** A short CSS path that leads a person there: from the nearest id, or from the product's card. */
  function pathOf(el) {
    const parts = [];
    for (let up = el; up && up !== document.body && parts.length < 5; up = up.parentElement) {
      if (up.id) { parts.unshift("#" + CSS.escape(up.id)); return parts.join(" > "); }
      if (up.dataset.product) { parts.unshift(`[data-product="${up.dataset.product}"]`); return parts.join(" > "); }
      const twins = up.parentElement ? [...up.parentElement.children].filter((each) => each.tagName === up.tagName) : [up];
      const name = up.tagName.toLowerCase() + [...up.classList].slice(0, 2).map((each) => "." + CSS.escape(each)).join("");
      parts.unshift(twins.length > 1 ? `${name}:nth-of-type(${twins.indexOf(up) + 1})` : name);
    }
    return parts.join(" > ") || "body";
  }

  /** Only for screen readers, or a decoration that they do not get. */
  const forEars = (el) => {
    for (let up = el, n = 0; up && n < 4; up = up.parentElement, n += 1) {
      const style = styleOf(up);
      if (style.clipPath.startsWith("inset(50%") || (style.position === "absolute" && up.offsetWidth <= 1 && up.offsetHeight <= 1)) return true;
    }
    return false;
  };
  const pinned = (el) => {
    for (let up = el; up; up = up.parentElement) if (["fixed", "sticky"].includes(styleOf(up).position)) return true;
    return false;
  };
  const alphaOf = (el) => {
    let alpha = 1;
    for (let up = el; up; up = up.parentElement) alpha *= parseFloat(styleOf(up).opacity);
    return alpha;
  };

  /** The part of a rectangle that its boxes let through; `cut`: a box that neither scrolls nor says "…" takes something away. */
  function through(el, r) {
    const part = { left: r.left, top: r.top, right: r.right, bottom: r.bottom };
    let across = false, down = false, scrolls = false, designed = false;
    for (let up = el; up && up !== doc; up = up.parentElement) {
      const style = styleOf(up);
      if (style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none") designed = true;
      const box = up.getBoundingClientRect();
      const free = (value) => value === "visible";
      const rolls = (value) => value === "auto" || value === "scroll";
      if (!free(style.overflowX) && up !== document.body) {
        if (rolls(style.overflowX)) scrolls = true;
        else if (!scrolls) {
          if (box.right < part.right - 1 || box.left > part.left + 1) across = true;
          part.left = Math.max(part.left, box.left); part.right = Math.min(part.right, box.right);
        }
      }
      if (!free(style.overflowY) && up !== document.body) {
        if (rolls(style.overflowY) && up.scrollHeight > up.clientHeight + 1) scrolls = true;
        else if (!scrolls) {
          if (box.bottom < part.bottom - 1 || box.top > part.top + 1) down = true;
          part.top = Math.max(part.top, box.top); part.bottom = Math.min(part.bottom, box.bottom);
        }
      }
      if (style.position === "fixed") break;
    }
    if (!scrolls) {
      if (part.right > wide + 1 || part.left < -1) across = true;
      part.left = Math.max(part.left, 0); part.right = Math.min(part.right, wide);
    }
    return { part, across, down, scrolls, designed };
  }

  /** Share of a box that is on the page as it stands: what waits in a scroller was not painted here. */
  function openShare(el) {
    const r = el.getBoundingClientRect();
    let left = Math.max(r.left, 0), top = r.top, right = Math.min(r.right, wide), bottom = r.bottom;
    for (let up = el.parentElement; up && up !== doc; up = up.parentElement) {
      const style = styleOf(up);
      if (style.overflowX === "visible" && style.overflowY === "visible") continue;
      if (up === document.body) continue;
      const box = up.getBoundingClientRect();
      left = Math.max(left, box.left); right = Math.min(right, box.right); top = Math.max(top, box.top); bottom = Math.min(bottom, box.bottom);
    }
    return r.width && r.height ? Math.max(0, right - left) * Math.max(0, bottom - top) / (r.width * r.height) : 0;
  }

  scrollTo({ left: 0, top: 0, behavior: "instant" });
  const lines = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), parent = walker.currentNode.parentElement;
    if (!text || !parent || ["SCRIPT", "STYLE", "NOSCRIPT", "TITLE"].includes(parent.tagName) || parent.closest("svg")) continue;
    if (!parent.checkVisibility({ visibilityProperty: true }) || forEars(parent)) continue;
    const style = styleOf(parent), size = parseFloat(style.fontSize), range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const card = parent.closest("[data-product]"), colour = (style.color.match(/[0-9.]+/g) || [0, 0, 0]).map(Number);
    for (const r of range.getClientRects()) {
      if (r.width < 2 || r.height < 2) continue;
      const { part, across, down, scrolls, designed } = through(parent, r);
      // What lies between a glyph's top and its foot: fonts give their line boxes more air than letters fill.
      const middle = (r.top + r.bottom) / 2, high = Math.min(r.height, size) * 0.7;
      const seenDown = Math.max(0, Math.min(part.bottom, middle + high / 2) - Math.max(part.top, middle - high / 2)) / high;
      const seenAcross = Math.max(0, part.right - part.left) / r.width;
      // Where the line shows: what an ellipsis hides lies, by its own rectangle, on the card beside it.
      const left = Math.max(part.left, r.left), right = Math.max(left, Math.min(part.right, r.right));
      const open = scrolls ? r : { left, top: r.top, width: right - left, height: r.height };
      lines.push({
        el: parent, text: text.slice(0, 60), size, weight: Number(style.fontWeight) || 400, box: round(open),
        colour: colour.slice(0, 3), alpha: (colour.length > 3 ? colour[3] : 1) * alphaOf(parent),
        own: style.backgroundClip === "text" || style.webkitTextFillColor !== style.color || parseFloat(style.webkitTextStrokeWidth) > 0,
        heard: Boolean(parent.closest("[aria-hidden=true]")), hero: Boolean(parent.closest("header")), pinned: pinned(parent), product: card ? card.dataset.product : "",
        kind: parent.closest("h1,h2,h3,h4,.name") ? "title" : parent.closest(".now") ? "price" : parent.closest("[data-ai-label],[data-ai-mark],[data-unreviewed]") ? "label" : parent.closest("header") ? "header" : "text",
        seen_across: across ? seenAcross : 1, seen_down: down ? seenDown : 1, scrolls, designed });
    }
  }

  // Which lines lie on one another: compared where letters are, not where lines have air.
  const core = (line) => {
    const [left, top, width, height] = line.box, high = Math.min(height, line.size) * 0.6;
    return [left, top + (height - high) / 2, left + width, top + (height + high) / 2];
  };
  const blockOf = (el) => { while (el.parentElement && styleOf(el).display.startsWith("inline")) el = el.parentElement; return el; };
  const overlaps = [];
  const shown = lines.filter((line) => !line.pinned && !line.scrolls && !line.heard && line.seen_across > 0.2 && line.seen_down > 0.2 && line.alpha > 0.05)
    .map((line) => ({ line, at: core(line) })).sort((a, b) => a.at[1] - b.at[1]);
  for (let i = 0; i < shown.length && overlaps.length < 20; i += 1) {
    for (let j = i + 1; j < shown.length && shown[j].at[1] < shown[i].at[3]; j += 1) {
      const a = shown[i].at, b = shown[j].at;
      const w = Math.min(a[2], b[2]) - Math.max(a[0], b[0]), h = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
      if (w <= 2 || h <= 2 || shown[i].line.el === shown[j].line.el) continue;
      const least = Math.min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]));
      // Pieces of one line stand side by side; where the line is slanted, the boxes around them touch and they do not.
      const narrow = Math.min(a[2] - a[0], b[2] - b[0]);
      if (w < narrow * 0.6 && blockOf(shown[i].line.el) === blockOf(shown[j].line.el)) continue;
      if (w * h > least * 0.2) overlaps.push([shown[i].line, shown[j].line]);
    }
  }

  // Where a browser chose among widths, naturalWidth is what it was shown for and not how many pixels came: those are named in the srcset.
  const pixelsOf = (img) => {
    const own = [img.naturalWidth, img.naturalHeight], sources = img.parentElement?.tagName === "PICTURE" ? [...img.parentElement.querySelectorAll("source")] : [];
    for (const at of [img, ...sources]) for (const entry of at.srcset.split(", ")) {
      const [address, wide] = entry.trim().split(" ");
      if (address && /^\d+w$/.test(wide || "") && own[0] && new URL(address, document.baseURI).href === img.currentSrc) {
        return [parseInt(wide), Math.round((own[1] / own[0]) * parseInt(wide))];
      }
    }
    return own;
  };
  const images = [...document.images].map((img) => {
    const style = styleOf(img), r = img.getBoundingClientRect(), card = img.closest("[data-product]");
    return { path: pathOf(img), box: round(r), source: img.getAttribute("src") || "", shown: img.currentSrc, done: img.complete,
      natural: pixelsOf(img), fit: style.objectFit, visible: shows(img) && r.width > 1 && r.height > 1,
      product: card ? card.dataset.product : "", clear: alphaOf(img) > 0.05, open: openShare(img) };
  });

  const targets = [];
  for (const el of document.querySelectorAll("a[href],button,input,select,textarea,summary,[role=button]")) {
    if (!shows(el) || forEars(el)) continue;
    let r = el.getBoundingClientRect();
    if (r.bottom + scrollY <= 0 || r.right <= 0) continue; // waits outside for the keyboard's focus
    for (const layer of ["::before", "::after"]) { // a layer that makes a whole card the target of its link
      const style = getComputedStyle(el, layer);
      if (style.content !== "none" && style.position === "absolute" && el.offsetParent && styleOf(el).position === "static") {
        const own = el.offsetParent.getBoundingClientRect();
        if (parseFloat(style.width) > r.width && own.width >= r.width) r = own;
      }
    }
    const style = styleOf(el);
    const said = el.textContent.trim(), around = el.parentElement.textContent.trim();
    targets.push({ path: pathOf(el), box: round(r), text: (said || el.getAttribute("aria-label") || "").slice(0, 40),
      named: Boolean(said || el.getAttribute("aria-label") || el.querySelector("img[alt]:not([alt=''])")),
      inline: style.display === "inline" && around.length > said.length + 2, href: el.getAttribute("href") || "" });
  }

  const cards = [...document.querySelectorAll("[data-product]")].map((el) => {
    const r = el.getBoundingClientRect(), floor = el.closest("[data-floor]"), name = el.querySelector(".name"), price = el.querySelector(".now");
    const part = (each) => each ? { text: each.textContent.trim(), visible: shows(each) && each.getBoundingClientRect().height > 4 } : { text: "", visible: false };
    const { scrolls } = through(el, r);
    return { path: pathOf(el), product: el.dataset.product, floor: floor ? floor.id : "", box: round(r), visible: shows(el) && r.width > 8 && r.height > 8,
      name: part(name), price: part(price), scrolls, open: openShare(el), clear: alphaOf(el) > 0.05 };
  });
  const part = (selector, all = document) => {
    const el = all.querySelector(selector);
    if (!el) return { text: "", visible: false, path: selector };
    const r = el.getBoundingClientRect();
    return { text: el.textContent.trim(), visible: shows(el) && r.width > 4 && r.height > 4, path: pathOf(el), box: round(r), size: parseFloat(styleOf(el).fontSize) };
  };
  const floors = [...document.querySelectorAll("[data-floor]")].map((el) => {
    const r = el.getBoundingClientRect();
    return { id: el.id, path: pathOf(el), box: round(r), title: part("h2", el), visible: shows(el) && r.height > 8 };
  });

  // What lies over a line's middle that is neither its own box nor a layer of its own card.
  const covered = [];
  const opaque = (el) => {
    const style = styleOf(el), alpha = (style.backgroundColor.match(/[0-9.]+/g) || []).map(Number);
    const solid = el.tagName === "IMG" || style.backgroundImage !== "none" || (alpha.length === 3 || alpha[3] > 0.5);
    return solid && alphaOf(el) > 0.5 && style.visibility === "visible";
  };
  const height = doc.scrollHeight, tall = innerHeight, waiting = lines.filter((line) => !line.pinned && !line.scrolls && !line.heard && line.seen_across > 0.5 && line.seen_down > 0.5);
  for (let top = 0; top < height && waiting.length; top += tall * 0.6) {
    scrollTo({ left: 0, top, behavior: "instant" });
    const from = scrollY;
    for (let n = waiting.length - 1; n >= 0; n -= 1) {
      const line = waiting[n], y = line.box[1] + line.box[3] / 2 - from, x = line.box[0] + line.box[2] / 2;
      if (y < tall * 0.2 && from > 0) continue;
      if (y < 0 || y > tall * 0.85) { if (from + tall < height) continue; if (y < 0 || y >= tall) continue; }
      waiting.splice(n, 1);
      const over = document.elementFromPoint(Math.min(Math.max(x, 1), wide - 2), y);
      if (!over || over === line.el || over.contains(line.el) || line.el.contains(over) || pinned(over)) continue;
      if (line.el.closest("[data-product]") && line.el.closest("[data-product]") === over.closest("[data-product]") && !opaque(over)) continue;
      if (opaque(over)) covered.push({ path: pathOf(line.el), by: pathOf(over), box: line.box, text: line.text });
    }
  }
  scrollTo({ left: 0, top: 0, behavior: "instant" });

  const inside = (box) => box[2] > 1 && box[3] > 1 && box[1] < innerHeight && box[1] + box[3] > 0 && box[0] < innerWidth && box[0] + box[2] > 0;
  const legible = lines.filter((line) => line.alpha > 0.05 && line.seen_down > 0.2 && line.seen_across > 0.2);
  const beyond = [...document.querySelectorAll("body *")].filter((el) => {
    const r = el.getBoundingClientRect();
    if (r.width === 0 || r.right <= wide + 1 || styleOf(el).position === "fixed") return false;
    for (let up = el.parentElement; up && up !== doc; up = up.parentElement) if (styleOf(up).overflowX !== "visible") return false;
    return true;
  }).slice(0, 3);
  const bare = ({ el, ...line }) => ({ path: pathOf(el), ...line });
  return {
    lines: lines.map(bare), overlaps: overlaps.map((pair) => pair.map(bare)), images, targets, cards, floors, covered,
    title: part("h1"), label: part("[data-ai-label]"), unreviewed: part("[data-unreviewed]"),
    letters: legible.filter((line) => inside(line.box)).reduce((sum, line) => sum + line.text.length, 0),
    pictures: images.filter((img) => img.visible && img.clear && img.natural[0] > 0 && inside(img.box)).length,
    wide: beyond.map((el) => ({ path: pathOf(el), box: round(el.getBoundingClientRect()), name: el.tagName.toLowerCase() + (el.classList.length ? "." + el.classList[0] : "") })),
    overflow: doc.scrollWidth - doc.clientWidth, height, width: wide,
    shift: globalThis.__shift || 0, shifted: globalThis.__shifted || "" };
}
