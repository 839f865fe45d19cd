// Says that a file is on its way, and keeps one that is too large from being sent. The page works without it.
(function () {
  "use strict";
  var form = document.querySelector("[data-upload]");
  if (!form) { return; }
  var file = form.querySelector("input[type=file]");
  var sending = form.querySelector("[data-sending]");
  var button = form.querySelector("button[type=submit]");
  file.addEventListener("change", function () {
    var large = file.files.length > 0 && file.files[0].size > Number(file.dataset.most);
    file.setCustomValidity(large ? "This file is larger than 20 MB. Choose a smaller one, or copy the text instead." : "");
    if (large) { file.reportValidity(); }
  });
  form.addEventListener("submit", function (event) {
    if (!file.checkValidity()) { event.preventDefault(); file.reportValidity(); return; }
    sending.hidden = false;
    button.disabled = true;
  });
  // Back from the page that follows: the button works again.
  window.addEventListener("pageshow", function () { sending.hidden = true; button.disabled = false; });
}());
