// The brand kit: a palette beside each colour, and a preview of what is not saved.
const WAIT_MS = 250;
const FIELDS = ["accent", "page", "text", "font", "links"];
const HEX = /^#[0-9a-f]{6}$/i;
const form = document.querySelector("[data-brand]");

function addPalette(field) {
  const palette = document.createElement("input");
  palette.type = "color";
  palette.className = "form-control form-control-color";
  palette.setAttribute("aria-label", field.labels[0]?.textContent.trim() ?? "");
  const show = () => {
    if (HEX.test(field.value)) palette.value = field.value;
  };
  show();
  palette.addEventListener("input", () => {
    field.value = palette.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  field.addEventListener("input", show);
  const pair = document.createElement("div");
  pair.className = "colour-pair";
  field.before(pair);
  pair.append(palette, field);
}

function startPreview(sight) {
  const frame = sight.querySelector("iframe");
  let waiting = 0;
  const show = () => {
    const url = new URL(sight.dataset.brandPreview, location.href);
    for (const choice of sight.querySelectorAll("[data-preview]")) url.searchParams.set(choice.dataset.preview, choice.value);
    for (const name of FIELDS) url.searchParams.set(name, form.elements[name].value);
    if (form.elements.removes_logo?.checked) url.searchParams.set("removes_logo", "on");
    if (frame.src !== url.href) frame.src = url.href;
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, WAIT_MS);
  });
}

if (form) {
  form.querySelectorAll("[data-colour]").forEach(addPalette);
  startPreview(form.querySelector("[data-brand-preview]"));
}
