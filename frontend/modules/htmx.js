// htmx and what a person sees when a request of it fails.
import htmx from "htmx.org";
import { showToast } from "./toasts.js";
import { words } from "./words.js";

window.htmx = htmx;
export { htmx };

function retry(config) {
  htmx.ajax(config.verb, config.path, {
    source: config.elt,
    target: config.target,
    values: config.parameters,
  });
}

function failureToast(event, text) {
  const config = event.detail.requestConfig;
  showToast({
    level: "error",
    text,
    action: config && { label: words().retry, run: () => retry({ ...config, target: event.detail.target }) },
  });
}

document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (status === 422) return;
  const known = { 403: words().forbidden, 404: words().gone, 429: words().slow };
  failureToast(event, known[status] ?? words().serverError);
});
document.addEventListener("htmx:sendError", (event) => failureToast(event, words().offline));
document.addEventListener("htmx:timeout", (event) => failureToast(event, words().offline));
