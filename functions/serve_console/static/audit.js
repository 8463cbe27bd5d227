// Who did what, over everything. Administrators only.

import { get } from "/console/api.js";
import { h } from "/console/dom.js";
import { empty, problem, skeleton } from "/console/parts.js";
import { may } from "/console/session.js";
import { t } from "/console/words.js";
import { auditRows } from "/console/venue.js";

export function audit(app) {
  let found = null;
  let error = null;
  if (may("admin")) {
    app.live(async (signal) => {
      found = (await get("/api/audit", { signal })).entries;
      app.draw();
      return 15000;
    }, (trouble) => { error = trouble; });
  }
  return {
    title: () => t("nav.audit"),
    view: () => h("div", { class: "page" },
      h("div", { class: "head" }, h("h1", null, t("nav.audit"))),
      h("p", { class: "lead" }, t("audit.text")),
      !may("admin") ? empty(t("role.needed", { role: t("role.admin") }), t("role.ask"))
        : !found ? error && !error.passing ? problem(error) : skeleton(6)
          : found.length ? auditRows(found, { subjects: true }) : empty(t("audit.none"), t("audit.none_text"))),
  };
}
