// Small makers of elements. Texts become text nodes, so nothing is ever parsed.

export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value") element.value = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

let icons;

// The page's icons lie in a template, drawn by the server.
export function useIcons(template) {
  icons = template.content;
}

// Decoration only: what it stands beside says the same.
export function icon(name) {
  return icons.querySelector(`[data-icon="${name}"] svg`).cloneNode(true);
}

let last = 0;
export const uid = (prefix) => `${prefix}-${(last += 1)}`;

export function options(pairs, chosen) {
  return pairs.map(([value, label]) => h("option", { value, selected: value === chosen }, label));
}

// "%(n)s of %(m)s" with its holes filled.
export function fill(text, values) {
  return text.replace(/%\((\w+)\)[sd]/g, (_, key) => values[key]);
}

export function debounced(run, delay) {
  let timer;
  const later = (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...given), delay);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}
