"use strict";
// Without this file every page works by links and forms; with it, by htmx, without leaving the page.
(() => {
  const root = document.documentElement;
  root.classList.add("script");
  const byId = (id) => document.getElementById(id);

  function say(text) {
    byId("said").textContent = text;
  }

  function tellTrouble(isTrouble) {
    byId("trouble").hidden = !isTrouble;
  }

  function showFilters() {
    const button = byId("open-filters");
    if (button) button.setAttribute("aria-expanded", String(root.classList.contains("filters-open")));
  }

  function follow() {
    const listing = document.querySelector("[data-said]");
    if (!listing) return;
    const search = byId("q");
    // What the person is typing stays.
    if (search !== document.activeElement) search.value = listing.dataset.text;
    showFilters();
    say(listing.dataset.said);
    // What had the focus is gone, as a filter that was taken away: the keyboard goes on at the products.
    if (document.activeElement === document.body) byId("count").focus({ preventScroll: true });
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
    if (field.id === "near-picked") {
      byId("near").value = field.value;
      field.form.requestSubmit();
    }
  });

  document.addEventListener("search", (event) => {
    // The cross in the search field.
    if (event.target.id === "q" && !event.target.value) event.target.form.requestSubmit();
  });

  document.addEventListener("click", (event) => {
    const language = event.target.closest("[data-language]");
    if (language) language.href = language.href.replace(/back=.*/, "back=" + encodeURIComponent(location.pathname + location.search));
    const back = event.target.closest("[data-back]");
    if (back && !isCorrected && document.referrer === back.href && history.length > 1) {
      // As it was left: where it was scrolled to, with all that was loaded.
      event.preventDefault();
      history.back();
    } else if (event.target.closest("#open-filters")) {
      root.classList.toggle("filters-open");
      showFilters();
    }
  });

  // A product's way back leads to the listing, or the review, from which the person came.
  const place = "saekdong-listing";
  addEventListener("pagehide", () => {
    if (["/", "/desk/doubtful", "/desk/conflicts"].includes(location.pathname)) sessionStorage.setItem(place, location.href);
  });
  function leadBack() {
    const back = document.querySelector("[data-back]");
    if (back) back.href = sessionStorage.getItem(place) || back.href;
  }

  // The listing as it was left does not show the correction.
  let isCorrected = false;
  document.addEventListener("DOMContentLoaded", () => {
    forgetSaved();
    leadBack();
  });

  // A photo that cannot be shown gives way to the ground of its frame.
  document.addEventListener("error", (event) => {
    if (event.target.matches && event.target.matches("img")) event.target.classList.add("broken");
  }, true);

  document.addEventListener("htmx:configRequest", (event) => {
    const given = event.detail.formData;
    for (const [key, value] of [...given.entries()]) if (value === "") given.delete(key);
  });

  document.addEventListener("htmx:beforeRequest", () => tellTrouble(false));
  for (const name of ["htmx:responseError", "htmx:sendError"]) {
    document.addEventListener(name, (event) => (isCorrection(event.detail.elt) ? tellNotSaved() : tellTrouble(true)));
  }

  let known = 0;
  let places = [];
  const scrolled = () => document.querySelectorAll("#filter, #filter .swatches, #filter .list");
  document.addEventListener("htmx:beforeSwap", (event) => {
    // A refusal is the same page, which says why and keeps what was chosen.
    if (isCorrection(event.detail.requestConfig.elt) && holdsCorrection(event.detail.xhr)) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
    places = [...scrolled()].map((part) => [part.scrollLeft, part.scrollTop]);
    known = event.detail.target.id === "more" ? document.querySelectorAll("#cards > .card").length : 0;
  });
  document.addEventListener("htmx:afterSwap", () => {
    scrolled().forEach((part, index) => places[index] && part.scrollTo(...places[index]));
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id === "main") {
      forgetSaved();
      leadBack();
      isCorrected = true;
      document.querySelector(".correct [autofocus]").focus();
      return;
    }
    if (event.detail.target.id !== "more") return follow();
    // It comes once for each new card.
    if (!known) return;
    const cards = document.querySelectorAll("#cards > .card");
    if (cards[known]) cards[known].querySelector("a").focus();
    say(byId("cards").dataset.shown.replace("{count}", String(cards.length - known)));
    known = 0;
  });
  document.addEventListener("htmx:historyRestore", follow);
})();
