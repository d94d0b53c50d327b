// Small comforts of forms and sheets: everything here also works without this file.
(function () {
  "use strict";

  // Screen readers start on the error summary, whether or not the browser honours autofocus.
  var summary = document.querySelector("[data-error-summary]");
  if (summary) { summary.focus(); }

  // A second click on « Envoyer » while the first travels sends nothing; going back re-enables the form.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.getAttribute("method") !== "post" || event.defaultPrevented) { return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(function () { delete form.dataset.sent; }, 5000);
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });

  // Going back, browsers fill in again what was typed, save the fields where they propose nothing (a place, an address) and
  // what is hidden beside them. These are kept with the entry of the history, and come back if the server gives the same page.
  // At a kiosk, nothing comes back: the next person goes back too.
  document.querySelectorAll("body:not(.kiosk) form[data-conditional-form]").forEach(function (form) {
    var FORGOTTEN = "input[type=text][autocomplete=off], [data-carried]";
    var timer = 0;
    function given() {
      return Array.prototype.map.call(form.querySelectorAll("input[type=text]"), function (input) { return [input.name, input.defaultValue]; });
    }
    var first = JSON.stringify(given());
    var kept = (history.state || {}).forgotten;
    if (kept && kept.given === first) {
      form.querySelectorAll(FORGOTTEN).forEach(function (input) { if (input.name in kept.typed) { input.value = kept.typed[input.name]; } });
      ["filled-again", "change"].forEach(function (name) { form.dispatchEvent(new Event(name, { bubbles: true })); });
    }
    function keep() {
      var typed = {};
      timer = 0;
      form.querySelectorAll(FORGOTTEN).forEach(function (input) { typed[input.name] = input.value; });
      history.replaceState(Object.assign({}, history.state, { forgotten: { given: first, typed: typed } }), "");
    }
    function later() { clearTimeout(timer); timer = setTimeout(keep, 300); }
    form.addEventListener("input", later);
    form.addEventListener("change", later);
    // What was typed last is kept before the page leaves: once it is leaving, nothing may touch its history.
    form.addEventListener("submit", function () { if (timer) { clearTimeout(timer); keep(); } });
  });

  // The number of characters left, told politely once typing pauses.
  document.querySelectorAll("textarea[maxlength][data-count]").forEach(function (area) {
    var told = document.getElementById(area.dataset.count);
    var words = told.dataset;
    var timer;
    function tell() {
      var left = area.maxLength - area.value.length;
      told.textContent = left.toLocaleString("fr") + " " + (Math.abs(left) < 2 ? words.one : words.many);
    }
    area.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(tell, 400); });
    tell();
  });

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });
})();
