// Texts that scripts show; base.html renders them translated.
let cache;

export function words() {
  cache ??= JSON.parse(document.getElementById("words")?.textContent ?? "{}");
  return cache;
}
