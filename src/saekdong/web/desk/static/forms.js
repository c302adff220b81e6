"use strict";
// Without this file every page works by links and forms; with it, by htmx, without leaving the page.
(() => {
  const root = document.documentElement;
  root.classList.add("script");
  const byId = (id) => document.getElementById(id);

  function tellTrouble(isTrouble) {
    byId("trouble").hidden = !isTrouble;
  }

  // "Other" says that no color fits: choosing it clears the colors, and a color clears it.
  function keepApart(chosen) {
    if (!chosen.checked) return;
    for (const each of chosen.form.elements.label) if ((each.value === "other") !== (chosen.value === "other")) each.checked = false;
  }

  const isCorrection = (element) => element && element.matches("form.correct");
  const holdsCorrection = (request) => request.responseText.includes('class="correct"');

  function tellNotSaved() {
    const alert = byId("not-saved");
    alert.textContent = alert.dataset.unanswered;
    alert.hidden = false;
    alert.focus();
  }

  // What was said once is not said again when the page is loaded again.
  function forgetSaved() {
    const address = new URL(location);
    if (!address.searchParams.has("saved")) return;
    address.searchParams.delete("saved");
    history.replaceState(history.state, "", address);
  }

  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.matches(".correct [name=label]")) keepApart(field);
    if (field.matches("[data-auto]")) field.form.requestSubmit();
  });

  document.addEventListener("click", (event) => {
    const language = event.target.closest("[data-language]");
    if (language) language.href = language.href.replace(/back=.*/, "back=" + encodeURIComponent(location.pathname + location.search));
    const back = event.target.closest("[data-back]");
    if (back && !isCorrected && document.referrer === back.href && history.length > 1) {
      // As it was left: where it was scrolled to, with all that was loaded.
      event.preventDefault();
      history.back();
    }
  });

  // A product's way back leads to the list from which the person came.
  const place = "saekdong-list";
  addEventListener("pagehide", () => {
    if (location.pathname === "/desk/products") sessionStorage.setItem(place, location.href);
  });
  function leadBack() {
    const back = document.querySelector("[data-back]");
    if (back) back.href = sessionStorage.getItem(place) || back.href;
  }

  // The list as it was left does not show the correction.
  let isCorrected = false;
  document.addEventListener("DOMContentLoaded", () => {
    forgetSaved();
    leadBack();
  });

  // A photo that cannot be shown gives way to the ground of its frame.
  document.addEventListener("error", (event) => {
    if (event.target.matches && event.target.matches("img")) event.target.classList.add("broken");
  }, true);

  document.addEventListener("htmx:beforeRequest", () => tellTrouble(false));
  for (const name of ["htmx:responseError", "htmx:sendError"]) {
    document.addEventListener(name, (event) => (isCorrection(event.detail.elt) ? tellNotSaved() : tellTrouble(true)));
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    // A refusal is the same page, which says why and keeps what was chosen.
    if (!isCorrection(event.detail.requestConfig.elt) || !holdsCorrection(event.detail.xhr)) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id !== "main") return;
    const focused = document.querySelector(".correct [autofocus]");
    if (!focused) return;
    forgetSaved();
    leadBack();
    isCorrected = true;
    focused.focus();
  });
})();
