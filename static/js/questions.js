// The questions of a form appear as soon as an answer calls for them; without this file the server does it at sending.
(function () {
  "use strict";
  var form = document.querySelector("form[data-conditional-form]");
  if (!form) { return; }

  // How each language of the pages writes numbers.
  var NUMBERS = { en: "en-GB", ar: "ar-MA", pt: "pt-PT", uk: "uk-UA" };

  // What was answered on other pages of the same form: input name → texts.
  var elsewhere = JSON.parse(form.dataset.known || "{}");

  function isHere(name) { return Boolean(form.elements[name]); }

  // The answers to an input name, as the server would read them: yes and no are the booleans of conditions.
  function answers(name) {
    if (!isHere(name)) { return elsewhere[name] || []; }
    return Array.prototype.filter.call(form.elements, function (input) {
      var off = (input.type === "checkbox" || input.type === "radio") ? !input.checked : input.value === input.dataset.none;
      return input.name === name && !off && !input.closest("[hidden]") && input.value.trim() !== "";
    }).map(function (input) { return input.value.trim(); });
  }

  // Every name that has an answer and begins so, once: the parts of a person, the repetitions of a block.
  function names(beginning) {
    var here = Array.prototype.map.call(form.elements, function (input) { return input.name || ""; });
    return here.concat(Object.keys(elsewhere)).filter(function (name, rank, all) {
      return name.indexOf(beginning) === 0 && all.indexOf(name) === rank && answers(name).length;
    });
  }

  function same(given, expected) {
    if (expected === true) { return given === "yes"; }
    if (expected === false) { return given === "no"; }
    return given === String(expected);
  }

  // Inside a repetition (« child-1.… »), one looks at that repetition first, then at the whole form.
  function own(code, prefix) { return prefix && isHere(prefix + code) ? prefix + code : code; }

  function given(code, prefix) {
    var name = own(code, prefix);
    if (isHere(name) || elsewhere[name]) { return answers(name); }
    return names(name + ".").concat(names(name + "-")).reduce(function (all, part) { return all.concat(answers(part)); }, []);
  }

  function number(text) { return parseFloat(text.replace(/\s/g, "").replace("\u2212", "-").replace(",", ".")); }

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

  function sum(all) { return all.reduce(function (total, one) { return total + one; }, 0); }

  function day(text) {
    var french = /^(\d{1,2})[\/.\- ](\d{1,2})[\/.\- ](\d{4})$/.exec(text || "");
    var iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text || "");
    if (!french && !iso) { return NaN; }
    return iso ? Date.UTC(iso[1], iso[2] - 1, iso[3]) : Date.UTC(french[3], french[2] - 1, french[1]);
  }

  var OPERATIONS = {
    add: sum,
    subtract: function (terms) { return terms[0] - terms[1]; },
    multiply: function (terms) { return terms.reduce(function (product, one) { return product * one; }, 1); },
    divide: function (terms) { return terms[1] ? terms[0] / terms[1] : NaN; },
    least: function (terms) { return Math.min.apply(null, terms); },
    most: function (terms) { return Math.max.apply(null, terms); }
  };

  // A calculated value, to be seen at once (NaN when it has none): the server computes it again, and that one counts.
  function worth(formula, prefix) {
    if (typeof formula !== "object") { return Number(formula); }
    if ("each" in formula) {
      var prices = names(formula.each + "-").filter(function (name) { return name.slice(name.indexOf(".") + 1) === formula.field; });
      return prices.length ? sum(prices.map(function (name) { return number(answers(name)[0]); })) : NaN;
    }
    if ("count" in formula) {
      return names(formula.count + "-").map(function (name) { return name.split(".")[0]; })
        .filter(function (name, rank, all) { return all.indexOf(name) === rank; }).length;
    }
    if ("days" in formula) {
      return (day(answers(formula.days + ".end")[0]) - day(answers(formula.days + ".start")[0])) / 86400000 + 1;
    }
    if ("worth" in formula) { return Number(formula.amounts[given(formula.worth, prefix)[0]]); }
    if ("field" in formula) {
      var found = given(formula.field, prefix);
      return found.length ? number(found[0]) : "otherwise" in formula ? formula.otherwise : NaN;
    }
    var name = Object.keys(formula)[0];
    return OPERATIONS[name](formula[name].map(function (term) { return worth(term, prefix); }));
  }

  function written(value, output) {
    var least = output.dataset.unit === "€" && value % 1 ? 2 : 0;
    var digits = { minimumFractionDigits: least, maximumFractionDigits: Number(output.dataset.decimals) };
    return value.toLocaleString(NUMBERS[document.documentElement.lang] || "fr-FR", digits) + (output.dataset.unit ? "\u00a0" + output.dataset.unit : "");
  }

  function compute(output) {
    var dot = output.name.lastIndexOf(".");
    var value = worth(JSON.parse(output.dataset.formula), dot > 0 ? output.name.slice(0, dot + 1) : "");
    output.value = isFinite(value) ? written(value, output) : output.dataset.none;
  }

  var shown = form.querySelector("[data-shown]");

  // In the order of the page: a question only depends on those before it.
  function refresh() {
    var open = [];
    form.querySelectorAll("[data-when], [data-formula]").forEach(function (place) {
      if (place.dataset.formula) { compute(place); return; }
      var name = place.dataset.name;
      var dot = name.lastIndexOf(".");
      place.hidden = !holds(JSON.parse(place.dataset.when), dot > 0 ? name.slice(0, dot + 1) : "");
      if (!place.hidden && !place.parentElement.closest("[data-when][hidden]")) { open.push(name); }
    });
    shown.value = open.join(" ");
    form.querySelectorAll("[data-without-script]").forEach(function (button) { button.hidden = true; });
  }
  form.addEventListener("input", refresh);
  form.addEventListener("change", refresh);
  window.addEventListener("pageshow", refresh);
  // At the desk, choosing another procedure brings other questions.
  document.addEventListener("htmx:afterSettle", refresh);
  refresh();

  // As the limit is written, unit and all; rounded up, so that what is refused never looks like what is allowed.
  function weight(bytes) {
    var millions = (Math.ceil(bytes / 1e5) / 10).toLocaleString(NUMBERS[document.documentElement.lang] || "fr-FR");
    return form.dataset.limit.replace(/[0-9.,]+/, millions);
  }

  // A file too heavy is told at once, not after a long sending, in the words that the server has for it.
  form.querySelectorAll("input[type=file]").forEach(function (input) {
    var told = document.createElement("p");
    told.className = "field-error";
    told.setAttribute("role", "alert");
    input.after(told);
    input.addEventListener("change", function () {
      var heavy = Array.prototype.filter.call(input.files, function (file) { return file.size > Number(form.dataset.maxBytes); });
      told.textContent = heavy.map(function (file) {
        var said = { "{name}": file.name, "{size}": weight(file.size) };
        return form.dataset.tooBig.replace(/\{name\}|\{size\}/g, function (hole) { return said[hole]; });
      }).join(" ");
    });
  });
})();
