/* Keys for the desk and for a call. Off until somebody turns them on (WCAG 2.1.4); remembered until the tab is closed. */
(() => {
  const card = document.querySelector("#keys");
  if (!card) return;
  const button = card.querySelector("button");
  const rows = [...document.querySelectorAll("fieldset.ask")];
  const answers = { a: "still", c: "changed", d: "not-asked" };
  let here = -1;
  const turn = (on) => {
    button.setAttribute("aria-pressed", on);
    button.textContent = on ? "Turn keys off" : "Turn keys on";
    on ? sessionStorage.setItem("keys", "on") : sessionStorage.removeItem("keys");
  };
  const isOn = () => button.getAttribute("aria-pressed") === "true";
  const go = (step) => {
    if (!rows.length) return;
    here = Math.max(0, Math.min(rows.length - 1, here + step));
    const radios = [...rows[here].querySelectorAll("input[type=radio]")];
    (radios.find((radio) => radio.checked) || radios[0]).focus();
    rows[here].scrollIntoView({ block: "nearest" });
  };
  const choose = (value) => {
    if (here < 0) here = 0;
    const radio = rows[here]?.querySelector(`input[value=${value}]`);
    if (!radio) return;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    const opened = value === "changed" && rows[here].querySelector(".opens :is(input, select, textarea)");
    if (opened) opened.focus();
    else go(1);
  };
  card.hidden = false;
  turn(sessionStorage.getItem("keys") === "on");
  button.addEventListener("click", () => turn(!isOn()));
  document.addEventListener("focusin", (event) => {
    const at = rows.findIndex((row) => row.contains(event.target));
    if (at >= 0) here = at;
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("textarea, select, input:not([type=radio]):not([type=checkbox])");
    if (!isOn() || typing || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    const pressed = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (answers[event.key] && rows.length) choose(answers[event.key]);
    else if (pressed) pressed.click();
    else return;
    event.preventDefault();
  });
})();
