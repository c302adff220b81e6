"use strict";
// Without this file every page works by links and forms; with it, the listing changes without leaving the page.
(() => {
  const root = document.documentElement;
  root.classList.add("script");
  const byId = (id) => document.getElementById(id);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const narrow = matchMedia("(max-width: 59.99rem)");
  let running = null;

  // The listing, fetched as the whole page, of which one part is taken.

  async function fetchListing(address) {
    running?.abort();
    running = new AbortController();
    root.classList.add("busy");
    byId("trouble").hidden = true;
    try {
      const answer = await fetch(address, { signal: running.signal });
      if (!answer.ok) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      return { address: answer.url, listing: page.getElementById("catalog") };
    } catch (error) {
      if (error.name === "AbortError") return null;
      byId("trouble").hidden = false;
      return null;
    } finally {
      root.classList.remove("busy");
    }
  }

  async function show(address, { isNew = true } = {}) {
    const found = await fetchListing(address);
    if (!found) return;
    const before = { focus: document.activeElement?.id, open: all("details[open]").map((each) => each.id), scroll: scrolled() };
    byId("catalog").replaceWith(found.listing);
    if (isNew) history.pushState(null, "", found.address);
    document.title = found.listing.dataset.title;
    const search = byId("q");
    if (search !== document.activeElement) search.value = found.listing.dataset.text;
    for (const id of before.open) if (byId(id)) byId(id).open = true;
    before.scroll.forEach((top, at) => { if (scrollers()[at]) scrollers()[at].scrollTop = top; });
    if (root.classList.contains("sheet-open")) keepSheet();
    byId("said").textContent = found.listing.dataset.count;
    // What had the focus may be gone, as a filter that was removed: the keyboard goes on at the products.
    const focus = byId(before.focus) ?? (root.classList.contains("sheet-open") ? byId("sheet-title") : byId("count"));
    if (document.activeElement === document.body) focus.focus({ preventScroll: true });
    if (isNew) toProducts();
  }

  const scrollers = () => all(".panel, .groups");
  const scrolled = () => scrollers().map((each) => each.scrollTop);

  function toProducts() {
    const top = byId("catalog").getBoundingClientRect().top + scrollY - 8;
    if (scrollY > top) scrollTo(0, top);
  }

  function addressOf(form) {
    const fields = new FormData(form);
    const given = [...fields].filter(([key, value]) => value && !(key === "match" && value === "any") && !(key === "sort" && value === "newest"));
    const query = new URLSearchParams(given);
    return query.size ? `/?${query}` : "/";
  }

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "filter") return;
    event.preventDefault();
    show(addressOf(event.target));
  });

  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.id === "near-picked") byId("near").value = field.value;
    if (field.id === "near-picked" || field.matches("[data-auto]")) show(addressOf(field.form));
  });

  document.addEventListener("search", (event) => {
    // The cross in the search field.
    if (event.target.id === "q" && !event.target.value) show(addressOf(event.target.form));
  });

  async function showMore(link) {
    const found = await fetchListing(link.href);
    if (!found) return;
    const cards = [...found.listing.querySelectorAll("#cards > li")];
    const count = cards.filter((each) => each.classList.contains("card")).length;
    byId("more").replaceWith(...cards);
    cards[0]?.querySelector("a").focus();
    byId("said").textContent = byId("cards").dataset.shown.replace("{count}", String(count));
  }

  document.addEventListener("click", (event) => {
    const target = event.target;
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    const language = target.closest("[data-language]");
    if (language) language.href = language.href.replace(/back=.*/, "back=" + encodeURIComponent(location.pathname + location.search));
    const swap = target.closest("[data-swap]");
    if (swap && isPlain) {
      event.preventDefault();
      show(swap.href);
    } else if (target.closest("#more a") && isPlain) {
      event.preventDefault();
      showMore(target.closest("a"));
    } else if (target.closest("#open-sheet")) openSheet();
    else if (target.closest("[data-close-sheet]") || (root.classList.contains("sheet-open") && !target.closest(".panel"))) closeSheet();
    leaveAsItWas(event, target.closest("[data-back]"));
  });

  addEventListener("popstate", () => { if (byId("catalog")) show(location.href, { isNew: false }); });

  // The way back leads to the listing as it was left: where it was scrolled to, with all that was loaded.

  const PLACE = "saekdong-listing";
  addEventListener("pagehide", () => { if (byId("catalog")) sessionStorage.setItem(PLACE, location.href); });
  function leaveAsItWas(event, back) {
    if (!back) return;
    const place = sessionStorage.getItem(PLACE);
    if (place && document.referrer === place && history.length > 1) {
      event.preventDefault();
      history.back();
    } else if (place) back.href = place;
  }

  // The filter as a bottom sheet on narrow screens.

  const outside = () => all(".skip, .top, .results, .bottom, main > h1");

  function openSheet() {
    const colors = document.querySelector(".colors .swatches");
    colors.prepend(...all(".colors .swatch").filter((each) => each.querySelector(":checked")));
    root.classList.add("sheet-open");
    keepSheet();
    byId("sheet-title").focus({ preventScroll: true });
    document.querySelector(".groups").scrollTop = 0;
  }

  function closeSheet() {
    if (!root.classList.contains("sheet-open")) return;
    root.classList.remove("sheet-open");
    keepSheet();
    byId("open-sheet").focus({ preventScroll: true });
  }

  function keepSheet() {
    const isOpen = root.classList.contains("sheet-open");
    for (const each of outside()) each.inert = isOpen;
    const given = Object.entries({ role: "dialog", "aria-modal": "true", "aria-labelledby": "sheet-title" });
    for (const [name, value] of given) isOpen ? byId("sheet").setAttribute(name, value) : byId("sheet").removeAttribute(name);
  }

  narrow.addEventListener("change", () => { if (!narrow.matches) closeSheet(); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") closeSheet(); });

  // Photos: the second one under the pointer, formats far from square whole, broken ones not at all.

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse" || !event.target.closest) return;
    const photo = event.target.closest(".card")?.querySelector("[data-second]");
    if (!photo) return;
    const image = new Image();
    image.className = "second";
    image.alt = "";
    image.onload = () => image.classList.add("ready");
    image.src = photo.dataset.second;
    photo.append(image);
    delete photo.dataset.second;
  });

  document.addEventListener("load", (event) => {
    const image = event.target;
    if (!image.matches?.(".photo img")) return;
    const format = image.naturalWidth / image.naturalHeight;
    image.classList.toggle("odd", format > 1.6 || format < 0.6);
  }, true);

  document.addEventListener("error", (event) => {
    if (event.target.matches?.("img")) event.target.classList.add("broken");
  }, true);

  addEventListener("scroll", () => root.classList.toggle("scrolled", scrollY > innerHeight), { passive: true });
})();
