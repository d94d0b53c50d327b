// The reports already made near the place, as soon as it and the category are known; without this file the server shows them.
(function () {
  "use strict";
  function begin(holder) {
    holder.dataset.ready = "";
    var form = holder.closest("form");
    var place = holder.dataset.nearbyPlace;
    var seen = holder.querySelector("[data-near-seen]");
    var shown = holder.querySelector("[data-near-shown]");
    var told = holder.querySelector("[data-near-told]");
    var last = "";
    var asked;
    var timer;

    function value(name) {
      return Array.prototype.filter.call(form.elements, function (input) {
        return input.name === name && (input.type !== "radio" || input.checked);
      }).map(function (input) { return input.value; })[0] || "";
    }

    function show(text) {
      var piece = new DOMParser().parseFromString(text, "text/html").querySelector("section");
      shown.replaceChildren.apply(shown, piece ? [piece] : []);
      told.textContent = piece ? told.dataset.words : "";
      if (!piece) { return; }
      seen.value = piece.dataset.seen; // they were shown: the form is not given back for them
      piece.querySelector("[data-is-different]").addEventListener("click", function () {
        piece.remove();
        told.textContent = "";
        var next = holder.parentElement.nextElementSibling;
        var field = next ? next.querySelector("input, textarea, select") : null;
        if (field) { field.focus(); }
      });
    }

    function asking() {
      var latitude = value(place + ".latitude");
      var longitude = value(place + ".longitude");
      var category = holder.dataset.category ? value(holder.dataset.category) : "any";
      return latitude && longitude && category ? "?lat=" + latitude + "&lon=" + longitude + "&categorie=" + encodeURIComponent(category) : "";
    }

    function look() {
      if (asking() === last) { return; }
      last = asking();
      if (asked) { asked.abort(); }
      if (!last) { show(""); return; }
      asked = new AbortController();
      fetch(holder.dataset.nearby + last, { signal: asked.signal, credentials: "same-origin" })
        .then(function (answer) { return answer.ok ? answer.text() : Promise.reject(answer.status); })
        .then(show)
        .catch(function () { /* The server looks again when the form is sent. */ });
    }

    form.addEventListener("change", function () { clearTimeout(timer); timer = setTimeout(look, 400); });
    // What the server showed stays until something changes.
    if (shown.firstElementChild) { last = asking(); } else { look(); }
  }

  function beginAll() { document.querySelectorAll("[data-nearby]:not([data-ready])").forEach(begin); }
  document.addEventListener("htmx:load", beginAll); // at the desk, choosing a procedure brings other questions
  beginAll();
})();
