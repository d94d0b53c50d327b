// The address that was chosen under a field fills the fields beside it, and is forgotten once edited (see suggestions.js).
(function () {
  "use strict";
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
  document.addEventListener("input", function (event) {
    var place = event.target.closest("[data-address], [data-place]");
    var input = place ? place.querySelector("[data-suggest]") : null;
    var known = carried(place, "ban_id");
    if (!input || !known || !known.value || event.target.type === "hidden") { return; }
    place.querySelectorAll("[data-carried]").forEach(function (kept) { kept.value = ""; });
    input.dispatchEvent(new CustomEvent("address-forgotten", { bubbles: true }));
  });

  document.addEventListener("suggestion-chosen", function (event) { fill(event.target, event.detail); });
})();
