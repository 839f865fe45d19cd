// Asks the browser for a passkey and sends its answer with the form. The pages do their work without it, by codes.
(function () {
  "use strict";
  var place = document.querySelector("[data-passkey]");
  if (!place || !window.PublicKeyCredential || !navigator.credentials || location.origin !== place.dataset.origin) { return; }
  var form = place.querySelector("form") || place.closest("form");
  var ask = place.querySelector("[data-passkey-ask]"), says = place.querySelector("[data-passkey-says]");
  var without = document.querySelector("[data-passkey-without]"), shown = performance.now();
  place.hidden = false;
  if (without) { without.hidden = true; }
  function bytes(text) {
    return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), function (letter) { return letter.charCodeAt(0); });
  }
  function text(buffer) {
    if (!buffer || !buffer.byteLength) { return null; }
    var letters = Array.from(new Uint8Array(buffer), function (byte) { return String.fromCharCode(byte); }).join("");
    return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }
  function named(list) { return (list || []).map(function (one) { return Object.assign({}, one, { id: bytes(one.id) }); }); }
  function say(words) { says.textContent = words; says.hidden = !words; }
  function wanted() {
    var options = JSON.parse(place.dataset.passkey).publicKey;
    options.challenge = bytes(options.challenge);
    if (options.user) {
      options.user.id = bytes(options.user.id);
      options.excludeCredentials = named(options.excludeCredentials);
      return navigator.credentials.create({ publicKey: options });
    }
    options.allowCredentials = named(options.allowCredentials);
    return navigator.credentials.get({ publicKey: options });
  }
  function send(given) {
    var from = given.response, answer = { clientDataJSON: text(from.clientDataJSON) };
    if (from.attestationObject) {
      answer.attestationObject = text(from.attestationObject);
    } else {
      answer.authenticatorData = text(from.authenticatorData);
      answer.signature = text(from.signature);
      answer.userHandle = text(from.userHandle);
    }
    form.elements.passkey.value = JSON.stringify({
      id: given.id, rawId: text(given.rawId), type: given.type, response: answer, extensions: {}
    });
    form.submit();
  }
  function begin(event) {
    event.preventDefault();
    say("");
    var missing = place.dataset.needs.split(" ").filter(function (name) { return !form.elements[name].value; })[0];
    if (missing) {
      say("Please fill in the fields above first.");
      form.elements[missing].focus();
    } else if (performance.now() - shown > 285000) {
      say("This page has been open for too long for a passkey. Please load it anew and try again.");
    } else {
      ask.disabled = true;
      wanted().then(send).catch(function (error) {
        ask.disabled = false;
        say(error.name === "InvalidStateError"
          ? "This device has a passkey for your account already."
          : "The browser gave no passkey. Please try again, or use a code.");
      });
    }
  }
  if (ask.type === "button") { ask.addEventListener("click", begin); } else { form.addEventListener("submit", begin); }
}());
