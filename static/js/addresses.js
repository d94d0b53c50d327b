// Addresses proposed under a field, as an editable combobox with a list (WAI-ARIA 1.2); without this file one writes them.
(function () {
  "use strict";
  var SHORTEST = 5;
  var PAUSE = 200;
  var rank = 0;

  function enhance(input) {
    var words = JSON.parse(input.dataset.words);
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
    input.before(frame);
    frame.append(input, list, told);
    var attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id };
    Object.keys(attributes).forEach(function (name) { input.setAttribute(name, attributes[name]); });
    if (!input.autocomplete) { input.autocomplete = "off"; } // one's own address keeps what tells a browser what it is

    function isOpen() { return !list.hidden; }

    function close() {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      point(-1);
    }

    function open() {
      if (!found.length) { return; }
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
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

    function show(suggestions) {
      found = suggestions;
      list.replaceChildren.apply(list, found.map(function (one, place) {
        var option = document.createElement("li");
        option.id = list.id + "-" + place;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.textContent = one.label;
        return option;
      }));
      active = -1;
      input.removeAttribute("aria-activedescendant");
      told.textContent = !found.length ? words.none : found.length === 1 ? words.one : found.length + " " + words.many;
      if (found.length) { open(); } else { close(); }
    }

    function ask() {
      var typed = input.value.trim();
      if (asked) { asked.abort(); }
      if (typed.length < SHORTEST) { found = []; told.textContent = ""; close(); return; }
      asked = new AbortController();
      fetch(input.dataset.suggest + "?q=" + encodeURIComponent(typed), { signal: asked.signal, credentials: "same-origin" })
        .then(function (answer) { return answer.ok ? answer.json() : Promise.reject(answer.status); })
        .then(function (answer) { if (document.activeElement === input) { show(answer.suggestions); } })
        .catch(function () { found = []; close(); /* One writes the address, as without this file. */ });
    }

    function choose(index) {
      var chosen = found[index];
      clearTimeout(timer);
      found = [];
      close();
      fill(input, chosen);
      told.textContent = words.chosen + " " + chosen.label;
    }

    input.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(ask, PAUSE); });
    input.addEventListener("keydown", function (event) {
      var step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && found.length) {
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
    forgetWhenEdited(input);
  }

  // The question of a field: an address in parts, a place in one text, or inputs that share a beginning (« requester. »).
  function holder(input) { return input.closest("[data-address], [data-place]"); }

  function carried(place, part) { return place ? place.querySelector('[data-carried="' + part + '"]') : null; }

  function beside(input, part) { return input.form.elements[input.name.replace(/(address_)?line$/, part)]; }

  function fill(input, chosen) {
    var place = holder(input);
    var inOneText = place && place.hasAttribute("data-place");
    input.value = inOneText ? chosen.label : chosen.line;
    if (!inOneText) {
      [["postcode", chosen.postcode], ["city", chosen.city]].forEach(function (pair) {
        if (beside(input, pair[0])) { beside(input, pair[0]).value = pair[1]; }
      });
    }
    Object.keys(chosen).forEach(function (part) {
      if (carried(place, part)) { carried(place, part).value = chosen[part]; }
    });
    input.dispatchEvent(new CustomEvent("address-chosen", { bubbles: true, detail: chosen }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // Once edited, what is written is not the address that was chosen any more.
  function forgetWhenEdited(input) {
    var place = holder(input);
    if (!place) { return; }
    place.addEventListener("input", function (event) {
      if (event.target.type === "hidden" || !carried(place, "ban_id").value) { return; }
      place.querySelectorAll("[data-carried]").forEach(function (kept) { kept.value = ""; });
      input.dispatchEvent(new CustomEvent("address-forgotten", { bubbles: true }));
    });
  }

  function enhanceAll() { document.querySelectorAll("[data-suggest]:not([role=combobox])").forEach(enhance); }
  document.addEventListener("htmx:load", enhanceAll); // at the desk, choosing a procedure brings other questions
  enhanceAll();
})();
