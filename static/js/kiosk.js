// A kiosk: after some seconds without anybody, it asks, counts, then erases all and begins again. Nothing leads elsewhere.
(function () {
  "use strict";
  var dialog = document.querySelector("[data-kiosk]");
  if (!dialog) { return; }
  var left = dialog.querySelector("[data-left]");
  var away = document.querySelector("[data-away]");
  var idle = Number(dialog.dataset.idle) * 1000, warned = Number(dialog.dataset.warned) * 1000;
  var AGAIN = 600000; // a first page that nobody touches is asked for again: its texts may have changed
  var isWelcome = "welcome" in dialog.dataset;
  var seen = Date.now(), told = Date.now(), leaving = false;

  function blank(on) {
    if (on) { document.body.dataset.blank = "yes"; } else { delete document.body.dataset.blank; }
    away.hidden = !on;
  }

  // The site is asked first: a screen of the browser's own would stay there until somebody comes.
  function leave() {
    leaving = true;
    document.querySelectorAll("form").forEach(function (form) { form.reset(); });
    fetch(dialog.dataset.presence, { cache: "no-store" }).then(function (answer) {
      if (answer.status >= 500) { throw new Error("down"); }
      location.replace(dialog.dataset.kiosk);
    }).catch(function () {
      if (dialog.open) { dialog.close(); }
      blank(true);
      setTimeout(leave, 5000);
    });
  }

  // On the first page nothing was written: it begins again by itself when somebody chose a language or scrolled.
  function moved() { return isWelcome && (location.search !== "" || scrollY > 0); }

  function tick() {
    var quiet = Date.now() - seen;
    if (leaving) { return; }
    if (isWelcome) {
      if (quiet >= idle && (moved() || quiet >= AGAIN)) { leave(); }
      return;
    }
    if (quiet >= idle) { leave(); return; }
    if (quiet >= idle - warned) {
      left.textContent = Math.ceil((idle - quiet) / 1000);
      if (!dialog.open) { dialog.showModal(); }
    }
  }

  function present() {
    seen = Date.now();
    if (seen - told < 60000 || isWelcome) { return; }
    told = seen;
    fetch(dialog.dataset.presence, { cache: "no-store" }).then(function (answer) {
      if (answer.redirected) { location.replace(dialog.dataset.kiosk); }
    }).catch(function () { /* the next sign says it */ });
  }

  ["pointerdown", "keydown", "input", "wheel", "touchmove", "scroll"].forEach(function (name) {
    document.addEventListener(name, function () { if (!dialog.open) { present(); } }, { passive: true, capture: true });
  });
  function stay() { present(); if (dialog.open) { dialog.close(); } }
  dialog.querySelector("[data-stay]").addEventListener("click", stay);
  dialog.addEventListener("close", function () { if (!leaving) { present(); } });

  // A map's credits, a script's link: what is not ours does not open.
  document.addEventListener("click", function (event) {
    var link = event.target.closest ? event.target.closest("a[href]") : null;
    if (link && (link.origin !== location.origin || link.target || link.hasAttribute("download"))) { event.preventDefault(); }
  }, true);
  document.addEventListener("contextmenu", function (event) { event.preventDefault(); });
  // A page kept whole by the browser is asked for again: the server knows whether its visit is over.
  window.addEventListener("pageshow", function (event) { if (event.persisted) { location.reload(); } });

  setInterval(tick, 500);
})();
