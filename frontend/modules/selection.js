// Lists with tick boxes: [data-selection] holds one [data-select-all], many
// [data-select] and a [data-selection-bar] that shows itself with the count.
import { numberText } from "./numbers.js";

function boxes(list) {
  return [...list.querySelectorAll("[data-select]")];
}

function refresh(list) {
  const all = boxes(list);
  const chosen = all.filter((box) => box.checked).length;
  const head = list.querySelector("[data-select-all]");
  if (head) {
    head.checked = chosen > 0 && chosen === all.length;
    head.indeterminate = chosen > 0 && chosen < all.length;
  }
  const bar = list.querySelector("[data-selection-bar]");
  if (!bar) return;
  bar.classList.toggle("is-shown", chosen > 0);
  const count = bar.querySelector("[data-selection-count]");
  if (count) count.textContent = numberText(chosen);
}

let last = null;
document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-select]");
  const list = box?.closest("[data-selection]");
  if (!list) return;
  const all = boxes(list);
  if (event.shiftKey && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((one, other) => one - other);
    for (const between of all.slice(from, to + 1)) between.checked = box.checked;
    refresh(list);
  }
  last = box;
});
document.addEventListener("change", (event) => {
  const list = event.target.closest("[data-selection]");
  if (!list) return;
  if (event.target.matches("[data-select-all]")) {
    for (const box of boxes(list)) box.checked = event.target.checked;
  }
  if (event.target.matches("[data-select], [data-select-all]")) refresh(list);
});
document.addEventListener("click", (event) => {
  const list = event.target.closest("[data-selection-clear]")?.closest("[data-selection]");
  if (!list) return;
  for (const box of boxes(list)) box.checked = false;
  refresh(list);
});
for (const name of ["DOMContentLoaded", "htmx:afterSettle", "pageshow"]) {
  window.addEventListener(name, () => document.querySelectorAll("[data-selection]").forEach(refresh));
}
