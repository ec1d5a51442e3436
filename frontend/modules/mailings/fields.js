// Small services of the form: length meters, merge fields, tabs, cures of the check.
import { numberText } from "../numbers.js";

function measure(input) {
  const [short, long] = input.dataset.meter.split(" ").map(Number);
  const meter = document.getElementById(`${input.id}_meter`);
  // Letters as people count them; a merge field counts as an eight-letter word.
  const length = [...input.value.replace(/{%.*?%}/g, "").replace(/{{.*?}}/g, "xxxxxxxx")].length;
  const verdict = length === 0 ? "" : length < short ? "short" : length <= long ? "good" : "long";
  meter.dataset.verdict = verdict;
  meter.querySelector(".length-count").textContent = length ? numberText(length) : "";
  meter.querySelector(".length-word").textContent = verdict ? meter.dataset[verdict] : "";
  meter.querySelector(".length-bar > span").style.inlineSize = `${Math.min(100, (length / long) * 100)}%`;
}

for (const input of document.querySelectorAll("[data-meter]")) {
  measure(input);
  input.addEventListener("input", () => measure(input));
}

document.addEventListener("change", (event) => {
  const picker = event.target.closest("[data-merge-into]");
  if (!picker || !picker.value) return;
  const field = document.getElementById(picker.dataset.mergeInto);
  const fallback = "always" in picker.selectedOptions[0].dataset ? "" : ' | default: ""';
  const text = `{{ ${picker.value}${fallback} }}`;
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  if (fallback) {
    const quotes = field.selectionStart - ' }}'.length - 1;
    field.setSelectionRange(quotes, quotes);
  }
  picker.value = "";
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

// The mail beside its source, as saved.
document.body.addEventListener("mailing-saved", () => {
  const sight = document.querySelector("[data-sight]");
  if (sight) sight.src = sight.src;
});

for (const list of document.querySelectorAll("[data-tabs]")) {
  const tabs = [...list.querySelectorAll("[role=tab]")];
  const show = (chosen) => {
    for (const tab of tabs) {
      const active = tab === chosen;
      tab.classList.toggle("active", active);
      tab.setAttribute("aria-selected", active);
      tab.tabIndex = active ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !active;
    }
  };
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) show(tab);
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const turn = document.dir === "rtl" ? -step : step;
    const next = tabs[(tabs.indexOf(document.activeElement) + turn + tabs.length) % tabs.length];
    show(next);
    next.focus();
  });
}

// "Go there" in the check: close the dialog, open the right tab, point at the place.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-cure]");
  if (!link) return;
  event.preventDefault();
  link.closest("dialog")?.close();
  const place = document.getElementById(link.dataset.cure);
  const panel = place?.closest("[role=tabpanel]");
  if (panel?.hidden) document.getElementById(panel.getAttribute("aria-labelledby")).click();
  // A body that is edited by sight lies hidden behind its editor.
  const editor = place?.closest("[hidden]") && document.querySelector(`[data-editor="${link.dataset.cure}"]`);
  (editor ?? place)?.scrollIntoView({ block: "center" });
  place?.focus({ preventScroll: true });
});

// A menu closes when somebody goes on elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target) || event.target.closest(".menu-body button")) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
});
