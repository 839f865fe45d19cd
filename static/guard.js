// Counts characters, and warns before a session ends. The pages do all their work without it.
(function () {
  "use strict";
  document.querySelectorAll("textarea[data-limit]").forEach(function (area) {
    var limit = Number(area.dataset.limit);
    var place = document.getElementById(area.id + "-limit");
    if (!place) { return; }
    var spoken = document.createElement("span"), timer;
    spoken.className = "hidden-text";
    spoken.setAttribute("role", "status");
    place.after(spoken);
    function count() {
      var left = limit - Array.from(area.value.replace(/\r\n/g, "\n")).length;
      var some = Math.abs(left).toLocaleString("en") + (Math.abs(left) === 1 ? " character " : " characters ");
      place.textContent = some + (left < 0 ? "too many" : "left");
      place.classList.toggle("over", left < 0);
      clearTimeout(timer);
      timer = setTimeout(function () { spoken.textContent = left < limit / 5 ? place.textContent : ""; }, 1000);
    }
    area.addEventListener("input", count);
    count();
  });
  var warning = document.querySelector("[data-ends-in]");
  if (!warning) { return; }
  var ends = performance.now() + 1000 * Number(warning.dataset.endsIn), said = "";
  setInterval(function () {
    var minutes = Math.ceil((ends - performance.now()) / 60000), text = "";
    if (minutes <= 0) {
      text = "Your session has ended. What you typed is still on this page: sign in again in another tab, then send it.";
    } else if (minutes <= 10) {
      text = "Your session ends in " + (minutes === 1 ? "one minute" : minutes + " minutes") + ". Send or open a page to stay signed in.";
    }
    // Spoken once when it appears, at five minutes, at one and at the end, not every minute.
    if (text && text !== said) {
      warning.hidden = false;
      warning.querySelector("[data-ends-text]").textContent = text;
      var loud = said === "" || minutes === 5 || minutes <= 1;
      warning.setAttribute("aria-live", loud ? "assertive" : "off");
      said = text;
    }
  }, 5000);
}());
