// The quick exit: no trace of this page in the history, and Shift three times as a short cut. And one size for what is sent.
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
  // What is sent is filled up to a size class, so that its size does not tell a network how much was typed.
  var bytes = function (text) { return new TextEncoder().encode(text).length; };
  document.addEventListener("formdata", function (event) {
    if (event.target.method !== "post") { return; }
    var data = event.formData, size = 0, plain = event.target.enctype !== "multipart/form-data";
    data.delete("filler");
    data.forEach(function (value, name) {
      var text = typeof value === "string" ? value.replace(/\r\n?|\n/g, "\r\n") : "";
      size += plain ? 1 + String(new URLSearchParams([[name, text]])).length : bytes(name + text) + (value.size || 0);
    });
    size += plain ? "filler=".length : 0;
    data.append("filler", ".".repeat((8192 - size % 8192) % 8192));
  });
  // A page that comes back from memory may show what was typed.
  addEventListener("pageshow", function (event) { if (event.persisted) { location.reload(); } });
}());
