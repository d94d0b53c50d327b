// The keys of the desk: those that controls announce (aria-keyshortcuts), told on the page; all is there without this file.
(function () {
  "use strict";
  document.querySelectorAll("[data-keys]").forEach(function (told) { told.hidden = false; });

  // None of these is a key of a browser, and none is a letter: whoever dictates or types presses none by accident.
  function nameOf(event) {
    return (event.ctrlKey ? "Control+" : "") + (event.shiftKey ? "Shift+" : "") + event.key;
  }

  document.addEventListener("keydown", function (event) {
    if (event.repeat || event.altKey || event.metaKey || !/^(F\d|Enter)/.test(event.key)) { return; }
    var control = document.querySelector('[aria-keyshortcuts="' + nameOf(event) + '"]');
    if (!control) { return; }
    event.preventDefault();
    if (control.matches("input, select, textarea")) {
      control.focus();
      if (control.select) { control.select(); }
    } else {
      control.click();
    }
  });
})();
