// To answer, to note or to decide: one at a time, chosen by tabs. Without this file the three follow one another.
(function () {
  "use strict";
  var box = document.querySelector("[data-composer]");
  var parts = box ? Array.prototype.slice.call(box.querySelectorAll(":scope > section")) : [];
  if (parts.length < 2) { return; }
  var list = document.createElement("div");
  list.className = "tab-list";
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", box.dataset.composer);

  var tabs = parts.map(function (part) {
    var head = part.querySelector("h2, summary"), tab = document.createElement("button");
    tab.type = "button";
    tab.id = "tab-" + part.id;
    tab.textContent = head.textContent.trim();
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", part.id);
    tab.addEventListener("click", function () { choose(tab); });
    part.setAttribute("role", "tabpanel");
    part.setAttribute("aria-labelledby", tab.id);
    list.appendChild(tab);
    return tab;
  });

  function choose(chosen) {
    tabs.forEach(function (tab, place) {
      var mine = tab === chosen;
      tab.setAttribute("aria-selected", String(mine));
      tab.tabIndex = mine ? 0 : -1;
      parts[place].hidden = !mine;
    });
  }

  function named(hash) {
    var found = parts.findIndex(function (part) { return "#" + part.id === hash; });
    return found < 0 ? null : tabs[found];
  }

  // What has a fault, a text begun or the cursor opens first.
  function begun() {
    var place = parts.findIndex(function (part) {
      return part.querySelector(".has-error, details[open], [autofocus]");
    });
    return tabs[Math.max(0, place)];
  }

  list.addEventListener("keydown", function (event) {
    var moves = { ArrowRight: 1, ArrowLeft: -1 }, here = tabs.indexOf(document.activeElement);
    if (!(event.key in moves) || here < 0) { return; }
    var next = tabs[(here + moves[event.key] + tabs.length) % tabs.length];
    event.preventDefault();
    choose(next);
    next.focus();
  });
  window.addEventListener("hashchange", function () {
    var tab = named(location.hash);
    if (tab) { choose(tab); }
  });

  // A link to a field of a part that is closed, as in the summary of faults, opens it first.
  document.addEventListener("click", function (event) {
    var link = event.target.closest("a[href^='#']");
    var part = link && link.hash.length > 1 && document.getElementById(link.hash.slice(1));
    var place = part ? parts.findIndex(function (one) { return one.contains(part); }) : -1;
    if (place >= 0) { choose(tabs[place]); }
  });

  var first = named(location.hash) || begun();
  parts.forEach(function (part) {
    var details = part.querySelector("details"), head = part.querySelector("h2, summary");
    if (details && head.parentNode === details) { details.open = true; }
    head.hidden = true;
  });
  box.insertBefore(list, parts[0]);
  box.classList.add("composer");
  choose(first);
}());
