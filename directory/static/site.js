/* What htmx leaves to us: focus, waiting, failure, the panel's figures and ticks, the map on demand. */
(() => {
  Object.assign(htmx.config, {
    allowEval: false,
    selfRequestsOnly: true,
    includeIndicatorStyles: false,
    attributesToSettle: [], // or the old map would lend its style to the new one, against the policy
    historyCacheSize: 0,
    refreshOnHistoryMiss: true,
    responseHandling: [
      { code: "204", swap: false },
      { code: "[234]..", swap: true },
      { code: "...", swap: false, error: true },
    ],
  });
  const $ = (selector, from = document) => from.querySelector(selector);
  const say = (text) => {
    const note = document.createElement("p");
    note.className = "note warn";
    note.textContent = text;
    $("#problem").replaceChildren(note);
    note.tabIndex = -1;
    note.scrollIntoView({ block: "nearest" });
    $("#said").textContent = text;
  };
  const map = () => {
    const box = $("#map");
    if (!box || box.dataset.begun) return;
    box.dataset.begun = "1";
    import(box.dataset.script).then((module) => module.draw(box)).catch(() => say("The map did not come. The list is below."));
  };
  const settle = () => {
    const answers = $("#answers");
    if (!answers) return;
    document.title = answers.dataset.title;
    const asked = new URLSearchParams(location.search);
    const counts = JSON.parse(answers.dataset.counts || "{}");
    const ticks = [...document.querySelectorAll(".filters input")];
    for (const tick of ticks) {
      tick.checked = asked.getAll(tick.name).includes(tick.value);
      const figure = $(".n", tick.parentNode);
      if (figure && counts[tick.name]) figure.textContent = counts[tick.name][tick.value] ?? 0;
    }
    const panel = $(".filters");
    if (panel) {
      panel.parentNode.hidden = !("narrows" in answers.dataset);
      $("[name=radius]", panel).value = answers.dataset.within;
    }
    const used = ticks.filter((tick) => tick.checked).length;
    if ($("#in-use")) $("#in-use").textContent = used ? `${used} in use` : "";
    for (const name of ["place", "q"]) {
      const box = $(`#${name}`);
      if (box && document.activeElement !== box) box.value = asked.get(name) ?? "";
    }
    map();
  };
  /* Back from a listing: the address tells how many rows had been asked for. */
  let wanted = location.hash;
  const restore = () => {
    const next = /^#page-\d+$/.test(wanted) && !$(wanted) && $("#more a");
    if (!next) wanted = "";
    else next.click();
    return next;
  };
  const failed = (event) => {
    event.detail.target?.removeAttribute("aria-busy");
    say("That did not work. Nothing you typed is lost. Try again.");
  };
  const on = (name, listener) => document.addEventListener(`htmx:${name}`, listener);
  on("beforeRequest", (event) => event.detail.target.setAttribute("aria-busy", "true"));
  on("afterRequest", (event) => event.detail.target?.removeAttribute("aria-busy"));
  on("sendError", failed);
  on("timeout", failed);
  on("responseError", (event) => event.detail.xhr.status >= 500 && failed(event));
  on("afterSettle", (event) => {
    const from = event.detail.requestConfig?.elt;
    settle();
    const swapped = event.detail.target;
    if (swapped.matches("#main, #decision")) {
      /* Another page in the place of this one: its heading is the title. */
      const end = document.title.slice(document.title.lastIndexOf(": "));
      document.title = ($("main .errsum") ? "Mistakes to fix: " : "") + $("h1").textContent + end;
    }
    const wrong = $("#answers .errsum") || (swapped.matches("#decision") && $("main .errsum"));
    const goal = wrong || (swapped.matches("#main") && $("h1")) || (from?.dataset.focus && $(from.dataset.focus));
    if (goal && !event.detail.focused) {
      event.detail.focused = true;
      goal.focus();
    }
    const rows = from?.dataset.focus?.match(/^#page-\d+/);
    if (!restore() && rows) history.replaceState(history.state, "", rows[0]);
  });
  /* Suggestions are an extra: their script comes when somebody is in a box, and without it the boxes work. */
  const form = $("#search");
  form?.addEventListener("focusin", () => import(form.dataset.script).catch(() => {}), { once: true });
  addEventListener("load", restore);
  map();
})();
