// Questions of a draft put in order by dragging or with the arrow keys, and inputs shown where they are of use; without this file,
// « Monter » and « Descendre » do the same, and the inputs are always there.
(function () {
  "use strict";

  // A list of choices is for the kinds of questions that have one.
  document.querySelectorAll("[data-question-form]").forEach(function (form) {
    var kind = form.elements.kind;
    var field = form.elements.choices.closest(".field");
    function show() { field.hidden = kind.value !== "choice" && kind.value !== "multiple_choice"; }
    kind.addEventListener("change", show);
    show();
  });

  // « Au moins » alone wants a number.
  document.querySelectorAll("select[name^=when-]").forEach(function (select) {
    var number = select.form.elements[select.name.replace("when-", "when-number-")];
    if (!number) { return; }
    function show() { number.closest(".field").hidden = select.value.indexOf("at_least") < 0; }
    select.addEventListener("change", show);
    show();
  });

  var told = document.querySelector("[data-moved]");
  if (!told) { return; }
  document.getElementById("drag-hint").hidden = false;
  var lists = Array.prototype.slice.call(document.querySelectorAll("ol[data-step]"));
  var proof = document.querySelector("input[name=csrf_token]").value;
  var queue = Promise.resolve();

  function rankOf(item) { return Array.prototype.indexOf.call(item.parentNode.children, item); }

  // The move is kept as soon as it is made; when somebody else moved something meanwhile, the page shows what they did.
  function keep(item) {
    var list = item.parentNode;
    var step = list.dataset.step;
    var rank = rankOf(item);
    told.textContent = item.dataset.name + " : place " + (rank + 1) + " sur " + list.children.length + ", étape " + (Number(step) + 1) + ".";
    queue = queue.then(function () {
      var body = new FormData();
      body.append("csrf_token", proof);
      body.append("seen", lists[0].dataset.plan);
      body.append("step", step);
      body.append("rank", rank);
      return fetch(item.dataset.move, { method: "POST", body: body, credentials: "same-origin" });
    }).then(function (answer) { return answer.ok ? answer.json() : Promise.reject(answer.status); }).then(function (kept) {
      lists.forEach(function (one) { one.dataset.plan = kept.seen; });
      document.querySelectorAll("[id=fields] input[name=seen]").forEach(function (input) { input.value = kept.seen; });
    }).catch(function () { location.reload(); });
  }

  function byKey(event) {
    var item = event.target.closest("li");
    var up = event.key === "ArrowUp";
    if (!up && event.key !== "ArrowDown") { return; }
    event.preventDefault();
    var list = item.parentNode;
    var place = lists.indexOf(list);
    if (up && item.previousElementSibling) { list.insertBefore(item, item.previousElementSibling); }
    else if (!up && item.nextElementSibling) { list.insertBefore(item.nextElementSibling, item); }
    else if (up && place > 0) { lists[place - 1].append(item); }
    else if (!up && place < lists.length - 1) { lists[place + 1].prepend(item); }
    else { return; }
    event.target.focus();
    keep(item);
  }

  function byPointer(event) {
    var handle = event.currentTarget;
    var item = handle.closest("li");
    var start = item.parentNode;
    var from = rankOf(item);
    if (event.button) { return; }
    event.preventDefault();
    handle.focus();
    item.classList.add("is-dragged");
    function follow(moved) {
      var under = document.elementFromPoint(moved.clientX, moved.clientY);
      var over = under && under.closest("ol[data-step] > li");
      var list = under && under.closest(".draft-step");
      if (over && over !== item) {
        var box = over.getBoundingClientRect();
        over.parentNode.insertBefore(item, moved.clientY < box.top + box.height / 2 ? over : over.nextElementSibling);
      } else if (!over && list && list.querySelector("ol[data-step]").children.length === 0) {
        list.querySelector("ol[data-step]").append(item);
      }
    }
    function drop() {
      document.removeEventListener("pointermove", follow);
      document.removeEventListener("pointerup", drop);
      document.removeEventListener("pointercancel", drop);
      item.classList.remove("is-dragged");
      if (item.parentNode !== start || rankOf(item) !== from) { keep(item); }
    }
    // On the page and not on the handle: what moves in the page loses the pointer that it holds.
    document.addEventListener("pointermove", follow);
    document.addEventListener("pointerup", drop);
    document.addEventListener("pointercancel", drop);
  }

  lists.forEach(function (list) {
    Array.prototype.forEach.call(list.children, function (item) {
      var handle = document.createElement("button");
      handle.type = "button";
      handle.className = "btn btn-quiet btn-sm draft-handle";
      handle.textContent = "⠿";
      handle.setAttribute("aria-label", "Déplacer " + item.dataset.name);
      handle.setAttribute("aria-describedby", "drag-hint");
      handle.addEventListener("keydown", byKey);
      handle.addEventListener("pointerdown", byPointer);
      item.prepend(handle);
    });
  });
})();
