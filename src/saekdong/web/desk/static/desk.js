"use strict";
// The desk works by links and forms; this adds keys, and answers without loading the page again.
(() => {
  const byId = (id) => document.getElementById(id);
  const all = (selector) => [...document.querySelectorAll(selector)];

  // The current station is in view where the header is too narrow for all.
  document.addEventListener("DOMContentLoaded", () => {
    const current = document.querySelector(".stations [aria-current]");
    if (current) current.scrollIntoView({ block: "nearest", inline: "center" });
    if (byId("review")) begin();
  });

  // The review

  let since = 0;
  let chosen = [];
  let before = [];
  let isAsking = false;

  function begin() {
    since = performance.now();
    chosen = [];
    const address = new URL(location);
    if (address.searchParams.has("saved")) {
      address.searchParams.delete("saved");
      history.replaceState(null, "", address);
    }
  }

  const question = () => byId("question");

  // Enter says that the model is right until a color is chosen.
  function showChoice() {
    const enter = document.querySelector("[data-save]");
    if (!enter) return;
    const [strong, weak] = chosen.length ? [enter, document.querySelector("[value=right]")] : [document.querySelector("[value=right]"), enter];
    strong.classList.add("strong");
    weak.classList.remove("strong");
    strong.append(document.querySelector("[data-answer] .row kbd"));
  }

  function choose(box) {
    chosen = chosen.filter((each) => each !== box.value);
    if (box.checked) chosen.push(box.value);
    box.form.elements.order.value = chosen.join(" ");
    showChoice();
  }

  function tellNotSaved() {
    const alert = byId("not-saved");
    alert.textContent = alert.dataset.unanswered;
    alert.hidden = false;
    alert.focus();
  }

  async function show(address, options) {
    if (isAsking) return;
    isAsking = true;
    byId("review").dataset.asking = "yes";
    try {
      const answer = await fetch(address, { credentials: "same-origin", ...options });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.getElementById("review");
      if (!next) return tellNotSaved();
      byId("review").replaceWith(document.adoptNode(next));
      since = performance.now();
      chosen = [];
      const alert = byId("not-saved");
      if (!alert.hidden) alert.focus();
    } catch {
      tellNotSaved();
    } finally {
      isAsking = false;
      delete byId("review").dataset.asking;
    }
  }

  function send(form, button) {
    const data = new FormData(form);
    if (button && button.name) data.set(button.name, button.value);
    if (data.has("seconds")) data.set("seconds", ((performance.now() - since) / 1000).toFixed(1));
    if (form.matches("[data-answer]") && question()) before.push(question().dataset.item);
    return show(form.action, { method: "POST", body: new URLSearchParams(data) });
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-answer] [name=label]")) choose(event.target);
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("#review form[method=post]")) return;
    event.preventDefault();
    const button = event.submitter || document.querySelector("[data-answer] .strong");
    send(event.target, button);
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-button]")) byId("keys").showModal();
  });

  const isTyping = (element) => element.matches("input:not([type=checkbox]), textarea, select");

  const acts = {
    Enter: () => document.querySelector("[data-answer] .strong"),
    KeyO: () => document.querySelector("[data-key=KeyO]"),
    KeyS: () => document.querySelector("[data-key=KeyS]"),
    KeyZ: () => document.querySelector("[data-undo] button"),
  };

  function move(code) {
    const following = document.querySelector("[data-following]");
    if (code === "KeyJ" && following) {
      before.push(question().dataset.item);
      return show(following.href);
    }
    if (code === "KeyK" && before.length) return show("/desk/review?item=" + before.pop());
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const bulk = document.querySelector("form.bulk");
    if (bulk && event.code === "Enter" && !event.target.closest("a, button, select")) {
      event.preventDefault();
      return bulk.requestSubmit();
    }
    if (!byId("review") || isTyping(event.target)) return;
    const dialog = byId("keys");
    if (dialog && (event.key === "?" || (dialog.open && event.key === "Escape"))) {
      event.preventDefault();
      return dialog.open ? dialog.close() : dialog.showModal();
    }
    if (dialog && dialog.open) return;
    if (event.code === "Enter" && event.target.closest("a, button")) return;
    const box = document.querySelector(`[data-code="${event.code}"]`);
    if (box) {
      event.preventDefault();
      box.checked = !box.checked;
      return choose(box);
    }
    if (event.code === "KeyJ" || event.code === "KeyK") return move(event.code);
    const button = acts[event.code] && acts[event.code]();
    if (!button || event.repeat) return;
    event.preventDefault();
    send(button.form, button);
  });

  // Products: one after another in a panel beside the list, more of them below, and the list as it was left

  const panel = () => byId("panel");
  let opened = null;

  async function open(link) {
    opened = link.closest("[data-product]");
    const answer = await fetch(link.href, { credentials: "same-origin" });
    fill(await answer.text());
  }

  function fill(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    const product = page.querySelector("article.product");
    if (!product) return false;
    const further = product.querySelectorAll(".photos > :not(:first-child)");
    for (const each of further) each.remove();
    byId("panel-body").replaceChildren(document.adoptNode(product));
    panel().hidden = false;
    document.documentElement.classList.add("with-panel");
    for (const each of all(".card.open")) each.classList.remove("open");
    if (opened) {
      opened.classList.add("open");
      opened.scrollIntoView({ block: "nearest" });
    }
    const first = panel().querySelector("[autofocus]:not([hidden]), form.correct input[type=checkbox], a, button");
    if (first) first.focus({ preventScroll: true });
    return true;
  }

  function close() {
    panel().hidden = true;
    document.documentElement.classList.remove("with-panel");
    for (const each of all(".card.open")) each.classList.remove("open");
    if (opened) opened.querySelector("a").focus();
  }

  // The card shows what was saved.
  function renew(card, text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    const bars = [...page.querySelectorAll(".facts .bars li")];
    const list = document.createElement("ul");
    list.className = "tags";
    for (const bar of bars) {
      const item = document.createElement("li");
      item.append(...[...bar.querySelector("a").childNodes].map((each) => document.importNode(each, true)), document.importNode(bar.querySelector(".share"), true));
      list.append(item);
    }
    const old = card.querySelector(".tags");
    if (old) old.replaceWith(list);
    else card.querySelector("h3").after(list);
    card.classList.add("done");
  }

  async function save(form, button) {
    const data = new FormData(form);
    const isNext = button && button.value === "save-next";
    data.set("do", isNext ? "save" : button ? button.value : "save");
    const answer = await fetch(form.action, { method: "POST", credentials: "same-origin", body: new URLSearchParams(data) });
    const text = await answer.text();
    if (answer.ok && opened) renew(opened, text);
    const next = opened && opened.nextElementSibling && opened.nextElementSibling.querySelector("[data-panel]");
    if (answer.ok && isNext && next) return open(next);
    fill(text);
  }

  async function showMore(link) {
    const answer = await fetch(link.href, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const cards = [...page.querySelectorAll("#cards > li")].map((each) => document.adoptNode(each));
    if (!cards.length) return location.assign(link.href);
    byId("cards").append(...cards);
    const more = page.querySelector("[data-more]");
    if (more) link.href = more.href;
    else link.closest(".more").remove();
    cards[0].querySelector("a").focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    if (event.target.closest("[data-panel-close]")) return close();
    const more = event.target.closest("[data-more]");
    const link = event.target.closest("[data-panel]");
    if (!more && !(link && matchMedia("(min-width: 60rem)").matches)) return;
    event.preventDefault();
    (more ? showMore(more) : open(link)).catch(() => location.assign((more || link).href));
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("#panel form.correct")) return;
    event.preventDefault();
    save(event.target, event.submitter).catch(tellNotSaved);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel() && !panel().hidden) close();
  });

  const kept = () => "saekdong-desk " + location.pathname + location.search;
  addEventListener("pagehide", () => {
    const cards = byId("cards");
    if (!cards || !document.querySelector("form.several")) return;
    const more = document.querySelector("[data-more]");
    try {
      sessionStorage.setItem(kept(), JSON.stringify([cards.innerHTML, more && more.href, scrollY]));
    } catch {
      // The list is too long to keep: it begins again.
    }
  });
  document.addEventListener("DOMContentLoaded", () => {
    const [navigation] = performance.getEntriesByType("navigation");
    const left = sessionStorage.getItem(kept());
    if (!left || !navigation || navigation.type !== "back_forward" || !byId("cards")) return;
    const [cards, more, top] = JSON.parse(left);
    byId("cards").innerHTML = cards;
    const link = document.querySelector("[data-more]");
    if (link && more) link.href = more;
    else if (link) link.closest(".more").remove();
    scrollTo(0, top);
  });
})();
