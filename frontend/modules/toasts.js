// Short notes at the edge of the screen. The server queues them as Django
// messages: with the page, or as the event "winback:toast" of an htmx answer.
const LIFE_IN_MS = 6000;
const CLASS_OF = { success: "toast-success", error: "toast-error", warning: "toast-warning" };

export function showToast({ level = "info", text, action = null }) {
  const region = document.getElementById("toasts");
  const template = document.getElementById("toast-template");
  if (!region || !template) return;
  const toast = template.content.firstElementChild.cloneNode(true);
  toast.classList.add(CLASS_OF[level] ?? "toast-info");
  toast.querySelector("[data-toast-text]").textContent = text;
  if (action) addAction(toast, action);
  region.append(toast);
  watch(toast, level);
}

function addAction(toast, action) {
  const button = toast.querySelector("[data-toast-action]");
  button.hidden = false;
  button.textContent = action.label;
  button.addEventListener("click", () => {
    toast.remove();
    action.run();
  });
}

// Errors stay until closed; others leave, but not while read or focused.
function watch(toast, level) {
  toast.querySelector("[data-toast-close]")?.addEventListener("click", () => toast.remove());
  if (level === "error") return;
  let timer;
  const start = () => (timer = setTimeout(() => toast.remove(), LIFE_IN_MS));
  const stop = () => clearTimeout(timer);
  for (const name of ["mouseenter", "focusin"]) toast.addEventListener(name, stop);
  for (const name of ["mouseleave", "focusout"]) toast.addEventListener(name, start);
  start();
}

document.addEventListener("winback:toast", (event) => {
  for (const toast of event.detail.toasts ?? []) showToast(toast);
});
document.addEventListener("DOMContentLoaded", () => {
  for (const toast of document.querySelectorAll("#toasts > [data-level]")) watch(toast, toast.dataset.level);
});
