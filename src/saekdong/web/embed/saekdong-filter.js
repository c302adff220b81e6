/*!
 * <saekdong-filter catalog="https://colors.shop.example">: a shop's products by color, inside the shop's own page.
 *
 * Attributes  catalog   the address of `saekdong studio --shop-only`; required
 *             lang      ko or en; by default that of the page around it
 *             category  a path such as "Apparel > Shoes"; only its products are listed
 * Property    query     {color: [ids], match, q, category, min, max, near, sort}; set it to filter from outside
 * Events      saekdong-change   a person changed the filter: detail {query}
 *             saekdong-results  products arrived: detail {query, total, products}
 *             saekdong-select   a product was opened: detail {product}; preventDefault() keeps the page
 *             saekdong-error    the catalog did not answer: detail {message}
 * Theme       --saekdong-accent, -on-accent, -ink, -muted, -ground, -line, -tile, -radius, -columns, -font
 *             ::part(search | filter | swatch | chips | chip | status | sort | list | card | photo | title | price |
 *             colors | more | empty | error)
 */
(() => {
  "use strict";
  if (customElements.get("saekdong-filter")) return;

  const TEXTS = {
    en: {
      filter: "Filter by color", colors: "Color", others: "Other colors", search: "Search products", match: "Several colors",
      any: "Any of them", all: "All of them", near: "Similar color", pick: "Pick a color", category: "Category",
      everything: "All categories", sort: "Sort by", newest: "Newest", price: "Price, low to high",
      "price-desc": "Price, high to low", chosen: "Filters in use", remove: "Remove {name}", clear: "Clear all",
      more: "Show more", nothing: "No product matches.", trouble: "The products could not be loaded.", retry: "Try again",
      similar: "Similar to {color}", has: "Colors: {names}", loading: "Loading",
    },
    ko: {
      filter: "색상 필터", colors: "색상", others: "다른 색상", search: "상품 검색", match: "여러 색상", any: "하나라도 포함",
      all: "모두 포함", near: "비슷한 색", pick: "색 고르기", category: "카테고리", everything: "전체 카테고리", sort: "정렬",
      newest: "최신순", price: "낮은 가격순", "price-desc": "높은 가격순", chosen: "적용한 필터", remove: "{name} 빼기",
      clear: "모두 지우기", more: "더 보기", nothing: "맞는 상품이 없습니다.", trouble: "상품을 불러오지 못했습니다.",
      retry: "다시 시도", similar: "{color}와 비슷한 색", has: "색상: {names}", loading: "불러오는 중",
    },
  };

  const STYLE = `
    :host { --accent: var(--saekdong-accent, #1f2a52); --on-accent: var(--saekdong-on-accent, #fff);
      --ink: var(--saekdong-ink, #1b1b1d); --muted: var(--saekdong-muted, #5b5c61); --ground: var(--saekdong-ground, #fff);
      --line: var(--saekdong-line, #d3d3d8); --tile: var(--saekdong-tile, #f5f5f5); --radius: var(--saekdong-radius, .5rem);
      display: block; container-type: inline-size; color: var(--ink); background: var(--ground);
      font: var(--saekdong-font, inherit); line-height: 1.45; word-break: keep-all; overflow-wrap: anywhere; }
    :host([hidden]), [hidden] { display: none !important; }
    * { box-sizing: border-box; }
    ul, fieldset, p { margin: 0; padding: 0; border: 0; list-style: none; min-width: 0; }
    a { color: inherit; }
    button, input, select { font: inherit; color: inherit; background: none; border: 1px solid var(--line); border-radius: var(--radius); }
    button, select, [type=search] { min-height: 2.75rem; padding: 0 .8rem; }
    button, select, label, summary { cursor: pointer; }
    select { max-width: 100%; background: var(--ground); }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    .all { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; position: relative; }
    .filter { display: grid; grid-template-columns: minmax(0, 1fr); gap: .8rem; }
    .bar { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; }
    .bar label { display: flex; gap: .5rem; align-items: center; min-height: 2.75rem; min-width: 0; }
    [type=search] { flex: 1 1 12rem; min-width: 0; width: 100%; }
    [type=color] { width: 2.75rem; height: 2.75rem; padding: .25rem; }
    .swatches { display: flex; flex-wrap: wrap; gap: .35rem; }
    .swatch { position: relative; display: flex; gap: .4rem; align-items: center; min-height: 2.5rem; padding: .2rem .7rem .2rem .4rem; border: 1px solid var(--line); border-radius: 2rem; }
    .swatch:has(:checked) { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
    .swatch:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: 2px; }
    .swatch input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
    .dot { flex: none; width: 1.5rem; height: 1.5rem; }
    .dot circle { stroke: #0005; stroke-width: 1; }
    .colors .dot { width: 1rem; height: 1rem; }
    .count { color: var(--muted); font-size: .85em; font-variant-numeric: tabular-nums; }
    summary { width: fit-content; padding: .5rem 0; text-decoration: underline; text-underline-offset: .2em; }
    .chips { display: flex; flex-wrap: wrap; gap: .4rem; }
    .chips button { display: flex; gap: .4rem; align-items: center; min-height: 2.25rem; border-radius: 2rem; }
    .status { margin-right: auto; font-weight: 600; }
    .list { display: grid; grid-template-columns: repeat(var(--saekdong-columns, auto-fill), minmax(min(var(--saekdong-card, 9.5rem), 45%), 1fr)); gap: 1.5rem .9rem; }
    .card { position: relative; display: grid; align-content: start; gap: .2rem; min-width: 0; }
    .photo { aspect-ratio: 1; overflow: hidden; border-radius: var(--radius); background: var(--tile); }
    .photo img { display: block; width: 100%; height: 100%; object-fit: cover; mix-blend-mode: multiply; }
    .photo .broken { visibility: hidden; }
    .title { text-decoration: none; }
    .title::after { content: ""; position: absolute; inset: 0; }
    .title:focus-visible { outline: none; }
    .title:focus-visible::after { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: var(--radius); }
    .card:hover .title { text-decoration: underline; }
    .price { font-weight: 600; }
    .colors { display: flex; flex-wrap: wrap; gap: .25rem; }
    .more { justify-self: center; min-width: 12rem; }
    .strong { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
    .busy .list { opacity: .55; }
    @container (min-width: 48rem) { .list { gap: 2rem 1.2rem; } }
    @media (prefers-reduced-motion: no-preference) { .list { transition: opacity .15s; } }
  `;

  const SVG = "http://www.w3.org/2000/svg";
  const STRIPES = ["#c8202f", "#f4cf3a", "#3c8a45", "#2f6fc4", "#7b4aa0", "#f09ab8"];
  const SORTS = ["newest", "price", "price-desc"];
  const KEYS = ["match", "q", "category", "min", "max", "near", "sort"];
  let made = 0;

  function h(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value === true) element.setAttribute(key, "");
      else if (value !== false && value != null) element.setAttribute(key, value);
    }
    element.append(...children.filter((child) => child != null && child !== ""));
    return element;
  }

  function svg(name, attributes, ...children) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  // Colors as attributes of a drawing: a page's content security policy may forbid inline styles.
  function dot(color) {
    if (color) return svg("svg", { class: "dot", viewBox: "0 0 20 20", "aria-hidden": "true" }, svg("circle", { cx: 10, cy: 10, r: 9, fill: color }));
    const id = `saekdong-${++made}`;
    const stripes = STRIPES.map((each, at) => svg("rect", { x: (at * 20) / 6, width: 20 / 6 + 0.1, height: 20, fill: each }));
    const clip = svg("clipPath", { id }, svg("circle", { cx: 10, cy: 10, r: 9 }));
    return svg("svg", { class: "dot", viewBox: "0 0 20 20", "aria-hidden": "true" }, clip, svg("g", { "clip-path": `url(#${id})` }, ...stripes), svg("circle", { cx: 10, cy: 10, r: 9, fill: "none" }));
  }

  // Only http(s): a feed's link may be anything.
  function address(text, base) {
    try {
      const url = new URL(text, base);
      return url.protocol === "https:" || url.protocol === "http:" ? url.href : "";
    } catch {
      return "";
    }
  }

  class SaekdongFilter extends HTMLElement {
    static observedAttributes = ["catalog", "lang", "category"];
    #query = {};
    #page = null;
    #products = [];
    #running = null;
    #parts = null;

    constructor() {
      super();
      const root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
    }

    connectedCallback() {
      this.#build();
      this.#load();
    }

    disconnectedCallback() {
      this.#running?.abort();
    }

    attributeChangedCallback(_name, before, after) {
      if (this.isConnected && this.#parts && before !== after) this.connectedCallback();
    }

    get query() {
      return structuredClone(this.#query);
    }

    set query(given) {
      const query = {};
      const colors = [...new Set([given?.color ?? []].flat().map(String))];
      if (colors.length) query.color = colors;
      for (const key of KEYS) if (given?.[key] != null && given[key] !== "") query[key] = String(given[key]);
      this.#query = query;
      if (this.#parts) this.#load();
    }

    get #lang() {
      const asked = this.getAttribute("lang") || this.parentElement?.closest("[lang]")?.lang || navigator.language;
      return asked.toLowerCase().startsWith("ko") ? "ko" : "en";
    }

    get #base() {
      const catalog = this.getAttribute("catalog");
      return catalog ? address(catalog.replace(/\/*$/, "/"), document.baseURI) : "";
    }

    #say(key, fields = {}) {
      return TEXTS[this.#lang][key].replace(/{(\w+)}/g, (_, name) => fields[name] ?? "");
    }

    #tell(name, detail, cancelable = false) {
      return this.dispatchEvent(new CustomEvent(`saekdong-${name}`, { detail, bubbles: true, composed: true, cancelable }));
    }

    #change(changes) {
      this.query = { ...this.#query, ...changes };
      this.#tell("change", { query: this.query });
    }

    #build() {
      const parts = {};
      const submit = (event) => {
        event.preventDefault();
        this.#change({ q: parts.search.value.trim() });
      };
      parts.search = h("input", { type: "search", part: "search", maxlength: 200, "aria-label": this.#say("search"), placeholder: this.#say("search"), autocomplete: "off",
        onsearch: () => parts.search.value || this.#change({ q: "" }) });
      parts.swatches = h("div", { class: "swatches" });
      parts.folded = h("div", { class: "swatches" });
      parts.others = h("details", {}, h("summary", {}, this.#say("others")), parts.folded);
      parts.match = h("select", { "aria-label": this.#say("match"), onchange: (event) => this.#change({ match: event.target.value }) },
        ...["any", "all"].map((each) => h("option", { value: each === "any" ? "" : each }, this.#say(each))));
      parts.near = h("input", { type: "color", value: "#2f6fc4", onchange: (event) => this.#change({ near: event.target.value }) });
      parts.category = h("select", { "aria-label": this.#say("category"), onchange: (event) => this.#change({ category: event.target.value }) });
      parts.sort = h("select", { part: "sort", "aria-label": this.#say("sort"), onchange: (event) => this.#change({ sort: event.target.value }) },
        ...SORTS.map((each) => h("option", { value: each === "newest" ? "" : each }, this.#say(each))));
      parts.chips = h("ul", { class: "chips", part: "chips", "aria-label": this.#say("chosen") });
      parts.status = h("p", { class: "status", part: "status", role: "status", tabindex: -1 });
      parts.list = h("ul", { class: "list", part: "list" });
      parts.empty = h("p", { part: "empty", hidden: true }, this.#say("nothing"));
      parts.more = h("button", { type: "button", class: "more", part: "more", hidden: true, onclick: () => this.#load(true) }, this.#say("more"));
      parts.error = h("p", { class: "bar", part: "error", role: "alert" });
      parts.all = h("section", { class: "all", lang: this.#lang, "aria-label": this.#say("filter") },
        h("form", { class: "filter", part: "filter", role: "search", onsubmit: submit },
          h("div", { class: "bar" }, parts.search, parts.category),
          h("fieldset", {}, h("legend", { class: "unseen" }, this.#say("colors")), parts.swatches, parts.others),
          h("div", { class: "bar" }, h("label", {}, parts.near, this.#say("near")), parts.match)),
        parts.chips,
        h("div", { class: "bar" }, parts.status, parts.sort),
        parts.error, parts.list, parts.empty, parts.more);
      this.#parts = parts;
      this.shadowRoot.replaceChildren(parts.all);
      if (this.#page) this.#show();
    }

    async #load(isMore = false) {
      this.#running?.abort();
      const running = (this.#running = new AbortController());
      const { all, error } = this.#parts;
      all.classList.add("busy");
      all.setAttribute("aria-busy", "true");
      try {
        if (!this.#base) throw new Error("the attribute catalog is not an http(s) address");
        const answer = await fetch(this.#request(isMore), { signal: running.signal, credentials: "omit" });
        if (!answer.ok) throw new Error(`the catalog answered ${answer.status}`);
        const page = await answer.json();
        if (running.signal.aborted) return;
        error.replaceChildren();
        this.#take(page, isMore);
      } catch (problem) {
        if (running.signal.aborted) return;
        error.replaceChildren(this.#say("trouble"), h("button", { type: "button", onclick: () => this.#load(isMore) }, this.#say("retry")));
        this.#tell("error", { message: problem.message });
      }
      all.classList.remove("busy");
      all.removeAttribute("aria-busy");
    }

    #request(isMore) {
      const url = new URL("api/shop", this.#base);
      const { color = [], ...rest } = this.#query;
      const scope = this.getAttribute("category");
      if (scope && !rest.category) rest.category = scope;
      for (const each of color) url.searchParams.append("color", each);
      for (const [key, value] of Object.entries(rest)) url.searchParams.set(key, value);
      if (isMore) url.searchParams.set("after", this.#page.next);
      url.searchParams.set("lang", this.#lang);
      return url;
    }

    #take(page, isMore) {
      const first = isMore ? this.#products.length : 0;
      this.#products = isMore ? [...this.#products, ...page.products] : page.products;
      this.#page = page;
      // The catalog takes color words out of the search: "navy tee" is the color navy and the text "tee".
      const { category, ...query } = page.query;
      this.#query = category && category !== this.getAttribute("category") ? { ...query, category } : query;
      this.#show(first);
      if (isMore) this.#parts.list.children[first]?.querySelector("a").focus();
      this.#tell("results", { query: this.query, total: page.total, products: this.#products });
    }

    #show(from = 0) {
      const { search, swatches, folded, others, match, near, sort, chips, status, list, empty, more } = this.#parts;
      const page = this.#page;
      const focused = this.shadowRoot.activeElement?.dataset?.key;
      if (this.shadowRoot.activeElement !== search) search.value = this.#query.q ?? "";
      const shown = page.labels.filter((label) => label.count || label.chosen);
      swatches.replaceChildren(...shown.map((label) => this.#swatch(label)));
      const rest = page.labels.filter((label) => !shown.includes(label));
      folded.replaceChildren(...rest.map((label) => this.#swatch(label)));
      others.hidden = !rest.length;
      match.hidden = (this.#query.color ?? []).length < 2;
      match.value = this.#query.match ?? "";
      near.value = this.#query.near ?? near.value;
      sort.hidden = Boolean(this.#query.near);
      sort.value = this.#query.sort ?? "";
      this.#categories();
      const parts = this.#chips();
      chips.replaceChildren(...parts);
      chips.hidden = !parts.length;
      status.textContent = page.count;
      if (!from) list.replaceChildren();
      list.append(...this.#products.slice(from).map((product) => this.#card(product)));
      empty.hidden = this.#products.length > 0;
      more.hidden = !page.next;
      if (focused) this.#focus(focused);
    }

    #focus(key) {
      const same = [...this.shadowRoot.querySelectorAll("[data-key]")].find((each) => each.dataset.key === key);
      // What had the focus is gone, as a filter that was removed: the keyboard goes on at the products.
      (same ?? this.#parts.status).focus({ preventScroll: true });
    }

    #swatch(label) {
      const box = h("input", { type: "checkbox", value: label.id, "data-key": `color-${label.id}`, onchange: (event) => this.#toggle(label.id, event.target.checked) });
      box.checked = label.chosen;
      return h("label", { class: "swatch", part: "swatch" }, box, dot(label.swatch), h("span", {}, label.name), h("span", { class: "count" }, label.count.toLocaleString(this.#lang)));
    }

    #toggle(id, isChosen) {
      const others = (this.#query.color ?? []).filter((each) => each !== id);
      const color = isChosen ? [...others, id] : others;
      this.#change(color.length < 2 ? { color, match: "" } : { color });
    }

    #categories() {
      const { category } = this.#parts;
      const scope = this.getAttribute("category") ?? "";
      const choices = this.#page.categories.filter((each) => !scope || each.path.startsWith(`${scope} > `));
      category.hidden = !choices.length;
      category.replaceChildren(h("option", { value: "" }, this.#say("everything")),
        ...choices.map((each) => h("option", { value: each.path }, `${each.path.replaceAll(" > ", " › ")} (${each.count.toLocaleString(this.#lang)})`)));
      category.value = this.#query.category ?? "";
    }

    #chips() {
      const { color = [], q, category, min, max, near } = this.#query;
      const chip = (name, swatch, changes) =>
        h("li", {}, h("button", { type: "button", part: "chip", "data-key": `chip-${name}`, "aria-label": this.#say("remove", { name }), onclick: () => this.#change(changes) },
          swatch === undefined ? "" : dot(swatch), h("span", {}, name), h("span", { "aria-hidden": "true" }, "×")));
      const chosen = this.#page.labels.filter((label) => color.includes(label.id));
      const chips = chosen.map((label) => {
        const rest = color.filter((each) => each !== label.id);
        return chip(label.name, label.swatch, rest.length < 2 ? { color: rest, match: "" } : { color: rest });
      });
      if (near) chips.push(chip(this.#say("similar", { color: near }), near, { near: "" }));
      if (q) chips.push(chip(`“${q}”`, undefined, { q: "" }));
      if (category) chips.push(chip(category.replaceAll(" > ", " › "), undefined, { category: "" }));
      if (min || max) chips.push(chip(`${min ?? ""} – ${max ?? ""}`, undefined, { min: "", max: "" }));
      if (chips.length > 1) {
        chips.push(h("li", {}, h("button", { type: "button", "data-key": "clear", onclick: () => this.#change({ color: [], match: "", q: "", category: "", min: "", max: "", near: "" }) }, this.#say("clear"))));
      }
      return chips;
    }

    #card(product) {
      const href = (product.link && address(product.link, this.#base)) || new URL(`product?${new URLSearchParams({ id: product.id })}`, this.#base).href;
      const source = product.photo && address(product.photo, this.#base);
      const image = source && h("img", { src: source, alt: "", loading: "lazy", decoding: "async", width: 256, height: 256, onerror: () => image.classList.add("broken") });
      const names = product.colors.map((color) => color.name).join(", ");
      return h("li", { class: "card", part: "card" },
        h("div", { class: "photo", part: "photo" }, image),
        h("a", { class: "title", part: "title", href, onclick: (event) => this.#tell("select", { product }, true) || event.preventDefault() }, product.title),
        product.price && h("p", { class: "price", part: "price" }, product.price),
        names && h("p", { class: "colors", part: "colors" }, ...product.colors.map((color) => dot(color.swatch)), h("span", { class: "unseen" }, this.#say("has", { names }))));
    }
  }

  customElements.define("saekdong-filter", SaekdongFilter);
})();
