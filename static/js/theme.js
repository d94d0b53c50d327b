// Light or dark: applies the reader's choice before the first paint, then wires the chooser of the footer.
(function () {
  "use strict";
  var root = document.documentElement;

  function stored() {
    try { return localStorage.getItem("theme") || ""; } catch (refused) { return ""; }
  }

  function apply(theme) {
    if (theme) { root.setAttribute("data-theme", theme); } else { root.removeAttribute("data-theme"); }
  }

  apply(stored());

  document.addEventListener("DOMContentLoaded", function () {
    var holder = document.querySelector("[data-theme-choice]");
    if (!holder) { return; }
    var choice = holder.querySelector("select");
    choice.value = stored();
    holder.hidden = false;
    choice.addEventListener("change", function () {
      apply(choice.value);
      try { localStorage.setItem("theme", choice.value); } catch (refused) { /* the choice lasts for this page */ }
    });
  });
})();
