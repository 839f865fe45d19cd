// Sends a file so that the page can show how much has gone, and keeps one that is too large from being sent. Without it
// the browser sends the form, and the page works as well.
(function () {
  "use strict";
  var plainly = false;
  function prepare() {
    var form = document.querySelector("[data-upload]");
    if (!form) { return; }
    var file = form.querySelector("input[type=file]");
    var button = form.querySelector("button[type=submit]");
    var sending = form.querySelector("[data-sending]");
    var failed = form.querySelector("[data-failed]");
    var bar = form.querySelector("progress");
    var percent = form.querySelector("[data-percent]");
    function rest() {
      sending.hidden = true;
      button.disabled = false;
      bar.removeAttribute("value");
      percent.textContent = "";
    }
    // The file is still chosen; the next press sends it as a browser does, in case it is this way that is barred.
    function fail() {
      plainly = true;
      rest();
      failed.hidden = false;
      failed.focus();
    }
    file.addEventListener("change", function () {
      var large = file.files.length > 0 && file.files[0].size > Number(file.dataset.most);
      file.setCustomValidity(large ? "This file is larger than 20 MB. Choose a smaller one, or copy the text instead." : "");
      if (large) { file.reportValidity(); }
    });
    form.addEventListener("submit", function (event) {
      if (!file.checkValidity()) { event.preventDefault(); file.reportValidity(); return; }
      failed.hidden = true;
      sending.hidden = false;
      button.disabled = true;
      if (plainly) { return; }
      event.preventDefault();
      var request = new XMLHttpRequest();
      request.upload.addEventListener("progress", function (step) {
        if (!step.lengthComputable) { return; }
        bar.value = step.loaded / step.total;
        percent.textContent = Math.floor(100 * step.loaded / step.total) + " %";
      });
      // All of it is there, and now it is cleaned; nobody can say how long that takes.
      request.upload.addEventListener("load", function () {
        bar.removeAttribute("value");
        percent.textContent = "";
      });
      request.addEventListener("load", function () {
        var main = request.response && request.response.getElementById("main");
        if (!main) { fail(); return; }
        // The answer takes this page's place, and no entry in the history.
        document.title = request.response.title;
        document.getElementById("main").replaceWith(document.adoptNode(main));
        (main.querySelector("[role=alert]:not([hidden])") || main).focus();
        scrollTo(0, 0);
        prepare();
      });
      request.addEventListener("error", fail);
      request.open("POST", form.action);
      request.responseType = "document";
      request.send(new FormData(form));
    });
    // Back from the page that follows: the button works again.
    window.addEventListener("pageshow", rest);
  }
  prepare();
}());
