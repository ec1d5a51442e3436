// Keys: "/" search, "n" new, Ctrl+S save, Ctrl+Enter the page's main action,
// "?" the list of keys. Elements say what they are with data-key="search|new|save|main".
const TYPING = "input, textarea, select, [contenteditable]";

function press(name, event) {
  const element = document.querySelector(`[data-key~="${name}"]`);
  if (!element) return;
  event.preventDefault();
  if (name === "search") element.focus();
  else element.click();
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || document.querySelector("dialog[open]")) return;
  if (event.ctrlKey || event.metaKey) {
    if (event.key === "s") press("save", event);
    if (event.key === "Enter") press("main", event);
    if (event.key === "k") press("search", event);
    return;
  }
  if (event.altKey || event.target.closest(TYPING)) return;
  if (event.key === "/") press("search", event);
  if (event.key === "n") press("new", event);
  if (event.key === "?") document.getElementById("keys-dialog")?.showModal();
});
