// The questions of a form appear as soon as an answer calls for them; without this file the server does it at sending.
(function () {
  "use strict";
  var form = document.querySelector("form[data-conditional-form]");
  if (!form) { return; }

  // The answers to an input name, as the server would read them: yes and no are the booleans of conditions.
  function answers(name) {
    return Array.prototype.filter.call(form.elements, function (input) {
      var off = (input.type === "checkbox" || input.type === "radio") && !input.checked;
      return input.name === name && !off && !input.closest("[hidden]") && input.value.trim() !== "";
    }).map(function (input) { return input.value.trim(); });
  }

  function same(given, expected) {
    if (expected === true) { return given === "yes"; }
    if (expected === false) { return given === "no"; }
    return given === String(expected);
  }

  // Inside a repetition (« child-1.… »), a condition looks at that repetition first, then at the whole form.
  function given(code, prefix) {
    var own = prefix && form.elements[prefix + code] ? prefix + code : code;
    var found = answers(own);
    if (found.length || form.elements[own]) { return found; }
    return Array.prototype.reduce.call(form.elements, function (all, input) {
      var part = input.name && (input.name.indexOf(own + ".") === 0 || input.name.indexOf(own + "-") === 0);
      return part ? all.concat(answers(input.name)) : all;
    }, []);
  }

  function number(text) { return parseFloat(text.replace(/\s/g, "").replace(",", ".")); }

  function holds(condition, prefix) {
    if (condition.not) { return !holds(condition.not, prefix); }
    if (condition.any) { return condition.any.some(function (one) { return holds(one, prefix); }); }
    if (condition.all) { return condition.all.every(function (one) { return holds(one, prefix); }); }
    var found = given(condition.field, prefix);
    if ("answered" in condition) { return (found.length > 0) === condition.answered; }
    if ("at_least" in condition) { return found.some(function (text) { return number(text) >= condition.at_least; }); }
    var expected = "in" in condition ? condition.in : [condition.equals];
    return found.some(function (text) { return expected.some(function (one) { return same(text, one); }); });
  }

  var shown = form.querySelector("[data-shown]");

  // In the order of the page: a question only depends on those before it.
  function refresh() {
    var names = [];
    form.querySelectorAll("[data-when]").forEach(function (place) {
      var name = place.dataset.name;
      var dot = name.lastIndexOf(".");
      place.hidden = !holds(JSON.parse(place.dataset.when), dot > 0 ? name.slice(0, dot + 1) : "");
      if (!place.hidden && !place.parentElement.closest("[data-when][hidden]")) { names.push(name); }
    });
    shown.value = names.join(" ");
  }
  form.addEventListener("input", refresh);
  form.addEventListener("change", refresh);
  window.addEventListener("pageshow", refresh);
  // At the desk, choosing another procedure brings other questions.
  document.addEventListener("htmx:afterSettle", refresh);
  refresh();

  // A file too heavy is told at once, not after a long sending.
  form.querySelectorAll("input[type=file]").forEach(function (input) {
    var told = document.createElement("p");
    told.className = "field-error";
    told.setAttribute("role", "alert");
    input.after(told);
    input.addEventListener("change", function () {
      var heavy = Array.prototype.filter.call(input.files, function (file) { return file.size > Number(form.dataset.maxBytes); });
      told.textContent = heavy.map(function (file) { return file.name + " : " + form.dataset.tooBig; }).join(" ");
    });
  });

  // « Utiliser ma position »: an offer, never the only way to say where.
  form.querySelectorAll("[data-place]").forEach(function (place) {
    var offer = place.querySelector("[data-near-me]");
    if (!navigator.geolocation || !window.isSecureContext) { return; }
    var status = offer.querySelector("[role=status]");
    offer.hidden = false;
    offer.querySelector("button").addEventListener("click", function () {
      navigator.geolocation.getCurrentPosition(function (position) {
        var name = place.dataset.place;
        form.elements[name + ".latitude"].value = position.coords.latitude.toFixed(6);
        form.elements[name + ".longitude"].value = position.coords.longitude.toFixed(6);
        status.textContent = status.dataset.found;
      }, function () { status.textContent = status.dataset.failed; }, { timeout: 10000 });
    });
  });
})();
