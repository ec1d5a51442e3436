// [data-copy="text"] copies it and says so.
import { showToast } from "./toasts.js";
import { words } from "./words.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  showToast({ level: "success", text: words().copied });
});
