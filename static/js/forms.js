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

  // The number of characters left, told politely once typing pauses.
  document.querySelectorAll("textarea[maxlength][data-count]").forEach(function (area) {
    var told = document.getElementById(area.dataset.count);
    var words = told.dataset;
    var timer;
    function tell() {
      var left = area.maxLength - area.value.length;
      told.textContent = left + " " + (Math.abs(left) < 2 ? words.one : words.many);
    }
    area.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(tell, 400); });
    tell();
  });

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });
})();
