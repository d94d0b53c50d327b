// Passkeys: the browser makes one, or signs with one, and the form brings its answer. Without this file, codes remain.
(function () {
  "use strict";
  if (!window.PublicKeyCredential) { return; }

  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (sign) { return sign.charCodeAt(0); });
  }

  function text(buffer) {
    var plain = Array.prototype.map.call(new Uint8Array(buffer), function (one) { return String.fromCharCode(one); }).join("");
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function read(options) {
    options.challenge = bytes(options.challenge);
    if (options.user) { options.user.id = bytes(options.user.id); }
    ["excludeCredentials", "allowCredentials"].forEach(function (list) {
      (options[list] || []).forEach(function (one) { one.id = bytes(one.id); });
    });
    return { publicKey: options };
  }

  function write(made) {
    var answer = {};
    ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (name) {
      if (made.response[name]) { answer[name] = text(made.response[name]); }
    });
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response: answer });
  }

  document.querySelectorAll("form[data-passkey]").forEach(function (form) {
    var fault = form.querySelector("[data-passkey-fault]");
    form.hidden = false;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      event.stopPropagation();
      fault.hidden = true;
      var data = new FormData();
      data.append("csrf_token", form.elements.csrf_token.value);
      fetch(form.dataset.options, { method: "POST", body: data, headers: { Accept: "application/json" }, credentials: "same-origin" })
        .then(function (answer) {
          // A page instead of data: the password is asked for again first.
          if ((answer.headers.get("Content-Type") || "").indexOf("json") < 0) { location.reload(); return new Promise(function () {}); }
          return answer.json();
        })
        .then(function (options) {
          if (options.error) { throw new Error(options.error); }
          return navigator.credentials[form.dataset.passkey](read(options));
        })
        .then(function (made) {
          form.elements.passkey.value = write(made);
          form.submit();
        })
        .catch(function (error) {
          fault.textContent = error.constructor === Error ? error.message : form.dataset.refused;
          fault.hidden = false;
        });
    });
  });
})();
