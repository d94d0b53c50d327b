// A draft is kept while it is typed, and files leave as soon as they are chosen; without this file, buttons do both.
document.querySelectorAll("form[data-draft]").forEach(function (form) {
  "use strict";
  var PAUSE = 5000;
  var LEAST = 15000;
  var told = form.querySelector("[data-draft-status]");
  var timer, travelling, last = 0, typed = false, left = false;

  // What is typed, without the files (each leaves by itself) and without taking any away: ticking is not deciding.
  function content(file, name) {
    var data = new FormData(form);
    form.querySelectorAll("input[type=file]").forEach(function (input) { data.delete(input.name); });
    data.delete("drop_file");
    data.delete("earlier_file");
    if (file) { data.append(name, file); }
    return data;
  }

  function say(sentence) { if (told && sentence && told.textContent !== sentence) { told.textContent = sentence; } }

  function send(data, progress, done) {
    var request = new XMLHttpRequest();
    request.open("POST", form.dataset.draft);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    if (progress) { request.upload.addEventListener("progress", progress); }
    request.addEventListener("loadend", function () { done(request.status === 200 ? request.response : null); });
    request.send(data);
    return request;
  }

  // Saved at the first pause, and not more often than LEAST: never in the way, never announced for nothing.
  function save() {
    if (!typed || travelling || left) { return; }
    typed = false;
    last = Date.now();
    travelling = send(content(), null, function (answer) {
      travelling = null;
      if (answer) { say(answer.saved); } else { typed = true; }
    });
  }

  // A link was followed, the screen locked, the tab closed: this request outlives the page.
  function leave() {
    if (!typed || left) { return; }
    if (travelling) { travelling.abort(); }
    typed = false;
    last = Date.now();
    function fail() { typed = true; }
    fetch(form.dataset.draft, { method: "POST", body: content(), headers: { Accept: "application/json" }, keepalive: true })
      .then(function (answer) { return answer.ok ? answer.json() : Promise.reject(answer); })
      .then(function (answer) { say(answer.saved); }).catch(fail);
  }

  function later() {
    typed = true;
    clearTimeout(timer);
    timer = setTimeout(save, Math.max(PAUSE, last + LEAST - Date.now()));
  }

  form.addEventListener("input", later);
  form.addEventListener("change", later);
  // On a slow line, somebody may have begun before this file arrived.
  var begun = Array.prototype.some.call(form.elements, function (one) {
    return one.type !== "file" && one.type !== "hidden" && "defaultValue" in one && one.value !== one.defaultValue;
  });
  if (begun) { later(); }
  document.addEventListener("visibilitychange", function () { if (document.hidden) { leave(); } });
  // Once the form itself is on its way, nothing else is: what it brings is the last word.
  form.addEventListener("submit", function () {
    left = true;
    clearTimeout(timer);
    if (travelling) { travelling.abort(); }
    form.querySelectorAll("input[type=file]").forEach(function (input) { if (input.leaving) { input.leaving.abort(); } });
  });
  window.addEventListener("pageshow", function () { left = false; });

  function part(tag, className, text) {
    var made = document.createElement(tag);
    if (className) { made.className = className; }
    if (text) { made.textContent = text; }
    return made;
  }

  // What was received, as the server would list it, with a picture of it when it is one.
  function list(input, file, kept) {
    var group = input.closest(".field").nextElementSibling; // under its own question, not under the one before
    if (!group || !group.matches(".kept-files")) {
      group = part("fieldset", "kept-files");
      group.append(part("legend", "", form.dataset.received), part("ul", "attachments"));
      input.closest(".field").after(group);
    }
    var id = "drop-" + kept.token.slice(-12) + "-" + form.querySelectorAll(".kept-files li").length;
    var line = part("li");
    var mark = part("input");
    mark.type = "hidden";
    mark.name = "kept_file";
    mark.value = kept.token;
    line.append(mark);
    if (/^image\/(jpeg|png|webp|gif)$/.test(file.type)) {
      var picture = part("img", "preview");
      picture.alt = "";
      picture.src = URL.createObjectURL(file);
      picture.addEventListener("load", function () { URL.revokeObjectURL(picture.src); });
      line.append(picture, " ");
    }
    var drop = part("div", "form-check");
    var box = part("input", "tick");
    box.type = "checkbox";
    box.id = id;
    box.name = "drop_file";
    box.value = kept.token;
    var label = part("label", "form-check-label", form.dataset.drop + " ");
    label.htmlFor = id;
    label.append(part("span", "visually-hidden", kept.name));
    drop.append(box, label);
    line.append(kept.name + " ", part("span", "text-soft", "(" + kept.size + ")"), drop);
    group.querySelector("ul").append(line);
  }

  function upload(input) {
    var files = Array.prototype.slice.call(input.files);
    var most = Number(form.dataset.maxBytes);
    if (!files.length || left || input.leaving || files.some(function (file) { return file.size > most; })) { return; }
    var state = part("p", "upload");
    state.setAttribute("role", "status");
    var bar = part("progress");
    bar.max = 100;
    bar.setAttribute("aria-label", form.dataset.sending);
    var words = part("span", "", form.dataset.sending);
    state.append(words, " ", bar);
    input.after(state);
    var stay = new DataTransfer();
    var refused = [];

    function next() {
      var file = files.shift();
      if (!file || left) { end(); return; }
      words.textContent = form.dataset.sending + " " + file.name;
      bar.removeAttribute("value");
      input.leaving = send(content(file, input.name), function (event) {
        if (event.lengthComputable) { bar.value = Math.round(100 * event.loaded / event.total); }
      }, function (answer) {
        var mine = answer && !answer.errors[input.name] && answer.files.filter(function (one) {
          return one.field === input.name && !form.querySelector('.kept-files [name=kept_file][value="' + one.token + '"]');
        });
        if (mine && mine.length) {
          list(input, file, mine[mine.length - 1]);
          say(answer.saved);
        } else if (answer && answer.errors[input.name]) {
          refused.push(answer.errors[input.name]);
        } else if (!mine) {
          stay.items.add(file);
        }
        next();
      });
    }

    // Whatever did not arrive stays chosen: the form brings it when it is sent.
    function end() {
      input.leaving = null;
      state.remove();
      if (left) { return; }
      input.files = stay.files;
      var told = input.parentElement.querySelector("[role=alert]");
      if (told && refused.length) { told.textContent = refused.join(" "); }
    }

    next();
  }

  form.addEventListener("change", function (event) { if (event.target.type === "file") { upload(event.target); } });
});
