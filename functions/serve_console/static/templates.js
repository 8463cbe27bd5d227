// Page templates: what there is and in which state, a package uploaded with everything that is wrong with it, a preview, tags.

import { get, id, post } from "/console/api.js";
import { h } from "/console/dom.js";
import { ago, button, confirm, device, empty, field, problem, section, skeleton, state, switcher, toast, toastError } from "/console/parts.js";
import { migration } from "/console/migrate.js";
import { may } from "/console/session.js";
import { bytes, has, lang, number, pick, t, tn } from "/console/words.js";

const STATES = ["draft", "published", "deprecated"];
const MOST_BYTES = 160 * 1024;

const keyOf = (record) => `${record.template_id}@${record.version}`;
const nameOf = (record) => pick(record.manifest.name) || record.template_id;

async function asBase64(file) {
  const data = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192));
  return btoa(text);
}

export function templates(app) {
  let found = null;
  let error = null;
  let only = "";
  let word = "";
  let chosen = new Set();
  let tag = "";
  let busy = "";
  let upload = null; // {name, problems, error}
  let shown = null; // {key, url, error, venue}
  let venues = null;
  let frame = matchMedia("(max-width: 800px)").matches ? "phone" : "both";

  const moving = migration(app, nameOf);

  const poll = app.live(async (signal) => {
    found = await get("/api/templates", { signal });
    error = null;
    app.draw();
    return 30000;
  }, (trouble) => { error = trouble; });
  app.live(async (signal) => {
    venues = (await get("/api/venues", { signal })).venues.filter((each) => each.staged_version);
    app.draw();
    return 0;
  });

  async function act(name, send, done) {
    busy = name;
    app.draw();
    try {
      const answer = await send();
      if (done) toast(done, { state: "done" });
      return answer;
    } catch (trouble) {
      toastError(trouble);
      return null;
    } finally {
      busy = "";
      poll.now();
      app.draw();
    }
  }

  async function take(file) {
    if (!file) return;
    upload = { name: file.name, problems: null, error: null };
    busy = "upload";
    app.draw();
    try {
      if (file.size > MOST_BYTES) throw Object.assign(new Error(), { large: true });
      const record = await post("/api/templates", { package: await asBase64(file) });
      toast(t("templates.uploaded", { name: nameOf(record), version: record.version }), { state: "done" });
      upload = null;
      if (found) found = { ...found, templates: [record, ...found.templates.filter((each) => keyOf(each) !== keyOf(record))] };
      look(record);
    } catch (trouble) {
      if (trouble.large) upload.large = file.size;
      else if (trouble.problem?.problems?.length) upload.problems = trouble.problem.problems;
      else upload.error = trouble;
    }
    busy = "";
    poll.now();
    app.draw();
  }

  function look(record, venue = "") {
    const mine = { key: keyOf(record), record, venue, url: "", error: null };
    shown = mine;
    const wanted = venue ? { version: record.version, venue_id: venue } : { version: record.version, language: lang() };
    post(`/api/templates/${id(record.template_id)}/preview`, wanted).then((answer) => { mine.url = answer.url; }, (trouble) => { mine.error = trouble; }).finally(() => app.draw());
    app.draw();
    requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById("template-preview")?.scrollIntoView({ block: "start", behavior: "smooth" })));
  }

  const change = (record, what, done) => act(`${what}-${keyOf(record)}`, () => post(`/api/templates/${id(record.template_id)}/${what}`, { version: record.version }), done);

  async function deprecate(record) {
    if (await confirm(t("templates.deprecate_title", { name: nameOf(record), version: record.version }), t("templates.deprecate_text"), { yes: t("templates.deprecate"), danger: true })) await change(record, "deprecate", t("templates.deprecated"));
  }

  function retag(field_) {
    const versions = found.templates.filter((each) => chosen.has(keyOf(each))).map(({ template_id, version }) => ({ template_id, version }));
    return act("tag", () => post("/api/templates/tag", { versions, [field_]: [tag.trim()] }), t("templates.tagged", { n: versions.length })).then((answer) => { if (answer) { chosen = new Set(); tag = ""; app.draw(); } });
  }

  // --- parts ---------------------------------------------------------------------------------------------------------

  function door() {
    const reason = may("designer") ? "" : t("role.needed", { role: t("role.designer") });
    return section(t("templates.upload"), { id: "upload" },
      h("div", { class: "panel" },
        h("p", null, t("templates.upload_text")),
        reason ? h("p", { class: "quiet" }, reason) : h("label", { class: "field" }, h("span", { class: "field-label" }, t("templates.file")),
          h("input", { type: "file", accept: ".zip,application/zip", disabled: busy === "upload", on: { change() { take(this.files[0]); this.value = ""; } } })),
        upload && busy === "upload" ? h("p", { class: "quiet", role: "status" }, t("templates.checking", { name: upload.name })) : "",
        upload?.large ? h("p", { class: "problem-what", role: "alert" }, t("templates.too_large", { size: bytes(upload.large), most: bytes(MOST_BYTES) })) : "",
        upload?.error ? problem(upload.error) : "",
        upload?.problems ? h("div", { role: "alert", key: "problems" },
          h("p", { class: "problem-what" }, t("templates.wrong", { name: upload.name, n: upload.problems.length })),
          h("ol", { class: "template-problems" }, upload.problems.map((each, place) => h("li", { key: `${place}-${each.code}` },
            h("code", null, each.line ? `${each.file}:${each.line}` : each.file), h("b", null, pick(each.what)), h("span", { class: "quiet" }, `→ ${pick(each.mend)}`))))) : ""));
  }

  function card(record) {
    const key = keyOf(record);
    const newest = found.chosen[record.template_id] === record.version && record.state === "published";
    const slots = record.manifest.components.reduce((sum, each) => sum + each.copy_slots.length + each.image_slots.length, 0);
    const locked = [...new Set([...record.manifest.locked_regions, ...record.manifest.regions.filter((each) => each.locked).map((each) => each.name)])];
    return h("li", { class: ["panel template-card", shown?.key === key && "chosen"], key },
      h("div", { class: "row" },
        record.builtin || !may("designer") ? "" : h("label", { class: "check" }, h("input", { type: "checkbox", checked: chosen.has(key), "aria-label": t("templates.choose", { name: nameOf(record), version: record.version }), on: { change() { if (this.checked) chosen.add(key); else chosen.delete(key); app.draw(); } } })),
        h("h3", { class: "grow" }, nameOf(record), " ", h("span", { class: "quiet" }, t("templates.version", { n: record.version }))),
        record.builtin ? h("span", { class: "tag" }, t("templates.ships")) : state("template_state", record.state)),
      h("p", { class: "quiet" }, h("code", null, record.template_id), " · ", t("templates.counts", { slots: number(slots), locked: number(locked.length) }), newest ? ` · ${t("templates.newest")}` : ""),
      record.tags.length ? h("div", { class: "chips" }, record.tags.map((each) => h("span", { class: "tag", key: each }, each))) : "",
      locked.length ? h("p", { class: "quiet" }, t("templates.locked", { names: locked.map((each) => (has(`region.${each}`) ? t(`region.${each}`) : each)).join(t("comma")) })) : "",
      record.uploaded_at ? h("p", { class: "quiet" }, tn("templates.by", { who: record.uploaded_by, when: ago(record.uploaded_at) })) : "",
      h("div", { class: "row" },
        button(t("templates.look"), { small: true, on: () => look(record) }),
        record.state === "published" ? button(t("migrate.begin"), { small: true, roles: ["operator"], on: () => moving.open(record) }) : "",
        record.builtin ? "" : record.state === "published"
          ? button(t("templates.deprecate"), { small: true, roles: ["designer"], busy: busy === `deprecate-${key}`, on: () => deprecate(record) })
          : button(record.state === "draft" ? t("publish") : t("templates.bring"), { small: true, kind: record.state === "draft" ? "primary" : "", roles: ["designer"], busy: busy === `publish-${key}`, on: () => change(record, "publish", t("templates.published", { name: nameOf(record) })) })));
  }

  function preview() {
    if (!shown) return "";
    const title = `${nameOf(shown.record)} ${t("templates.version", { n: shown.record.version })}`;
    return section(t("templates.preview", { name: title }), {
      id: "template-preview",
      aside: h("div", { class: "row" },
        switcher(t("templates.frame"), [["both", t("templates.both")], ["phone", t("phone")], ["desktop", t("desktop")]], frame, (next) => { frame = next; app.draw(); }),
        button(t("close"), { small: true, on: () => { shown = null; app.draw(); } })),
    },
    h("div", { id: "template-preview" }),
    field(t("templates.with"), h("select", { on: { change() { look(shown.record, this.value); } } },
      h("option", { value: "", selected: !shown.venue }, t("templates.sample")),
      (venues || []).slice(0, 50).map((each) => h("option", { key: each.venue_id, value: each.venue_id, selected: shown.venue === each.venue_id }, each.theme.name)))),
    shown.error ? problem(shown.error, { retry: () => look(shown.record, shown.venue) }) : !shown.url ? skeleton(4)
      : h("div", { class: `devices devices-${frame}` }, frame !== "desktop" ? device("phone", shown.url, `${title} – ${t("phone")}`) : "", frame !== "phone" ? device("desktop", shown.url, `${title} – ${t("desktop")}`) : ""));
  }

  function bulk() {
    if (!chosen.size) return "";
    return h("form", { class: "row panel template-bulk", key: "bulk", on: { submit(event) { event.preventDefault(); retag("add"); } } },
      h("b", null, t("templates.chosen", { n: chosen.size })),
      h("label", { class: "search" }, h("span", { class: "unseen" }, t("templates.tag")), h("input", { type: "text", maxlength: 24, placeholder: t("templates.tag"), value: tag, on: { input() { tag = this.value; app.draw(); } } })),
      button(t("templates.add"), { type: "submit", small: true, kind: "primary", blocked: tag.trim() ? "" : t("templates.no_tag"), busy: busy === "tag" }),
      button(t("templates.remove"), { small: true, blocked: tag.trim() ? "" : t("templates.no_tag"), on: () => retag("remove") }));
  }

  return {
    title: () => t("nav.templates"),
    stop: () => moving.stop(),
    view() {
      const wanted = word.trim().toLowerCase();
      const list = found?.templates.filter((each) => (!only || each.state === only) && (!wanted || [each.template_id, ...Object.values(each.manifest.name), ...each.tags].some((text) => text.toLowerCase().includes(wanted))));
      return h("div", { class: "page" },
        h("div", { class: "head" }, h("h1", null, t("nav.templates"))),
        h("p", { class: "lead" }, t("templates.text")),
        h("div", { class: "row" },
          switcher(t("status"), [["", t("all")], ...STATES.map((each) => [each, t(`template_state.${each}`)])], only, (next) => { only = next; app.draw(); }),
          h("label", { class: "search" }, h("span", { class: "unseen" }, t("templates.find")), h("input", { type: "search", placeholder: t("templates.find"), value: word, on: { input() { word = this.value; app.draw(); } } }))),
        bulk(),
        !found ? error && !error.passing ? problem(error) : skeleton(4)
          : !list.length ? empty(t("templates.none"), t("templates.none_text"))
            : h("ul", { class: "template-list" }, list.map(card)),
        preview(),
        found ? moving.view(found.templates) : "",
        door());
    },
  };
}
