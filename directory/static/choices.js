/* A list of suggestions under the two search boxes: an editable combobox with a list, as the ARIA practices describe it. */
const form = document.querySelector("#search");
const told = document.querySelector("#said") ?? form.appendChild(document.createElement("div"));
if (!told.id) {
  told.className = "vh";
  told.setAttribute("role", "status");
}
const LEAST = 2, WAIT = 150;

const combobox = (box, address) => {
  const list = document.createElement("div");
  list.id = `${box.id}-choices`;
  list.className = "choices";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  form.append(list);
  const set = (name, value) => box.setAttribute(`aria-${name}`, value);
  box.setAttribute("role", "combobox");
  set("autocomplete", "list");
  set("controls", list.id);
  set("expanded", "false");
  let timer, asked, active = -1;

  const settle = () => {
    const wide = form.offsetWidth > 640;
    list.style.top = `${box.offsetTop + box.offsetHeight + 9}px`;
    list.style.left = wide ? `${box.offsetLeft}px` : 0;
    list.style.width = wide ? `${Math.max(box.offsetWidth, 352)}px` : "100%";
  };
  const move = (to) => {
    list.children[active]?.removeAttribute("aria-selected");
    active = to;
    const row = list.children[active];
    row?.setAttribute("aria-selected", "true");
    row?.scrollIntoView({ block: "nearest" });
    if (row) set("activedescendant", row.id);
    else box.removeAttribute("aria-activedescendant");
  };
  const close = () => {
    clearTimeout(timer);
    asked?.abort();
    move(-1);
    list.hidden = true;
    set("expanded", "false");
  };
  const open = () => {
    const count = list.children.length;
    if (!count) return close();
    settle();
    list.hidden = false;
    set("expanded", "true");
    told.textContent = count === 1 ? "1 suggestion" : `${count} suggestions`;
  };
  const ask = async (then) => {
    const typed = box.value.trim();
    asked?.abort();
    if (typed.length < LEAST) return close();
    asked = new AbortController();
    const { signal } = asked;
    const given = new URLSearchParams({ [box.name]: typed, last: new URLSearchParams(location.search).get("place") ?? "" });
    try {
      const answer = await fetch(`${address}?${given}`, { signal, credentials: "omit" });
      const rows = answer.ok ? await answer.text() : "";
      if (signal.aborted || document.activeElement !== box) return;
      move(-1);
      list.innerHTML = rows;
      open();
      if (!list.hidden) then?.();
    } catch {
      if (!signal.aborted) close();
    }
  };
  const choose = (row) => {
    close();
    if (row.href) return location.assign(row.href);
    box.value = row.dataset.fills;
    box.focus();
    if (box.name === "q" && form.checkValidity()) form.requestSubmit();
  };

  box.addEventListener("input", (event) => {
    clearTimeout(timer);
    asked?.abort();
    move(-1);
    if (box.value.trim().length < LEAST) return close();
    if (!event.isComposing) timer = setTimeout(() => ask(), WAIT);
  });
  box.addEventListener("compositionend", () => (timer = setTimeout(() => ask(), WAIT)));
  box.addEventListener("keydown", (event) => {
    const last = list.children.length - 1;
    const up = event.key === "ArrowUp", down = event.key === "ArrowDown";
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if (up || down) {
      event.preventDefault();
      if (event.altKey) return up ? close() : ask();
      const step = () => move(up ? (active < 0 ? last : active - 1) : active < last ? active + 1 : -1);
      if (!list.hidden) step();
      else ask(() => move(up ? list.children.length - 1 : 0));
    } else if (event.key === "Enter") {
      if (active >= 0) {
        event.preventDefault();
        choose(list.children[active]);
      } else close();
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "Tab") close();
    else if (/^(Home|End|Arrow)/.test(event.key)) move(-1);
  });
  box.addEventListener("blur", close);
  form.addEventListener("submit", close);
  addEventListener("resize", () => list.hidden || settle());
  // A press must not take the focus out of the box before it has chosen.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[role=option]");
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(row);
  });
};

combobox(form.elements.q, form.dataset.words);
combobox(form.elements.place, form.dataset.places);
