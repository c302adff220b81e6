"use strict";
// The desk works by links and forms; this adds keys and what saves a page load.
(() => {
  // The current station is in view where the header is too narrow for all.
  document.addEventListener("DOMContentLoaded", () => {
    const current = document.querySelector(".stations [aria-current]");
    if (current) current.scrollIntoView({ block: "nearest", inline: "center" });
  });
})();
