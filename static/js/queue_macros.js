// The macros of the case under the hand, in a dialog of the queue: chosen by arrows and Enter, or by their number.
(function () {
  "use strict";
  var box = document.getElementById("queue-macros");
  var said = document.getElementById("queue-said");
  if (!box || !box.showModal) { return; }

  function say(sentence) {
    said.textContent = "";
    said.textContent = sentence;
  }

  function choices() {
    return Array.from(box.querySelectorAll("[name=macro]"));
  }

  // Asked for by queue_keys.js, with the link of the row.
  document.addEventListener("queue-macros", function (event) {
    var link = event.detail;
    var asked = link.pathname + "/enchainements?retour=" + encodeURIComponent(box.dataset.here);
    fetch(asked, { headers: { "HX-Request": "true" } }).then(function (answer) {
      if (!answer.ok || answer.redirected) { throw new Error(answer.status); }
      return answer.text();
    }).then(function (page) {
      if (box.open) { return; }
      box.innerHTML = page;
      box.showModal();
      (choices()[0] || box.querySelector("button")).focus();
    }).catch(function () { say(box.dataset.failed); });
  });

  box.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey) { return; }
    var all = choices();
    var step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && all.length) {
      event.preventDefault();
      var at = all.indexOf(document.activeElement);
      all[at < 0 ? 0 : (at + step + all.length) % all.length].focus();
    }
    var meant = /^[1-9]$/.test(event.key) && !event.repeat && box.querySelector("[data-digit='" + event.key + "']");
    if (meant) {
      event.preventDefault();
      meant.click();
    }
  });

  box.addEventListener("submit", function (event) {
    if (event.target.method === "post") { document.dispatchEvent(new CustomEvent("queue-keep-row")); }
  });
})();
