// The keys of the queue: through the rows and onto a case. Everything they do is a link or a button of the page too.
(function () {
  "use strict";
  var rows = document.getElementById("queue-rows");
  var help = document.getElementById("queue-help");
  var said = document.getElementById("queue-said");
  var letters = !rows || "letterKeys" in rows.dataset;
  var opener = document.querySelector("[data-opens='queue-help']");
  var macros = document.getElementById("queue-macros");
  var KEPT = "parvis-queue-row";

  function links() {
    return rows ? Array.from(rows.querySelectorAll("tbody th a")) : [];
  }

  function boxes() {
    return Array.from(rows.querySelectorAll("input[name=dossier]"));
  }

  function current() {
    var row = document.activeElement && document.activeElement.closest("#queue-rows tbody tr");
    return row ? row.querySelector("th a") : null;
  }

  function move(step) {
    var all = links();
    if (!all.length) { return; }
    var at = all.indexOf(current());
    var to = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
    all[to].focus();
    all[to].closest("tr").scrollIntoView({ block: "nearest" });
  }

  function show() {
    if (help && help.showModal && !help.open) { help.showModal(); }
  }

  function press(selector) {
    var control = document.querySelector(selector);
    if (control) { control.click(); }
  }

  // What acts on one case says so when none is chosen, rather than guess.
  function onCase(act) {
    return function () {
      var link = current();
      if (link) { act(link); } else { said.textContent = ""; said.textContent = rows ? rows.dataset.choose : ""; }
    };
  }

  var take = onCase(function (link) {
    var form = document.getElementById("queue-take");
    form.action = link.pathname + "/prendre";
    form.submit();
  });

  var LETTERS = {
    j: function () { move(1); },
    k: function () { move(-1); },
    o: onCase(function (link) { link.click(); }),
    t: take,
    a: onCase(function (link) { location.assign(link.pathname + "#f-assignee"); }),
    r: onCase(function (link) { location.assign(link.pathname + "#f-reply"); }),
    m: onCase(function (link) {
      if (macros) { document.dispatchEvent(new CustomEvent("queue-macros", { detail: link })); }
    }),
    x: onCase(function (link) {
      var box = link.closest("tr").querySelector("input[type=checkbox]");
      if (box) { box.click(); }
    }),
    n: function () { press("[data-key=n]"); },
    "/": function () { document.getElementById("desk-search").focus(); },
    "?": show
  };

  function comeBack(fresh) {
    var kept = sessionStorage.getItem(KEPT);
    var link = links().find(function (one) { return one.pathname === kept; });
    var stands = fresh && fresh.top !== undefined;
    if (stands) {
      boxes().forEach(function (box) { box.checked = fresh.ticked.indexOf(box.value) >= 0; });
      if (boxes().length) { boxes()[0].dispatchEvent(new Event("change", { bubbles: true })); }
      window.scrollTo(0, link && fresh.top !== null ? window.scrollY + link.getBoundingClientRect().top - fresh.top : fresh.scroll);
    }
    // A case that left the list leaves its place to the next one.
    link = link || links()[Math.min(Number(sessionStorage.getItem(KEPT + "-at")), links().length - 1)];
    if (link) { link.focus({ preventScroll: stands }); }
  }

  function isTyping(target) {
    return target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || isTyping(event.target)) { return; }
    if ((help && help.open) || (macros && macros.open)) { return; }
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && current() && !event.shiftKey) {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
      return;
    }
    var moves = event.key === "j" || event.key === "k";
    if (letters && Object.prototype.hasOwnProperty.call(LETTERS, event.key) && (moves || !event.repeat)) {
      event.preventDefault();
      LETTERS[event.key]();
    }
  });

  if (opener && help && help.showModal) {
    opener.hidden = false;
    opener.addEventListener("click", show);
  }

  // Back from a case, or on a list made fresh, the hand is where it was.
  if (rows) {
    rows.addEventListener("focusin", function () {
      var link = current();
      if (link) {
        sessionStorage.setItem(KEPT, link.pathname);
        sessionStorage.setItem(KEPT + "-at", links().indexOf(link));
      }
    });
    document.addEventListener("queue-keep-row", function () { sessionStorage.setItem(KEPT + "-again", "1"); });
    // The list made fresh keeps what was ticked too, and every row where it stood on the screen.
    document.addEventListener("click", function (event) {
      if (!event.target.closest("[data-keep-row]")) { return; }
      var held = sessionStorage.getItem(KEPT);
      var stood = links().find(function (one) { return one.pathname === held; });
      var ticked = boxes().filter(function (box) { return box.checked; }).map(function (box) { return box.value; });
      var kept = { ticked: ticked, top: stood ? stood.getBoundingClientRect().top : null, scroll: window.scrollY };
      sessionStorage.setItem(KEPT + "-again", JSON.stringify(kept));
    });
    var visit = performance.getEntriesByType("navigation")[0];
    var fresh = JSON.parse(sessionStorage.getItem(KEPT + "-again"));
    sessionStorage.removeItem(KEPT + "-again");
    if (fresh || (visit && visit.type === "back_forward")) { comeBack(fresh); }
  }
})();
