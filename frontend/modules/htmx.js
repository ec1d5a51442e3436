// htmx and what a person sees when a request of it fails.
import htmx from "htmx.org";
import { showToast } from "./toasts.js";
import { words } from "./words.js";

window.htmx = htmx;
export { htmx };

function retry({ requestConfig, target, etc }) {
  htmx.ajax(requestConfig.verb, requestConfig.path, {
    source: requestConfig.elt,
    target,
    swap: etc?.swapOverride,
    values: requestConfig.parameters,
  });
}

// Below [data-no-retry] the page has already gone back to what it was.
function failureToast({ detail }, text) {
  const element = detail.requestConfig?.elt;
  const mayRetry = element?.isConnected && !element.closest("[data-no-retry]");
  const action = mayRetry ? { label: words().retry, run: () => retry(detail) } : null;
  showToast({ level: "error", text, action });
}

// Forms that ask (searches, filters) leave empty fields out of their address.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.verb !== "get" || !detail.elt.matches("form")) return;
  for (const [name, value] of Object.entries(detail.parameters)) {
    if (value === "") delete detail.parameters[name];
  }
});

document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (status === 422) return;
  const known = { 403: words().forbidden, 404: words().gone, 429: words().slow };
  failureToast(event, known[status] ?? words().serverError);
});
document.addEventListener("htmx:sendError", (event) => failureToast(event, words().offline));
document.addEventListener("htmx:timeout", (event) => failureToast(event, words().offline));
