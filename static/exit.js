// The quick exit: no trace of this page in the history, and Shift three times as a short cut.
(function () {
  "use strict";
  var link = document.querySelector("[data-exit]");
  var toggle = document.querySelector("[data-exit-toggle]");
  if (!link) { return; }
  var on = true, presses = 0, last = 0;
  function leave(event) {
    if (event) { event.preventDefault(); }
    document.documentElement.hidden = true;
    document.title = "";
    location.replace(link.href);
  }
  link.addEventListener("click", leave);
  document.addEventListener("keydown", function (event) {
    if (!on || event.repeat) { return; }
    var now = event.timeStamp;
    presses = event.key === "Shift" ? (now - last < 1500 ? presses + 1 : 1) : 0;
    last = now;
    if (presses === 3) { leave(); }
  });
  if (toggle) {
    toggle.hidden = false;
    toggle.addEventListener("click", function () {
      on = !on;
      presses = 0;
      toggle.setAttribute("aria-pressed", String(on));
      toggle.textContent = "Shift 3 times to leave: " + (on ? "on" : "off");
    });
  }
  // A page that comes back from memory may show what was typed.
  addEventListener("pageshow", function (event) { if (event.persisted) { location.reload(); } });
}());
