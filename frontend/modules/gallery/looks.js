// Pictures of mails follow the page's own colours, which may be other than the
// device's: [data-frame-look] holds frames that are asked for light or dark.
const page = document.documentElement;

function follow() {
  const look = page.dataset.bsTheme === "dark" ? "dark" : "light";
  for (const frame of document.querySelectorAll("[data-frame-look] iframe")) {
    const url = new URL(frame.src, location.href);
    if (url.searchParams.get("look") === look) continue;
    url.searchParams.set("look", look);
    frame.src = url;
  }
}

follow();
new MutationObserver(follow).observe(page, { attributeFilter: ["data-bs-theme"] });
