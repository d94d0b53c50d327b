// Ticking a whole page of the queue, and saying how many cases are ticked. The page works without this file.
(function () {
  "use strict";
  var tool = document.querySelector("[data-select-page]");
  if (!tool) { return; }
  var all = tool.querySelector("input");
  var said = tool.querySelector("[data-selected]");

  // Asked for each time: the rows may have been read again meanwhile.
  function boxes() { return Array.prototype.slice.call(document.querySelectorAll("input[name=dossier][form=batch]")); }

  function show() {
    var listed = boxes();
    var ticked = listed.filter(function (box) { return box.checked; }).length;
    all.checked = ticked > 0 && ticked === listed.length;
    all.indeterminate = ticked > 0 && ticked < listed.length;
    said.textContent = ticked ? ticked + " " + (ticked > 1 ? said.dataset.many : said.dataset.one) : "";
  }

  all.addEventListener("change", function () {
    boxes().forEach(function (box) { box.checked = all.checked; });
    show();
  });
  document.addEventListener("change", function (event) {
    if (event.target.name === "dossier") { show(); }
  });
  tool.hidden = false;
  show();
})();
