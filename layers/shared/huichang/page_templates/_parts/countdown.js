(function () {
  var box = document.querySelector("[data-ends]");
  if (!box) return;
  var end = Date.parse(box.getAttribute("data-ends")), cells = box.querySelectorAll("[data-unit]"), timer = 0;
  function two(n) { return n < 10 ? "0" + n : "" + n; }
  function tick() {
    var left = Math.ceil((end - Date.now()) / 1000);
    if (!(left > 0)) {
      clearInterval(timer);
      box.classList.add("over");
      return;
    }
    [Math.floor(left / 86400), Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60].forEach(function (n, i) {
      var said = two(n);
      if (cells[i].textContent !== said) cells[i].textContent = said;
    });
    box.classList.add("running");
  }
  timer = setInterval(tick, 1000);
  tick();
})();
