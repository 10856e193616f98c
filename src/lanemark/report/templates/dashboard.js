
"use strict";
(function () {
  var buttons = Array.prototype.slice.call(document.querySelectorAll(".filter button"));
  var rows = Array.prototype.slice.call(document.querySelectorAll("tr[data-verdict]"));

  function show(verdict) {
    buttons.forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.show === verdict));
    });
    rows.forEach(function (row) {
      row.hidden = verdict !== "all" && row.dataset.verdict !== verdict;
    });
  }

  function chooseGate() {
    var wanted = "";
    try {
      wanted = decodeURIComponent(location.hash.replace(/^#gate=/, ""));
    } catch (fault) {
      return;
    }
    rows.forEach(function (row) {
      var chosen = row.dataset.gate === wanted;
      row.classList.toggle("chosen", chosen);
      if (chosen) {
        show("all");
        row.scrollIntoView({ block: "center" });
      }
    });
  }

  buttons.forEach(function (button) {
    button.addEventListener("click", function () { show(button.dataset.show); });
  });
  var filter = document.querySelector(".filter");
  if (filter) { filter.hidden = false; }
  window.addEventListener("hashchange", chooseGate);
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (details) { details.open = true; });
  });
  chooseGate();
})();
