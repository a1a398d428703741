/* Keys for people who register all day. Every page works without this file. */
"use strict";
(function () {
  const typing = (e) => e.isComposing || e.ctrlKey || e.altKey || e.metaKey
    || /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName);
  const rows = () => Array.from(document.querySelectorAll("a.open"));
  function step(by) {
    const all = rows(), at = all.indexOf(document.activeElement);
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
    return Boolean(next);
  }
  function focus(id) {
    const found = document.getElementById(id);
    if (found) found.focus();
    return Boolean(found);
  }
  const search = () => {
    const field = document.querySelector("input[type=search]");
    if (field) { field.focus(); field.select(); }
    return Boolean(field);
  };
  const back = () => { location.assign("/web/inbox"); return true; };
  const keys = {
    "/": search, j: () => step(1), k: () => step(-1), a: () => focus("act03"),
    r: () => focus("text02"), g: back,
  };
  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && typing(e)) { e.target.blur(); return; }
    const act = typing(e) ? undefined : keys[e.key.toLowerCase()];
    if (act && act()) e.preventDefault();
  });
})();
