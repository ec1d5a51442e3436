// Loaded before the first paint, not as a module: a page that follows the device
// must be dark from its first pixel.
(() => {
  const page = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    if (page.dataset.theme === "auto") page.dataset.bsTheme = dark.matches ? "dark" : "light";
  };
  apply();
  dark.addEventListener("change", apply);
  page.classList.add("has-js");
})();
