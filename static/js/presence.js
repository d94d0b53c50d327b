// Says that the page of a case is open and hears who else has it open; announced only when it changes.
(function () {
  "use strict";
  var told = document.querySelector("[data-presence]");
  var token = document.querySelector("input[name=csrf_token]");
  if (!told || !token) { return; }
  var EVERY = 30000;
  var timer;

  function ask() {
    var data = new FormData();
    data.append("csrf_token", token.value);
    fetch(told.dataset.presence, { method: "POST", body: data, headers: { Accept: "application/json" }, credentials: "same-origin" })
      .then(function (answer) {
        // The session ended, or the case is out of sight: there is nothing more to hear.
        if (!answer.ok) { clearInterval(timer); return { said: "" }; }
        return answer.json();
      })
      .then(function (answer) { if (told.textContent !== answer.said) { told.textContent = answer.said; } })
      .catch(function () { /* the network is away for a moment: asked again at the next turn */ });
  }

  timer = setInterval(ask, EVERY);
  ask();
})();
