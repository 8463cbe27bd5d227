/* Reports what of a Huichang feed was really seen and clicked. For pages that show it:

   <a href="ITEM.href" data-hc-token="ITEM.token" data-hc-venue="ITEM.venue_id">…</a>
   <script src="https://HUICHANG/api/beacon.js" defer></script>

   Seen: at least half of it inside the window for a second on end, while the page is. Each item once seen, once clicked. Items that
   are added later are found. Nothing is stored in the browser and no cookie is read. */
(function () {
  "use strict";
  var d = document, own = d.currentScript, queue = [], told = {}, since = new Map(), timer = 0;
  var to = new URL("beacons", own ? own.src : location.origin + "/api/").href;

  function id() {
    return window.crypto && crypto.randomUUID ? crypto.randomUUID() : Date.now().toString(36) + "-" + Math.random().toString(36).slice(2, 14);
  }
  function flush() {
    clearTimeout(timer);
    timer = 0;
    while (queue.length && navigator.sendBeacon) navigator.sendBeacon(to, JSON.stringify({ beacons: queue.splice(0, 50) }));
  }
  function report(kind, item) {
    var token = item.getAttribute("data-hc-token"), key = kind + token;
    if (!token || told[key]) return;
    told[key] = 1;
    queue.push({ beacon_id: id(), kind: kind, venue_id: item.getAttribute("data-hc-venue"), token: token, at: new Date().toISOString() });
    if (queue.length >= 50) flush();
    else if (!timer) timer = setTimeout(flush, 2000);
  }
  function begin(item) {
    if (d.visibilityState !== "visible" || since.get(item)) return;
    since.set(item, setTimeout(function () { report("impression", item); watch.unobserve(item); since.delete(item); }, 1000));
  }
  function end(item) { clearTimeout(since.get(item)); since.set(item, 0); }

  var watch = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) { (entry.intersectionRatio >= 0.5 ? begin : end)(entry.target); });
  }, { threshold: [0, 0.5] });
  var known = new WeakSet();
  function find() {
    d.querySelectorAll("[data-hc-token]").forEach(function (item) {
      if (!known.has(item)) { known.add(item); watch.observe(item); }
    });
  }
  find();
  new MutationObserver(find).observe(d.documentElement, { childList: true, subtree: true });
  d.addEventListener("visibilitychange", function () {
    if (d.visibilityState === "hidden") { since.forEach(function (_, item) { end(item); }); flush(); }
    // Observed anew, each item is told about as it stands now.
    else since.forEach(function (_, item) { watch.unobserve(item); watch.observe(item); });
  });
  addEventListener("pagehide", flush);
  function clicked(event) {
    var item = event.target.closest && event.target.closest("[data-hc-token]");
    if (item) { report("click", item); flush(); }
  }
  d.addEventListener("click", clicked, true);
  d.addEventListener("auxclick", clicked, true);
})();
