// Building and updating the page. Data reaches the DOM as text nodes and attributes only, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "path", "circle", "rect", "g"]);
const CONTROLLED = ["value", "checked", "disabled"];

function dispatch(event) {
  this.handlers?.[event.type]?.call(this, event);
}

function listen(node, handlers) {
  for (const type of Object.keys(handlers)) {
    node.listened ??= new Set();
    if (node.listened.has(type)) continue;
    node.listened.add(type);
    node.addEventListener(type, dispatch);
  }
  node.handlers = handlers;
}

function paint(node, css) {
  // Through the CSSOM: the policy of this page forbids style attributes.
  for (const [name, value] of Object.entries(css)) {
    if (node.style.getPropertyValue(name) !== value) node.style.setProperty(name, value);
  }
  node.css = css;
}

function add(node, child) {
  if (child === null || child === undefined || child === false || child === true) return;
  if (Array.isArray(child)) child.forEach((each) => add(node, each));
  else node.append(child instanceof Node ? child : String(child));
}

/** An element. Props: attributes, `class` (text or list), `key`, `on` {event: handler}, `css` {property: value}, value/checked. */
export function h(tag, props, ...children) {
  const node = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) {
      if (CONTROLLED.includes(name)) (node.controlled ??= {})[name] = value === undefined || value === null ? "" : value;
    } else if (name === "class") {
      const list = Array.isArray(value) ? value.filter(Boolean).join(" ") : value;
      if (list) node.setAttribute("class", list);
    } else if (name === "key") node.key = String(value);
    else if (name === "own") node.own = true; // its children are somebody else's: updating the page leaves them alone
    else if (name === "on") listen(node, value);
    else if (name === "css") paint(node, value);
    else if (CONTROLLED.includes(name)) (node.controlled ??= {})[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  children.forEach((child) => add(node, child));
  if (node.controlled) Object.assign(node, node.controlled);
  return node;
}

const same = (one, other) => one.nodeName === other.nodeName && one.key === other.key;

function morphAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    // What a person opened stays open.
    if (name === "style" || (name === "open" && (old.nodeName === "DETAILS" || old.nodeName === "DIALOG"))) continue;
    if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (name === "style" || (name === "open" && old.nodeName === "DETAILS")) continue;
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const name of Object.keys(old.css || {})) {
    if (!(name in (fresh.css || {}))) old.style.removeProperty(name);
  }
  if (fresh.css || old.css) paint(old, fresh.css || {});
}

function morph(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  morphAttributes(old, fresh);
  listen(old, fresh.handlers || {});
  if (!fresh.own) morphChildren(old, fresh);
  for (const [name, value] of Object.entries(fresh.controlled || {})) {
    // Somebody who is typing keeps what they type.
    if (name === "value" && old === document.activeElement) continue;
    if (old[name] !== value) old[name] = value;
  }
}

function morphChildren(old, fresh) {
  const keyed = new Map();
  for (const child of old.childNodes) if (child.key !== undefined) keyed.set(child.key, child);
  let at = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    let match = null;
    if (next.key !== undefined) {
      match = keyed.get(next.key) || null;
      if (match && match.nodeName !== next.nodeName) match = null;
    } else {
      let probe = at;
      while (probe && probe.key !== undefined) probe = probe.nextSibling;
      if (probe && same(probe, next)) match = probe;
    }
    if (!match) {
      old.insertBefore(next, at);
      continue;
    }
    keyed.delete(match.key);
    if (match === at) at = at.nextSibling;
    else old.insertBefore(match, at);
    morph(match, next);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/** Make `root`'s children look like `children`, keeping nodes, focus, frames and what was typed. */
export function show(root, ...children) {
  const fresh = document.createElement("div");
  children.forEach((child) => add(fresh, child));
  morphChildren(root, fresh);
}

/** A path of ours or an https address; anything else (javascript:, data:, //host) is no address at all. */
export function address(text) {
  const value = String(text || "");
  if (/^\/(?![/\\])/.test(value)) return value;
  try {
    const url = new URL(value);
    const local = url.protocol === "http:" && ["localhost", "127.0.0.1"].includes(url.hostname);
    return url.protocol === "https:" || local ? url.href : "";
  } catch {
    return "";
  }
}
