// Whole numbers in the digits of the page's language, as the server writes them.
const format = new Intl.NumberFormat(document.documentElement.lang || "en");

export function numberText(value) {
  return format.format(value);
}
