// Liquid among words, as small labelled chips that are moved and removed whole.
const PIECE = /{{[\s\S]*?}}|{%[\s\S]*?%}/g;
const OUTPUT = /^{{-?\s*([\w.]+)\s*(?:\|\s*default:\s*(?:"([^"]*)"|'([^']*)'))?\s*-?}}$/;

export const CHIP = "wb-chip";

// {path, fallback} of a merge field; null for any other Liquid.
export function readField(liquid) {
  const found = OUTPUT.exec(liquid);
  return found ? { path: found[1], fallback: found[2] ?? found[3] ?? "" } : null;
}

export function writeField({ path, fallback }) {
  fallback = fallback.replace(/[<>]/g, ""); // no HTML inside Liquid
  if (!fallback) return `{{ ${path} }}`;
  const quote = fallback.includes('"') ? "'" : '"';
  return `{{ ${path} | default: ${quote}${fallback.replaceAll(quote, "’")}${quote} }}`;
}

function label(liquid, setup) {
  // A group, such as lead.product, is called as its name is.
  const called = (path) => setup.fields.find((each) => each.path === path || each.path === `${path}.name`)?.label;
  const path = /^{{-?\s*([\w.]+)/.exec(liquid)?.[1];
  if (path) return called(path) ?? path;
  const [, word, test] = /^{%-?\s*(\w+)\s*([\s\S]*?)\s*-?%}$/.exec(liquid) ?? [];
  if (!word) return liquid.replace(/^{{-?|-?}}$/g, "").trim();
  if (word === "else" || word === "elsif") return setup.words.else;
  if (word.startsWith("end")) return setup.words.end;
  return `${setup.words.if} ${called(test) ?? test}`.trim();
}

export function makeChip(page, liquid, setup) {
  const chip = page.createElement("span");
  chip.className = CHIP;
  chip.contentEditable = "false";
  chip.dataset.liquid = liquid;
  chip.title = liquid;
  chip.textContent = label(liquid, setup);
  return chip;
}

// Chips in place of the Liquid in all texts below `element`.
export function addChips(element, setup) {
  const page = element.ownerDocument;
  const walker = page.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) if (walker.currentNode.data.includes("{")) texts.push(walker.currentNode);
  for (const text of texts) {
    if (text.parentElement?.closest(`style, .${CHIP}`)) continue;
    const parts = page.createDocumentFragment();
    let position = 0;
    for (const hit of text.data.matchAll(PIECE)) {
      parts.append(text.data.slice(position, hit.index), makeChip(page, hit[0], setup));
      position = hit.index + hit[0].length;
    }
    if (!position) continue;
    parts.append(text.data.slice(position));
    text.replaceWith(parts);
  }
}
