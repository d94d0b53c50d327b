// A menu made of <details> closes on Escape and when the focus or the pointer leaves it.
(function () {
  "use strict";
  document.querySelectorAll("details[data-menu]").forEach(function (menu) {
    menu.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && menu.open) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    });
    menu.addEventListener("focusout", function (event) {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) { menu.open = false; }
    });
    document.addEventListener("pointerdown", function (event) {
      if (!menu.contains(event.target)) { menu.open = false; }
    });
  });
})();
