// The letter, or the question of a form, follows what is typed, once typing pauses; without this file « Actualiser l’aperçu » shows it.
(function () {
  "use strict";

  var button = document.querySelector("[data-preview]");
  if (button) {
    var form = button.form;
    var frame = document.querySelector(".letter-frame");
    var asked = 0;
    var timer;

    // Only the body of the page in the frame changes: no flash of white, no entry in the browser's history.
    function show() {
      var mine = ++asked;
      fetch(button.formAction, { method: "POST", body: new FormData(form), credentials: "same-origin" })
        .then(function (answer) { return answer.ok ? answer.text() : Promise.reject(answer.status); })
        .then(function (text) {
          var page = new DOMParser().parseFromString(text, "text/html");
          var seen = frame.contentDocument;
          if (mine === asked && seen && seen.body) {
            seen.body.className = page.body.className;
            seen.body.replaceChildren.apply(seen.body, Array.prototype.slice.call(page.body.childNodes));
          }
        })
        .catch(function () { /* The button still asks the server, and shows what it answers. */ });
    }

    // A placeholder is put where the cursor stands; without this file it is copied from the list.
    var area = form.elements.body;
    form.querySelectorAll(".placeholders code").forEach(function (code) {
      var insert = document.createElement("button");
      insert.type = "button";
      insert.className = "btn btn-quiet btn-sm";
      insert.title = code.closest("[data-insert]").dataset.insert;
      code.replaceWith(insert);
      insert.append(code);
      insert.addEventListener("click", function () {
        area.setRangeText(code.textContent, area.selectionStart, area.selectionEnd, "end");
        area.focus();
        area.dispatchEvent(new Event("input", { bubbles: true }));
      });
    });

    form.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(show, 600); });
    button.addEventListener("click", function (event) { event.preventDefault(); clearTimeout(timer); show(); });
  }

  // A page that waits for its PDF looks again by itself.
  if (document.querySelector("[data-try-again]")) { setTimeout(function () { location.reload(); }, 2000); }
})();
