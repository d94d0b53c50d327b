// An answer that waits before it leaves: the seconds go by, then the button goes. Without this file the server decides.
(function () {
  "use strict";
  var notice = document.querySelector("[data-departure]");
  if (!notice) { return; }
  var end = Date.now() + Number(notice.dataset.departure) * 1000;
  var said = notice.querySelector("[data-said]");
  var seconds = notice.querySelector("[data-seconds]");
  var bar = notice.querySelector("progress");
  var form = notice.querySelector("form");
  bar.hidden = seconds.hidden = false;

  // The status is spoken at the start and at the end only: a count read aloud every second would cover the page.
  var timer = setInterval(function () {
    var left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    bar.value = left;
    seconds.textContent = left + " s";
    if (left) { return; }
    clearInterval(timer);
    bar.hidden = seconds.hidden = true;
    var held = form.contains(document.activeElement);
    form.remove();
    said.textContent = notice.dataset.gone;
    if (held) { said.tabIndex = -1; said.focus(); }
  }, 250);
}());
