// A thin bar at the top while htmx waits, shown only when it takes a while; and
// submit buttons that cannot be pressed twice.
const PATIENCE_IN_MS = 150;
let waiting = 0;
let timer;

function update(change) {
  waiting = Math.max(0, waiting + change);
  clearTimeout(timer);
  const bar = document.getElementById("busy-bar");
  if (!bar) return;
  if (waiting) timer = setTimeout(() => (bar.hidden = false), PATIENCE_IN_MS);
  else bar.hidden = true;
}

document.addEventListener("htmx:beforeSend", () => update(1));
document.addEventListener("htmx:afterRequest", () => update(-1));

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.matches("[data-repeatable]")) return;
  const button = event.submitter;
  // After a download the page stays as it is.
  if (!button || button.matches("[data-repeatable]")) return;
  if (button.closest("[hx-post],[hx-get]")) return;
  // After the browser has gathered the form's values, the button's own included.
  setTimeout(() => {
    button.setAttribute("aria-busy", "true");
    button.disabled = true;
  });
});
// Coming back by the browser's history must not leave dead buttons behind.
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[aria-busy]")) {
    button.removeAttribute("aria-busy");
    button.disabled = false;
  }
});
