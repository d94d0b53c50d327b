// A shared workstation: the page hides itself, by its button or after some idle minutes, in every tab at once, and keeps what
// was typed. Without this file, the button locks the session and leads to a page that asks for the password.
(function () {
  "use strict";
  var screen = document.querySelector("[data-lock]");
  if (!screen) { return; }
  var form = screen.querySelector("[data-unlock]");
  var field = form.elements.password;
  var fault = document.getElementById("lock-fault");
  var idle = Number(screen.dataset.minutes) * 60000;
  var tabs = window.BroadcastChannel ? new BroadcastChannel("parvis-lock") : { postMessage: function () {} };
  var seen = Date.now(), told = 0, before = null;

  function tell(word) { tabs.postMessage({ word: word, who: form.elements.who.value }); }

  function active() {
    seen = Date.now();
    if (seen - told > 10000) { told = seen; tell("active"); }
  }

  function hide() {
    if (before) { return; }
    before = { focus: document.activeElement, title: document.title, x: scrollX, y: scrollY };
    document.body.dataset.locked = "yes";
    screen.hidden = false;
    document.title = screen.dataset.title;
    field.value = "";
    fault.hidden = true;
    field.focus();
  }

  function show() {
    if (!before) { return; }
    var kept = before;
    before = null;
    delete document.body.dataset.locked;
    screen.hidden = true;
    document.title = kept.title;
    seen = Date.now();
    scrollTo(kept.x, kept.y);
    if (kept.focus && kept.focus.focus) { kept.focus.focus({ preventScroll: true }); }
  }

  function send(address, data) {
    data.set("csrf_token", form.elements.csrf_token.value);
    return fetch(address, { method: "POST", body: data, headers: { Accept: "application/json" }, credentials: "same-origin" });
  }

  // The session is locked on the server too: nothing else opens from this browser meanwhile.
  function lock() {
    if (before) { return; }
    hide();
    tell("lock");
    send(screen.dataset.lock, new FormData()).catch(function () { /* hidden all the same */ });
  }

  document.querySelectorAll("[data-lock-button]").forEach(function (button) {
    button.addEventListener("submit", function (event) { event.preventDefault(); event.stopPropagation(); lock(); });
  });

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    event.stopPropagation();
    fault.hidden = true;
    send(form.action, new FormData(form)).then(function (answer) {
      if (answer.status === 204) { show(); tell("unlock"); return null; }
      if (answer.status !== 403 && answer.status !== 401) { throw new Error("unforeseen"); }
      return answer.json().then(function (refused) {
        fault.textContent = refused.said;
        fault.hidden = false;
        field.select();
      });
    }).catch(function () {
      fault.textContent = screen.dataset.failed;
      fault.hidden = false;
    });
  });

  tabs.onmessage = function (event) {
    if (event.data.word === "lock") { hide(); }
    if (event.data.word === "active") { seen = Date.now(); }
    // A colleague who signed in since, in another tab, opens nothing here.
    if (event.data.word === "unlock" && event.data.who === form.elements.who.value) { show(); }
  };
  ["pointerdown", "keydown", "scroll", "input"].forEach(function (name) {
    document.addEventListener(name, active, { capture: true, passive: true });
  });
  function look() { if (idle && Date.now() - seen >= idle) { lock(); } }
  setInterval(look, 5000);
  // A laptop that was closed: the clock went on without us.
  document.addEventListener("visibilitychange", function () { if (!document.hidden) { look(); } });
})();
