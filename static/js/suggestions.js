// What is proposed under a field while one types, as an editable combobox with a list (WAI-ARIA 1.2); at worst, one writes.
// With « data-after » (the sign that names somebody) it is proposed inside a text, after the last such sign before the caret.
// What is chosen is told by « suggestion-chosen », or presses the button that it names: `press` is the value of « do ».
(function () {
  "use strict";
  var SHORTEST = 5; // unless the field says otherwise
  var PAUSE = 200;
  var rank = 0;

  function enhance(input) {
    var words = JSON.parse(input.dataset.words);
    var after = input.dataset.after;
    var list = document.createElement("ul");
    var told = document.createElement("p");
    var found = [];
    var active = -1;
    var timer;
    var asked;

    list.id = "suggestions-" + (rank += 1);
    list.className = "suggestions";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", words.list);
    list.hidden = true;
    told.className = "visually-hidden";
    told.setAttribute("role", "status");
    var frame = document.createElement("div");
    frame.className = "suggestions-frame";
    var had = document.activeElement === input; // whatever moves in a page loses the focus
    input.before(frame);
    frame.append(input, list, told);
    if (had) { input.focus(); }
    var attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id };
    // A text of several lines is no combobox: what it proposes is told all the same.
    if (after) { attributes = { "aria-autocomplete": "list", "aria-haspopup": "listbox", "aria-controls": list.id }; }
    Object.keys(attributes).forEach(function (name) { input.setAttribute(name, attributes[name]); });
    if (!input.autocomplete) { input.autocomplete = "off"; } // one's own address keeps what tells a browser what it is

    function isOpen() { return !list.hidden; }

    function close() {
      list.hidden = true;
      if (!after) { input.setAttribute("aria-expanded", "false"); }
      point(-1);
    }

    function open() {
      if (!found.length) { return; }
      list.hidden = false;
      if (!after) { input.setAttribute("aria-expanded", "true"); }
    }

    // The focus stays in the field; what the arrows point at is told by its id.
    function point(index) {
      active = index;
      Array.prototype.forEach.call(list.children, function (option, place) {
        option.setAttribute("aria-selected", String(place === index));
        if (place === index) { option.scrollIntoView({ block: "nearest" }); }
      });
      if (index < 0) { input.removeAttribute("aria-activedescendant"); return; }
      input.setAttribute("aria-activedescendant", list.children[index].id);
    }

    // What only the eye lacks is told to screen readers alone; what the answer itself says (`said`) is for all.
    function tell(text, said) {
      if (told.textContent !== (said || text)) { told.textContent = said || text; } // not announced again at each letter
      told.className = said ? "suggestions-told" : "visually-hidden";
    }

    // Nobody can say what begins like this now: one goes on by hand, and is told so where the page has words for it.
    function doWithout() {
      found = [];
      close();
      tell("", words.unavailable);
    }

    function show(suggestions, said) {
      found = suggestions;
      list.replaceChildren.apply(list, found.map(function (one, place) {
        var option = document.createElement("li");
        option.id = list.id + "-" + place;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.textContent = one.label;
        (one.details || []).forEach(function (line) {
          var more = document.createElement("span");
          more.className = "suggestion-details";
          more.textContent = line;
          option.append(" ", more);
        });
        return option;
      }));
      active = -1;
      input.removeAttribute("aria-activedescendant");
      tell(!found.length ? words.none : found.length === 1 ? words.one : found.length + " " + words.many, said);
      if (found.length) { open(); } else { close(); }
    }

    function address(typed) {
      return input.dataset.suggest + (input.dataset.suggest.indexOf("?") < 0 ? "?" : "&") + "q=" + encodeURIComponent(typed);
    }

    // Where the word being written after the sign begins; -1 when none is.
    function start() {
      var before = input.value.slice(0, input.selectionStart);
      var at = before.lastIndexOf(after);
      var apart = at < 1 || /[\s(«,;:]/.test(before[at - 1]);
      return at >= 0 && apart && !/\s/.test(before.slice(at)) ? at : -1;
    }

    function read() {
      if (!after) { return input.value.trim(); }
      var at = start();
      return at < 0 ? "" : input.value.slice(at + after.length, input.selectionStart);
    }

    function ask() {
      var typed = read();
      if (asked) { asked.abort(); }
      if (typed.length < Number(input.dataset.shortest || SHORTEST)) { found = []; tell(""); close(); return; }
      asked = new AbortController();
      fetch(address(typed), { signal: asked.signal, credentials: "same-origin" })
        .then(function (answer) { return answer.ok ? answer.json() : Promise.reject(answer.status); })
        .then(function (answer) {
          if (document.activeElement !== input) { return; }
          if (answer.unavailable) { doWithout(); } else { show(answer.suggestions, answer.told); }
        })
        .catch(function (fault) { if (fault.name !== "AbortError") { doWithout(); } });
    }

    function choose(index) {
      var chosen = found[index];
      clearTimeout(timer);
      found = [];
      close();
      tell(words.chosen + " " + chosen.label);
      if (after) {
        var at = start();
        if (at >= 0) { input.setRangeText(chosen.insert + " ", at, input.selectionStart, "end"); }
        input.dispatchEvent(new Event("input", { bubbles: true })); // what is kept of the text hears it
        return;
      }
      if (chosen.press) { press(input.form, chosen.press); return; }
      input.dispatchEvent(new CustomEvent("suggestion-chosen", { bubbles: true, detail: chosen }));
    }

    input.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(ask, PAUSE); });
    input.addEventListener("keydown", function (event) {
      var step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && found.length && (isOpen() || !after)) {
        event.preventDefault();
        if (!isOpen()) { open(); }
        point((Math.max(active, step > 0 ? -1 : 0) + step + found.length) % found.length);
      } else if (event.key === "Enter" && isOpen() && active >= 0) {
        event.preventDefault();
        choose(active);
      } else if (event.key === "Escape" && isOpen()) {
        event.preventDefault();
        close();
      }
    });
    input.addEventListener("blur", function () { clearTimeout(timer); if (asked) { asked.abort(); } close(); });
    // The pointer must not take the focus away before its click is known.
    list.addEventListener("mousedown", function (event) { event.preventDefault(); });
    list.addEventListener("click", function (event) {
      var option = event.target.closest("[role=option]");
      if (option) { choose(Array.prototype.indexOf.call(list.children, option)); }
    });
  }

  function press(form, value) {
    var button = document.createElement("button");
    button.type = "submit";
    button.name = "do";
    button.value = value;
    button.hidden = true;
    form.append(button);
    form.requestSubmit(button);
  }

  function enhanceAll() { document.querySelectorAll("[data-suggest]:not([aria-autocomplete])").forEach(enhance); }
  document.addEventListener("htmx:load", enhanceAll); // at the desk, choosing a procedure brings other questions
  enhanceAll();
})();
