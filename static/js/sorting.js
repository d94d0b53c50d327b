// Mail to place: one key for each answer. The page works without this file; its keys are listed on the page (« ? »).
(function () {
  "use strict";
  var help = document.querySelector("[data-sorting-help]");
  var mails = Array.prototype.slice.call(document.querySelectorAll("section[id^='courriel-']"));
  if (!help || !mails.length) { return; }
  var STORE = "sorting-keys";
  var toggle = help.querySelector("input[type=checkbox]");

  // Keys of one letter can be turned off (WCAG 2.1.4): people who speak to their computer type letters by accident.
  function read() { try { return localStorage.getItem(STORE) !== "off"; } catch (refused) { return true; } }
  function write(on) { try { localStorage.setItem(STORE, on ? "on" : "off"); } catch (refused) { /* for this page */ } }

  help.hidden = false;
  toggle.checked = read();
  toggle.addEventListener("change", function () { write(toggle.checked); });

  // The mail that has the focus, else the first of the page.
  function current() {
    return mails.find(function (mail) { return mail.contains(document.activeElement); }) || mails[0];
  }

  function go(step) {
    var inside = mails.some(function (mail) { return mail.contains(document.activeElement); });
    var place = mails.indexOf(current()) + (inside ? step : 0);
    var mail = mails[Math.max(0, Math.min(place, mails.length - 1))];
    mail.tabIndex = -1;
    mail.focus();
    mail.scrollIntoView({ block: "start" });
  }

  function press(key) {
    var button = current().querySelector("[data-key='" + key + "'] button");
    if (button && !document.body.dataset.sorted) {
      document.body.dataset.sorted = "1"; // a second key must not answer for the next mail
      button.click();
    }
  }

  var keys = {
    a: function () { press("a"); },
    n: function () { press("n"); },
    o: function () { current().querySelector("[data-key='o'] input[type=text]").focus(); },
    j: function () { go(1); },
    k: function () { go(-1); },
    "?": function () { help.querySelector("details").open = true; help.querySelector("summary").focus(); },
  };

  window.addEventListener("pageshow", function () { delete document.body.dataset.sorted; }); // back on a kept page
  document.addEventListener("keydown", function (event) {
    var typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (!toggle.checked || typing || event.repeat || event.ctrlKey || event.altKey || event.metaKey) { return; }
    var act = keys[event.key.toLowerCase()];
    if (act) {
      event.preventDefault();
      act();
    }
  });
})();
