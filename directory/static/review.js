/* Keys for a review. Off until somebody turns them on (WCAG 2.1.4); remembered until the tab is closed. */
(() => {
  const card = document.querySelector("#keys");
  if (!card) return;
  const button = card.querySelector("button");
  const boxes = [...document.querySelectorAll(".diff .choose")];
  let here = -1;
  const turn = (on) => {
    button.setAttribute("aria-pressed", on);
    button.textContent = on ? "Turn keys off" : "Turn keys on";
    on ? sessionStorage.setItem("keys", "on") : sessionStorage.removeItem("keys");
  };
  const isOn = () => button.getAttribute("aria-pressed") === "true";
  const go = (step) => {
    here = Math.max(0, Math.min(boxes.length - 1, here + step));
    const radios = [...boxes[here].querySelectorAll("input")];
    (radios.find((radio) => radio.checked) || radios[0]).focus();
    boxes[here].closest(".diff").scrollIntoView({ block: "nearest" });
  };
  const choose = (value) => {
    if (here < 0) go(1);
    boxes[here].querySelector(`[value=${value}]`).checked = true;
    if (here < boxes.length - 1) go(1);
    else boxes[here].querySelector(":checked").focus();
  };
  const does = { j: () => go(1), k: () => go(-1), a: () => choose("accept"), r: () => choose("keep") };
  card.hidden = false;
  turn(sessionStorage.getItem("keys") === "on");
  button.addEventListener("click", () => turn(!isOn()));
  document.addEventListener("focusin", (event) => {
    const at = boxes.findIndex((box) => box.closest(".diff").contains(event.target));
    if (at >= 0) here = at;
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("textarea, select, input:not([type=radio]):not([type=checkbox])");
    if (!isOn() || typing || event.ctrlKey || event.altKey || event.metaKey || !does[event.key]) return;
    event.preventDefault();
    does[event.key]();
  });
})();
