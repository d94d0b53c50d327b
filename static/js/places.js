// A place shown on a map: a pin put by click, by keyboard, by the device or by an address; without this file one writes it.
(function () {
  "use strict";
  var STEP = 8; // pixels that an arrow moves the pin, five times more with Shift
  var PAUSE = 350;
  var leaflet;

  // The library comes with the first map that is about to be seen.
  function load(frame) {
    leaflet = leaflet || new Promise(function (done, failed) {
      var style = document.createElement("link");
      style.rel = "stylesheet";
      style.href = frame.dataset.leafletStyle;
      var script = document.createElement("script");
      script.src = frame.dataset.leaflet;
      script.onload = function () { done(window.L); };
      script.onerror = failed;
      document.head.append(style, script);
    });
    return leaflet;
  }

  function whenSeen(node, show) {
    if (!window.IntersectionObserver) { show(); return; }
    var eye = new IntersectionObserver(function (entries) {
      if (entries.some(function (entry) { return entry.isIntersecting; })) { eye.disconnect(); show(); }
    }, { rootMargin: "300px" });
    eye.observe(node);
  }

  function written(number) {
    return number.toLocaleString("fr-FR", { minimumFractionDigits: 5, maximumFractionDigits: 5 }).replace("-", "\u2212");
  }

  function begin(place) {
    var frame = place.querySelector("[data-map]");
    var words = JSON.parse(frame.dataset.words);
    var told = frame.querySelector("[data-told]");
    var text = place.querySelector("[role=combobox], input[type=text]");
    var map;
    var pin;
    var timer;
    var asked;

    place.dataset.ready = "yes";
    frame.hidden = false;

    function kept(part) { return place.querySelector('[data-carried="' + part + '"]'); }
    function button(name) { return frame.querySelector("[" + name + "]"); }

    function point() {
      var latitude = parseFloat(kept("latitude").value);
      var longitude = parseFloat(kept("longitude").value);
      return isFinite(latitude) && isFinite(longitude) ? { lat: latitude, lng: longitude } : null;
    }

    // The point is what is sent; the map only draws it.
    function put(where, source) {
      kept("latitude").value = where.lat.toFixed(6);
      kept("longitude").value = where.lng.toFixed(6);
      if (source !== "address") {
        ["ban_id", "label", "city_code", "postcode"].forEach(function (part) { kept(part).value = ""; });
      }
      draw(where, source === "address" || source === "device");
      tell(where, source === "address" ? kept("label").value : "");
      if (source !== "address") { clearTimeout(timer); timer = setTimeout(function () { lookAround(where); }, PAUSE); }
      text.dispatchEvent(new Event("change", { bubbles: true }));
    }

    function drop() {
      if (asked) { asked.abort(); }
      clearTimeout(timer);
      ["latitude", "longitude", "ban_id", "label", "city_code", "postcode"].forEach(function (part) { kept(part).value = ""; });
      if (pin) { pin.remove(); pin = null; }
      told.textContent = words.none;
      buttons();
      text.dispatchEvent(new Event("change", { bubbles: true }));
    }

    function buttons() {
      button("data-put-pin").hidden = Boolean(point());
      button("data-drop-pin").hidden = !point();
    }

    function tell(where, label) {
      var numbers = written(where.lat) + "\u00a0; " + written(where.lng);
      told.textContent = label ? words.near + " " + label + " (" + numbers + ")" : words.put + " " + numbers;
    }

    // The nearest address, to be read again; it is written in the field only if nobody wrote anything else there.
    function lookAround(where) {
      if (asked) { asked.abort(); }
      asked = new AbortController();
      fetch(frame.dataset.near + "?lat=" + where.lat.toFixed(6) + "&lon=" + where.lng.toFixed(6), { signal: asked.signal, credentials: "same-origin" })
        .then(function (answer) { return answer.ok ? answer.json() : Promise.reject(answer.status); })
        .then(function (answer) {
          if (!answer.address) { return; }
          tell(where, answer.address.label);
          if (text.value.trim() === "" || text.value === text.dataset.found) {
            text.value = text.dataset.found = answer.address.label;
            text.dispatchEvent(new Event("change", { bubbles: true }));
          }
        })
        .catch(function () { /* The coordinates are enough. */ });
    }

    function draw(where, centred) {
      buttons();
      if (!map) { return; }
      if (pin) { pin.setLatLng(where); } else { pin = newPin(where); }
      if (centred) { map.setView(where, Math.max(map.getZoom(), 17)); } else { map.panInside(where, { padding: [50, 50] }); }
    }

    function newPin(where) {
      var icon = window.L.divIcon({
        className: "place-pin",
        html: '<svg viewBox="0 0 24 32" aria-hidden="true"><path fill="currentColor" stroke="#fff" stroke-width="1.5" d="M12 1a11 11 0 0 1 11 11c0 7.5-11 19-11 19S1 19.5 1 12A11 11 0 0 1 12 1z"/><circle cx="12" cy="12" r="4" fill="#fff"/></svg>',
        iconSize: [33, 44],
        iconAnchor: [16.5, 44]
      });
      var made = window.L.marker(where, { icon: icon, draggable: true, autoPan: true }).addTo(map);
      made.on("dragend", function () { put(made.getLatLng(), "pin"); });
      made.getElement().setAttribute("aria-label", words.pin);
      made.getElement().addEventListener("keydown", function (event) {
        var way = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
        if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); drop(); button("data-put-pin").focus(); }
        if (!way) { return; }
        event.preventDefault();
        var far = STEP * (event.shiftKey ? 5 : 1);
        var here = map.latLngToContainerPoint(made.getLatLng());
        put(map.containerPointToLatLng(here.add([way[0] * far, way[1] * far])), "pin");
      });
      return made;
    }

    // Without tiles, the streets that the town knows: enough to find one's way.
    function drawStreets(L) {
      function label() { map.getContainer().classList.toggle("place-far", map.getZoom() < 16); }
      fetch(frame.dataset.plan, { credentials: "same-origin" })
        .then(function (answer) { return answer.ok ? answer.json() : Promise.reject(answer.status); })
        .then(function (answer) {
          ["place-street-edge", "place-street"].forEach(function (layer) {
            answer.streets.forEach(function (street) {
              var line = L.polyline(street.points, { className: layer, interactive: false }).addTo(map);
              if (layer === "place-street") {
                var name = document.createElement("span");
                name.textContent = street.name;
                line.bindTooltip(name, { permanent: true, direction: "center", className: "place-street-name" });
              }
            });
          });
          label();
          map.on("zoomend", label);
        })
        .catch(function () { /* A plain ground. */ });
    }

    function start(L) {
      var canvas = frame.querySelector("[data-canvas]");
      var centre = frame.dataset.centre ? frame.dataset.centre.split(",").map(Number) : null;
      canvas.setAttribute("role", "group");
      canvas.setAttribute("aria-label", words.map);
      map = L.map(canvas, { keyboard: false, zoomControl: false, scrollWheelZoom: false, minZoom: 4, maxZoom: 19 });
      map.attributionControl.setPrefix("");
      map.setView(point() || centre || [46.6, 2.4], point() ? 17 : centre ? 16 : 6);
      L.control.zoom({ zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
      if (frame.dataset.tiles) {
        var credit = document.createElement("span");
        credit.textContent = frame.dataset.credit;
        L.tileLayer(frame.dataset.tiles, { maxZoom: 19, attribution: credit.innerHTML }).addTo(map);
      }
      if (frame.dataset.plan) { drawStreets(L); }
      map.on("click", function (event) { put(event.latlng, "pin"); });
      if (point()) { draw(point(), true); }
    }

    place.addEventListener("address-chosen", function (event) { put({ lat: event.detail.latitude, lng: event.detail.longitude }, "address"); });
    place.addEventListener("address-forgotten", drop);
    place.closest("form").addEventListener("filled-again", show);
    button("data-put-pin").addEventListener("click", function () {
      var middle = map ? map.getCenter() : null;
      if (!middle) { return; }
      put(middle, "pin");
      pin.getElement().focus();
    });
    button("data-drop-pin").addEventListener("click", function () { drop(); button("data-put-pin").focus(); });
    var mine = button("data-my-position");
    if (mine) {
      mine.hidden = !navigator.geolocation || !window.isSecureContext;
      mine.addEventListener("click", function () {
        told.textContent = words.searching;
        navigator.geolocation.getCurrentPosition(function (found) {
          put({ lat: found.coords.latitude, lng: found.coords.longitude }, "device");
        }, function () { told.textContent = words.failed; }, { timeout: 10000, enableHighAccuracy: true });
      });
    }
    function show() {
      if (!point()) { buttons(); return; }
      tell(point(), kept("label").value);
      draw(point(), true);
    }
    show();
    whenSeen(frame, function () {
      load(frame).then(start).catch(function () { frame.querySelector("[data-canvas]").hidden = true; });
    });
  }

  function beginAll() { document.querySelectorAll("[data-place]:not([data-ready])").forEach(begin); }
  document.addEventListener("htmx:load", beginAll);
  beginAll();
})();
