// The preview: arrow keys go from person to person, and the frame says that it is
// busy while its mail comes.
const TYPING = "input, select, textarea, [contenteditable], dialog[open] *";

document.addEventListener("keydown", (event) => {
  const preview = document.querySelector("[data-preview]");
  const step = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  if (!preview || !step || event.target.closest(TYPING) || event.altKey || event.ctrlKey || event.metaKey) return;
  const turned = { prev: "next", next: "prev" };
  const link = preview.querySelector(`a[rel=${document.dir === "rtl" ? turned[step] : step}]`);
  if (!link) return;
  event.preventDefault();
  link.click();
});

// From the click until the new frame has its mail. The first page's own frame is the
// browser's to tell: it may be there before this script is.
const stage = () => document.querySelector("[data-preview-stage]");
let isAskedFor = false;

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.target?.id !== "preview") return;
  isAskedFor = true;
  stage()?.setAttribute("aria-busy", "true");
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.successful) stage()?.removeAttribute("aria-busy");
});
document.addEventListener("htmx:afterSwap", () => {
  const fresh = stage();
  const frame = fresh?.querySelector("[data-preview-frame]");
  if (!isAskedFor || !frame) return;
  isAskedFor = false;
  fresh.setAttribute("aria-busy", "true");
  frame.addEventListener("load", () => fresh.removeAttribute("aria-busy"), { once: true });
});

// The check begins at its top, wherever its button has the focus.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target?.id === "send-check") detail.target.closest("dialog")?.scrollTo(0, 0);
});

// What was found is shown until somebody goes on elsewhere.
document.addEventListener("keydown", (event) => {
  const found = event.target.closest?.(".preview-choose")?.querySelector(".preview-found");
  if (!found) return;
  if (event.key === "Escape") {
    found.replaceChildren();
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const places = [document.getElementById("preview-q"), ...found.querySelectorAll("a")];
  const at = places.indexOf(document.activeElement) + step;
  places[Math.max(0, Math.min(places.length - 1, at))].focus();
  event.preventDefault();
});
document.addEventListener("click", (event) => {
  if (!event.target.closest(".preview-choose")) document.getElementById("preview-found")?.replaceChildren();
});
document.addEventListener("submit", (event) => {
  if (event.target.matches(".preview-search")) event.preventDefault();
}, { capture: true });
