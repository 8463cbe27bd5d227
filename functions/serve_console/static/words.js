// Both languages, and how numbers, money and times are written in them.

const words = {};
let language = "en";
const listeners = new Set();

export async function loadWords() {
  const [zh, en] = await Promise.all(["zh", "en"].map(async (code) => (await fetch(`/console/words.${code}.json`)).json()));
  Object.assign(words, { zh, en });
  const kept = localStorage.getItem("hc.language");
  const wanted = (navigator.languages || [navigator.language]).some((tag) => /^zh/i.test(tag)) ? "zh" : "en";
  setLanguage(kept === "zh" || kept === "en" ? kept : wanted, false);
}

export function setLanguage(code, keep = true) {
  language = code;
  if (keep) localStorage.setItem("hc.language", code);
  document.documentElement.lang = code === "zh" ? "zh-CN" : "en";
  listeners.forEach((each) => each());
}

export const lang = () => language;
export const onLanguage = (listener) => listeners.add(listener);
export const has = (key) => words[language]?.[key] !== undefined;

const locale = () => (language === "zh" ? "zh-CN" : "en-GB");

function find(key, params) {
  const table = words[language] || {};
  if (params && typeof params.n === "number") {
    const form = table[`${key}#${new Intl.PluralRules(locale()).select(params.n)}`];
    if (form !== undefined) return form;
  }
  return table[key] ?? key;
}

/** The words for a key; {name} is replaced, numbers are written in the language's way. */
export function t(key, params = {}) {
  return find(key, params).replace(/\{(\w+)\}/g, (_, name) => {
    const value = params[name];
    return typeof value === "number" ? number(value) : value ?? "";
  });
}

/** As t(), but as a list in which params may be nodes. */
export function tn(key, params = {}) {
  return find(key, params)
    .split(/\{(\w+)\}/)
    .map((part, index) => {
      if (index % 2 === 0) return part;
      const value = params[part];
      return typeof value === "number" ? number(value) : value ?? "";
    });
}

/** One of {zh, en}, or a plain text as it is. */
export function pick(text) {
  if (!text || typeof text !== "object") return String(text ?? "");
  return text[language] || text.zh || text.en || "";
}

export const number = (value, options = {}) => new Intl.NumberFormat(locale(), { maximumFractionDigits: 2, ...options }).format(value);
export const percent = (value) => number(value, { style: "percent", maximumFractionDigits: 0 });
export const list = (items) => items.join(t("comma"));

export function bytes(value) {
  return value < 1e6
    ? number(value / 1e3, { style: "unit", unit: "kilobyte", maximumFractionDigits: 0 })
    : number(value / 1e6, { style: "unit", unit: "megabyte", maximumFractionDigits: 1 });
}

export function usd(value) {
  const amount = Number(value);
  if (amount > 0 && amount < 0.0001) return `< ${number(0.0001, { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol", maximumFractionDigits: 4 })}`;
  const digits = amount !== 0 && Math.abs(amount) < 0.1 ? 4 : 2;
  return number(amount, { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol", minimumFractionDigits: 2, maximumFractionDigits: digits });
}

export function money(price) {
  if (price === null || price === undefined) return "";
  if (typeof price !== "object") return number(Number(price), { minimumFractionDigits: 2 });
  try {
    return number(Number(price.amount), { style: "currency", currency: price.currency, currencyDisplay: "narrowSymbol", minimumFractionDigits: 2 });
  } catch {
    return `${price.amount} ${price.currency}`;
  }
}

export function duration(ms) {
  const unit = (value, name, digits = 0) => number(value, { style: "unit", unit: name, unitDisplay: language === "zh" ? "short" : "narrow", maximumFractionDigits: digits });
  const seconds = ms / 1000;
  if (seconds < 10) return unit(seconds, "second", 1);
  if (seconds < 60) return unit(seconds, "second");
  const whole = Math.round(seconds);
  if (seconds < 3600) return [unit(Math.floor(whole / 60), "minute"), whole % 60 ? unit(whole % 60, "second") : ""].filter(Boolean).join(" ");
  const minutes = Math.round(seconds / 60);
  if (seconds < 86400) return [unit(Math.floor(minutes / 60), "hour"), minutes % 60 ? unit(minutes % 60, "minute") : ""].filter(Boolean).join(" ");
  return unit(Math.floor(seconds / 86400), "day");
}

/** For instance "3 minutes ago", "2 小时前". */
export function relative(iso) {
  const seconds = (Date.parse(iso) - Date.now()) / 1000;
  if (Number.isNaN(seconds)) return "";
  if (Math.abs(seconds) < 45) return t("time.now");
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (Math.abs(seconds) >= size * (unit === "minute" ? 0.75 : 1)) return format.format(Math.round(seconds / size), unit);
  }
  return t("time.now");
}

export const exact = (iso) => (Number.isNaN(Date.parse(iso)) ? "" : new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "medium" }).format(new Date(iso)));
export const clock = (iso) => (Number.isNaN(Date.parse(iso)) ? "" : new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false }).format(new Date(iso)));
export const day = (iso) => (Number.isNaN(Date.parse(iso)) ? String(iso || "") : new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeZone: /T/.test(iso) ? undefined : "UTC" }).format(new Date(iso)));
export const dayTime = (iso) => (Number.isNaN(Date.parse(iso)) ? "" : new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso)));
export const weekday = (index) => new Intl.DateTimeFormat(locale(), { weekday: "long", timeZone: "UTC" }).format(new Date(Date.UTC(2023, 0, 1 + index)));
