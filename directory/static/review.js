/* Keys for a review. Off until somebody turns them on (WCAG 2.1.4); remembered until the tab is closed. */
(() => {
  const card = () => document.querySelector("#keys");
  const boxes = () => [...document.querySelectorAll(".diff .choose")];
  let here = -1;
  const isOn = () => Boolean(card()) && sessionStorage.getItem("keys") === "on";
  const tell = () => {
    const button = card().querySelector("button");
    button.setAttribute("aria-pressed", isOn());
    button.textContent = isOn() ? "Turn keys off" : "Turn keys on";
  };
  const go = (step) => {
    const all = boxes();
    if (!all.length) return;
    here = Math.max(0, Math.min(all.length - 1, here + step));
    const radios = [...all[here].querySelectorAll("input")];
    (radios.find((radio) => radio.checked) || radios[0]).focus();
    all[here].closest(".diff").scrollIntoView({ block: "nearest" });
  };
  const choose = (value) => {
    if (here < 0) go(1);
    const all = boxes();
    if (!all.length) return;
    all[here].querySelector(`[value=${value}]`).checked = true;
    if (here < all.length - 1) go(1);
    else all[here].querySelector(":checked").focus();
  };
  const does = { j: () => go(1), k: () => go(-1), a: () => choose("accept"), r: () => choose("keep") };
  /* Also when the next one has taken the place of the last, without a new page. */
  const begin = () => {
    here = -1;
    if (!card()) return;
    card().hidden = false;
    tell();
  };
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#keys button")) return;
    isOn() ? sessionStorage.removeItem("keys") : sessionStorage.setItem("keys", "on");
    tell();
  });
  document.addEventListener("focusin", (event) => {
    const at = boxes().findIndex((box) => box.closest(".diff").contains(event.target));
    if (at >= 0) here = at;
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("textarea, select, input:not([type=radio]):not([type=checkbox])");
    if (!isOn() || typing || event.ctrlKey || event.altKey || event.metaKey || !does[event.key]) return;
    event.preventDefault();
    does[event.key]();
  });
  document.addEventListener("htmx:afterSettle", begin);
  begin();
})();
