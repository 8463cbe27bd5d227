// A page that stays open, or comes back from the browser's memory, is held against its own address: cards follow, anything else is offered.
(function () {
  var d = document, w = window, words = JSON.parse(d.getElementById("page-data").textContent).fresh;
  if (!words || location.pathname.indexOf("/v/") !== 0 || !w.fetch || !w.DOMParser) return;
  var EVERY = 30000, asked = Date.now(), asking = false, bar = d.createElement("div");
  bar.className = "fresh";
  bar.setAttribute("role", "status");
  d.body.appendChild(bar);

  function text(node) { return node.textContent.replace(/\s+/g, " ").trim(); }
  function name(card) { return card.getAttribute("data-product"); }
  // Neither cards nor words are compared by their order: floors may stand in another one for this buyer.
  function cards(page) {
    return [].slice.call(page.querySelectorAll("[data-product]")).sort(function (a, b) { return name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0; });
  }
  // Everything that is said besides the cards; buttons and the countdown are the scripts' own to change.
  function rest(page) {
    var body = page.body.cloneNode(true);
    [].forEach.call(body.querySelectorAll("script,style,noscript,button,[data-product],[data-ends],[data-as-of],.fresh"), function (node) { node.remove(); });
    return text(body).split(" ").sort().join(" ");
  }
  function say(words, reload) {
    bar.textContent = words;
    if (!reload) return setTimeout(function () { if (bar.textContent === words) bar.textContent = ""; }, 6000);
    var link = d.createElement("a");
    link.href = location.pathname + location.search;
    link.textContent = reload;
    bar.appendChild(link);
  }
  function follow(page) {
    var old = cards(d), now = cards(page);
    var same = old.length === now.length && old.every(function (card, i) { return name(card) === name(now[i]); });
    if (!same || rest(d) !== rest(page)) return say(words.changed, words.reload);
    var changed = old.filter(function (card, i) {
      if (text(card) === text(now[i])) return false;
      // Whoever stands on the card keeps it: it is read, or about to be followed.
      if (card.contains(d.activeElement)) { say(words.changed, words.reload); return false; }
      card.replaceWith(d.importNode(now[i], true));
      return true;
    });
    if (changed.length) say(words.updated);
  }
  function look() {
    if (asking || d.visibilityState !== "visible" || bar.querySelector("a")) return;
    asking = true;
    asked = Date.now();
    // The browser asks with If-None-Match, and answers from its cache where nothing has changed.
    fetch(location.pathname, { cache: "no-cache" }).then(function (answer) {
      if (answer.status === 410) return say(words.over, words.reload);
      // Without its styles: they may be others, and this page's policy would report them.
      if (answer.ok) return answer.text().then(function (html) {
        follow(new DOMParser().parseFromString(html.replace(/<style[^]*?<\/style>/g, ""), "text/html"));
      });
    // Offline: asked again.
    }).catch(function () {}).then(function () { asking = false; });
  }
  function due() { if (Date.now() - asked >= EVERY - 50) look(); }
  setInterval(due, EVERY / 2);
  d.addEventListener("visibilitychange", due);
  w.addEventListener("pageshow", function (event) { if (event.persisted) look(); });
})();
