(function () {
  var d = document, w = window, root = d.documentElement;
  var data = JSON.parse(d.getElementById("page-data").textContent);
  var query = new URLSearchParams(location.search);
  // The feed offered this page, and signed it. Whoever comes otherwise comes directly.
  var placement = query.get("p") || "", token = query.get("d") || "";
  if (!/^[a-z0-9_-]{1,40}$/.test(placement) || !/^[\w~.+-]{20,200}$/.test(token)) placement = "direct", token = "";
  var queue = [], sent = {}, timer = 0;
  root.classList.add("js");

  function id() {
    if (w.crypto && crypto.randomUUID) return crypto.randomUUID();
    return Date.now().toString(36) + "-" + Math.random().toString(36).slice(2, 14);
  }
  function flush() {
    clearTimeout(timer);
    timer = 0;
    if (!queue.length || !navigator.sendBeacon) return;
    navigator.sendBeacon(data.beacon, JSON.stringify({ beacons: queue.splice(0, 50) }));
  }
  // Reviewers look at staged pages under /preview/: they are not buyers.
  var live = location.pathname.indexOf("/preview/") !== 0;
  function report(kind, product) {
    if (!live || sent[kind + product]) return;
    sent[kind + product] = 1;
    queue.push({ beacon_id: id(), kind: kind, venue_id: data.venue, placement: placement, token: token, product_id: product });
    if (!timer) timer = setTimeout(flush, 400);
  }
  function seen() { if (d.visibilityState === "visible") { report("impression", ""); if (token) report("click", ""); } }
  seen();
  d.addEventListener("visibilitychange", function () { seen(); if (d.visibilityState === "hidden") flush(); });
  w.addEventListener("pagehide", flush);
  d.addEventListener("click", function (event) {
    var goods = event.target.closest("[data-product]");
    if (!goods) return;
    report("click", goods.getAttribute("data-product"));
    // The shop's server may tell of an order: it needs what the offer was signed with.
    var link = token && event.target.closest("a[href^=http]");
    if (link) { var to = new URL(link.href); to.searchParams.set("hc_d", token); link.href = to.href; }
  });

  var nav = d.querySelector("[data-tabs]");
  var tabs = nav ? [].slice.call(nav.querySelectorAll("a")) : [];
  var floors = [].slice.call(d.querySelectorAll("[data-floor]"));
  var lit = null, waiting = false;
  function light() {
    waiting = false;
    root.classList.toggle("scrolled", w.scrollY > 600);
    var line = w.innerHeight * 0.35, current = floors[0];
    floors.forEach(function (floor) { if (floor.getBoundingClientRect().top <= line) current = floor; });
    if (w.scrollY > 0 && w.innerHeight + w.scrollY >= root.scrollHeight - 4) current = floors[floors.length - 1];
    if (!current || current === lit) return;
    lit = current;
    tabs.forEach(function (tab) {
      var on = tab.hash === "#" + current.id;
      if (!on) return tab.removeAttribute("aria-current");
      tab.setAttribute("aria-current", "true");
      var list = tab.closest("ul");
      if (list.scrollWidth > list.clientWidth)
        list.scrollTo({ left: tab.offsetLeft - (list.clientWidth - tab.offsetWidth) / 2, behavior: "smooth" });
    });
  }
  function later() { if (!waiting) { waiting = true; requestAnimationFrame(light); } }
  w.addEventListener("scroll", later, { passive: true });
  w.addEventListener("resize", later);
  function settle() {
    light();
    [].forEach.call(d.querySelectorAll("[data-shelf]"), function (box) {
      var list = box.querySelector("ul,ol"), arrows = box.querySelectorAll("button");
      function ends() {
        arrows[0].hidden = list.scrollLeft < 8;
        arrows[1].hidden = list.scrollLeft + list.clientWidth > list.scrollWidth - 8;
      }
      [-1, 1].forEach(function (way, i) {
        arrows[i].addEventListener("click", function () { list.scrollBy({ left: way * list.clientWidth * 0.8, behavior: "smooth" }); });
      });
      list.addEventListener("scroll", ends, { passive: true });
      w.addEventListener("resize", ends);
      ends();
    });
  }
  // Floors far below are laid out after the first view was painted, one a frame (base.css); then the page can be measured.
  var folded = [].slice.call(d.querySelectorAll("[data-later]"));
  function unfold() {
    var floor = folded.shift();
    if (!floor) return settle();
    floor.removeAttribute("data-later");
    requestAnimationFrame(unfold);
  }
  if (location.hash) folded.splice(0).forEach(function (floor) { floor.removeAttribute("data-later"); });
  if (d.readyState === "complete") unfold();
  else w.addEventListener("load", unfold);

  [].forEach.call(d.querySelectorAll("[data-share]"), function (button) {
    var label = button.querySelector("span"), usual = label.textContent;
    function copied() {
      label.textContent = button.getAttribute("data-copied");
      setTimeout(function () { label.textContent = usual; }, 2000);
    }
    button.hidden = !(navigator.share || navigator.clipboard);
    button.addEventListener("click", function () {
      var url = location.origin + location.pathname + "?p=share";
      if (navigator.share) return navigator.share({ title: data.title, text: data.share, url: url }).catch(function () {});
      navigator.clipboard.writeText(data.share + " " + url).then(copied, function () {});
    });
  });
})();
