// MJML as its author wrote it, and a tree that points into it. Every change is a
// splice of the text: what the editor does not touch stays letter by letter.
const LIQUID = /{%-?\s*raw\s*-?%}[\s\S]*?{%-?\s*endraw\s*-?%}|{%-?\s*comment\s*-?%}[\s\S]*?{%-?\s*endcomment\s*-?%}|{{[\s\S]*?}}|{%[\s\S]*?%}/g;
const HIDDEN = /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>/g;
const TAG = /<(\/?)([a-zA-Z][\w:-]*)((?:[^<>"']|"[^"]*"|'[^']*')*?)(\/?)>/g;
const ATTRIBUTE = /([^\s=/<>"']+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?/g;
const OPENS = { if: "endif", unless: "endunless", for: "endfor", case: "endcase" };
const LIQUID_MARK = "\uE000";
const HIDDEN_MARK = "\uE001";
// Elements that hold words or HTML: what is in them is not a tree of ours.
const WORDED = new Set(
  `mj-text mj-button mj-raw mj-table mj-title mj-preview mj-style mj-navbar-link mj-social-element
   mj-accordion-title mj-accordion-text`.split(/\s+/),
);
const IN_BODY = new Set(["mj-section", "mj-wrapper", "mj-hero"]);
const ROWS = new Set(["mj-body", "mj-wrapper"]);

// The tree of `source`: {source, root, nodes}. A node is an element or a condition
// (an if … endif around its siblings) with places in the source.
export function parse(source) {
  const masked = mask(source);
  const root = { type: "root", name: "", start: 0, openEnd: 0, closeStart: source.length, end: source.length, children: [] };
  const open = [root];
  let readTo = 0;
  const top = () => open[open.length - 1];
  const addLiquid = (from, to) => {
    for (const hit of masked.slice(from, to).matchAll(/\uE000+/g)) {
      const start = from + hit.index;
      for (const tag of source.slice(start, start + hit[0].length).matchAll(LIQUID)) {
        addLiquidTag(top(), tag[0], start + tag.index);
      }
    }
  };
  TAG.lastIndex = 0;
  for (let hit = TAG.exec(masked); hit; hit = TAG.exec(masked)) {
    const [text, closes, name, , slash] = hit;
    addLiquid(readTo, hit.index);
    readTo = TAG.lastIndex;
    if (closes) {
      close(open, name, hit.index, readTo);
      continue;
    }
    const node = { type: "element", name, start: hit.index, openEnd: readTo, closeStart: readTo, end: readTo, children: [], parent: top(), isEmpty: Boolean(slash) };
    node.parent.children.push(node);
    if (slash) continue;
    if (WORDED.has(name)) {
      readTo = endOfWords(masked, node);
      TAG.lastIndex = readTo;
    } else open.push(node);
    if (!text) break;
  }
  addLiquid(readTo, source.length);
  gatherConditions(root);
  const nodes = [];
  collect(root, nodes);
  return { source, root, nodes };
}

function mask(source) {
  const hide = (mark) => (text) => mark.repeat(text.length);
  return source.replace(LIQUID, hide(LIQUID_MARK)).replace(HIDDEN, hide(HIDDEN_MARK));
}

function addLiquidTag(parent, text, start) {
  const word = /^{%-?\s*(\w+)/.exec(text)?.[1];
  if (!word) return;
  parent.children.push({ type: "liquid", word, name: "", text, start, openEnd: start + text.length, closeStart: start + text.length, end: start + text.length, children: [], parent });
}

function close(open, name, from, to) {
  let at = open.length - 1;
  while (at > 0 && open[at].name !== name) at -= 1;
  if (at === 0) return;
  while (open.length > at) {
    const node = open.pop();
    node.closeStart = from;
    node.end = open.length === at ? to : from;
  }
}

function endOfWords(masked, node) {
  const tag = new RegExp(`<(/?)${node.name}\\b(?:[^<>"']|"[^"]*"|'[^']*')*?(/?)>`, "g");
  tag.lastIndex = node.openEnd;
  let depth = 1;
  for (let hit = tag.exec(masked); hit; hit = tag.exec(masked)) {
    if (hit[1]) depth -= 1;
    else if (!hit[2]) depth += 1;
    if (depth > 0) continue;
    node.closeStart = hit.index;
    node.end = tag.lastIndex;
    return node.end;
  }
  return node.openEnd;
}

// An if and its endif among the same siblings become one node around them.
function gatherConditions(parent) {
  const kept = [];
  const waiting = [];
  for (const child of parent.children) {
    gatherConditions(child);
    const begins = waiting[waiting.length - 1];
    if (child.type === "liquid" && begins && child.word === OPENS[begins.node.word]) {
      waiting.pop();
      const inside = kept.splice(begins.at);
      kept.push(condition(begins.node, child, inside, parent));
      continue;
    }
    if (child.type === "liquid" && OPENS[child.word]) waiting.push({ node: child, at: kept.length });
    kept.push(child);
  }
  parent.children = kept;
}

function condition(opening, closing, inside, parent) {
  const children = inside.filter((child) => child !== opening);
  const node = { type: "condition", name: "", word: opening.word, text: opening.text, start: opening.start, openEnd: opening.end, closeStart: closing.start, end: closing.end, children, parent, isEmpty: false };
  for (const child of children) child.parent = node;
  return node;
}

function collect(node, nodes) {
  node.children = node.children.filter((child) => child.type !== "liquid" || !OPENS[child.word]);
  for (const child of node.children) {
    if (child.type !== "liquid") nodes.push(child);
    collect(child, nodes);
  }
}

export function body(tree) {
  return tree.nodes.find((node) => node.name === "mj-body") ?? null;
}

export function inBody(node) {
  for (let at = node; at; at = at.parent) if (at.name === "mj-body") return true;
  return false;
}

export function blocksOf(node) {
  return node.children.filter((child) => child.type !== "liquid");
}

// The nearest element around a node: conditions take what stands around them.
export function holder(node) {
  let at = node.parent;
  while (at?.type === "condition") at = at.parent;
  return at;
}

export function accepts(parent, name) {
  const around = parent.type === "condition" ? holder(parent) : parent;
  if (ROWS.has(around?.name)) return IN_BODY.has(name) && !(around.name === "mj-wrapper" && name === "mj-wrapper");
  if (around?.name === "mj-section") return name === "mj-column" || name === "mj-group";
  if (around?.name === "mj-group") return name === "mj-column";
  return around?.name === "mj-column" && !IN_BODY.has(name) && name !== "mj-column" && name !== "mj-group";
}

// What a node counts as where it is to stand: a condition is what it holds.
export function nameOf(node) {
  if (node.type !== "condition") return node.name;
  return blocksOf(node).map(nameOf).find(Boolean) ?? "mj-section";
}

function attributesOf(source, node) {
  if (node.type !== "element") return [];
  const from = node.start + 1 + node.name.length;
  const inside = mask(source.slice(node.start, node.openEnd)).slice(from - node.start).replace(/\/?>$/, "");
  return [...inside.matchAll(ATTRIBUTE)].map((hit) => {
    const valueLength = hit[2]?.length ?? 0;
    const start = from + hit.index;
    const end = start + hit[0].length;
    return { name: hit[1], start, end, valueStart: end - valueLength, quoted: /^["']/.test(hit[2] ?? "") };
  });
}

export function attribute(source, node, name) {
  const found = attributesOf(source, node).find((each) => each.name === name);
  if (!found || found.valueStart === found.end) return "";
  const raw = source.slice(found.valueStart, found.end);
  return unescapeText(found.quoted ? raw.slice(1, -1) : raw);
}

// The source with the attribute set; an empty value takes it away, but for alt,
// which says "this is only decoration".
export function withAttribute(source, node, name, value) {
  const found = attributesOf(source, node).find((each) => each.name === name);
  const written = ` ${name}="${escapeValue(value)}"`;
  const goes = value === "" && name !== "alt" && name !== "src";
  if (found) {
    const start = found.start - /\s*$/.exec(source.slice(node.start, found.start))[0].length;
    return splice(source, start, found.end, goes ? "" : written);
  }
  if (goes) return source;
  const open = source.slice(node.start, node.openEnd);
  return splice(source, node.openEnd - /\s*\/?>$/.exec(open)[0].length, null, written);
}

function splice(source, start, end, text) {
  return source.slice(0, start) + text + source.slice(end ?? start);
}

// Liquid stays as it is written; the compiler never sees its quotation marks.
function outsideLiquid(text, change) {
  let out = "";
  let position = 0;
  for (const hit of text.matchAll(LIQUID)) {
    out += change(text.slice(position, hit.index)) + hit[0];
    position = hit.index + hit[0].length;
  }
  return out + change(text.slice(position));
}

function escapeValue(value) {
  return outsideLiquid(value, (text) => escapeText(text).replaceAll('"', "&quot;"));
}

export function escapeText(text) {
  return text.replace(/&/g, "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\u00a0", "&#160;");
}

export function unescapeText(text) {
  const named = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };
  return outsideLiquid(text, (part) =>
    part.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos|nbsp));/gi, (all, hex, number, name) => {
      if (name) return named[name.toLowerCase()];
      const code = parseInt(hex ?? number, hex ? 16 : 10);
      return code <= 0x10ffff ? String.fromCodePoint(code) : all;
    }),
  );
}

export function inner(source, node) {
  return source.slice(node.openEnd, node.closeStart);
}

export function withInner(source, node, text) {
  if (!node.isEmpty) return splice(source, node.openEnd, node.closeStart, text);
  const open = source.slice(node.start, node.openEnd).replace(/\s*\/>$/, ">");
  return splice(source, node.start, node.end, `${open}${text}</${node.name}>`);
}

export function withCondition(source, node, opening) {
  return splice(source, node.start, node.openEnd, opening);
}

function indentBefore(source, place) {
  const line = source.slice(source.lastIndexOf("\n", place - 1) + 1, place);
  return /^\s*/.exec(line)[0];
}

// Lines of a block moved to another depth; words inside keep theirs relative to it.
function indented(text, indent) {
  return text.replaceAll("\n", `\n${indent}`);
}

function dedented(source, start, end) {
  return source.slice(start, end).replaceAll(`\n${indentBefore(source, start)}`, "\n");
}

function placeIn(source, parent, index) {
  const siblings = blocksOf(parent);
  if (index > 0 && siblings.length > 0) {
    const before = siblings[Math.min(index, siblings.length) - 1];
    return { at: before.end, indent: indentBefore(source, before.start), tail: "" };
  }
  const indent = siblings.length ? indentBefore(source, siblings[0].start) : `${indentBefore(source, parent.start)}  `;
  const closes = /^\s*</.test(source.slice(parent.openEnd, parent.closeStart + 1)) && source[parent.openEnd] === "\n";
  return { at: parent.openEnd, indent, tail: closes ? "" : `\n${indentBefore(source, parent.start)}` };
}

// Puts `text` as the child number `index` of `parent`: {source, at: its start}.
export function inserted(source, parent, index, text) {
  if (parent.isEmpty) {
    const open = source.slice(parent.start, parent.openEnd).replace(/\s*\/>$/, ">");
    const opened = splice(source, parent.start, parent.end, `${open}</${parent.name}>`);
    const place = parent.start + open.length;
    const grown = { ...parent, isEmpty: false, openEnd: place, closeStart: place, end: place + parent.name.length + 3, children: [] };
    return inserted(opened, grown, index, text);
  }
  const { at, indent, tail } = placeIn(source, parent, index);
  const lead = `\n${indent}`;
  return { source: splice(source, at, null, lead + indented(text, indent) + tail), at: at + lead.length };
}

export function removed(source, node) {
  const before = /\n[ \t]*$/.exec(source.slice(0, node.start));
  const alone = before && /^[ \t]*(\n|<\/|$)/.test(source.slice(node.end));
  return splice(source, alone ? node.start - before[0].length : node.start, node.end, "");
}

export function duplicated(source, node) {
  const indent = indentBefore(source, node.start);
  const copy = source.slice(node.start, node.end);
  return { source: splice(source, node.end, null, `\n${indent}${copy}`), at: node.end + 1 + indent.length };
}

// Moves a node to be the child number `index` of `parent`, counted with the node
// still in its old place. Nothing moves into itself.
export function moved(source, node, parent, index) {
  for (let at = parent; at; at = at.parent) if (at === node) return { source, at: node.start };
  const siblings = blocksOf(parent);
  const own = siblings.indexOf(node);
  if (own >= 0 && (index === own || index === own + 1)) return { source, at: node.start };
  const text = dedented(source, node.start, node.end);
  const place = parent.isEmpty ? parent.start : placeIn(source, parent, index).at;
  if (place >= node.end) {
    const there = inserted(source, parent, index, text);
    const rest = removed(there.source, node);
    return { source: rest, at: there.at - (there.source.length - rest.length) };
  }
  const there = inserted(source, parent, index, text);
  const shift = there.source.length - source.length;
  const old = { ...node, start: node.start + shift, end: node.end + shift };
  // Indentation changed before the node is part of the shift; look for it anew.
  const again = parse(there.source).nodes.find((each) => each.start === old.start) ?? old;
  return { source: removed(there.source, again), at: there.at };
}

export function wrapped(source, node, opening, closing) {
  const indent = indentBefore(source, node.start);
  const text = source.slice(node.start, node.end);
  return { source: splice(source, node.start, node.end, `${opening}\n${indent}${text}\n${indent}${closing}`), at: node.start };
}

// A condition taken away; what it was around stays.
export function unwrapped(source, node) {
  const rest = splice(source, node.closeStart, node.end, "");
  return { source: splice(rest, node.start, node.openEnd, ""), at: node.start };
}

// Where a node goes with one step up (-1) or down (+1): {parent, index} or null.
export function step(node, by) {
  const siblings = blocksOf(node.parent);
  const at = siblings.indexOf(node);
  if (siblings[at + by]) return { parent: node.parent, index: by < 0 ? at - 1 : at + 2 };
  if (node.name === "mj-column") return null;
  const name = nameOf(node);
  if (IN_BODY.has(name)) return stepOut(node, by, name);
  return nextColumn(node, by);
}

function stepOut(node, by, name) {
  const around = node.parent;
  if (!around.parent || !accepts(around.parent, name)) return null;
  return { parent: around.parent, index: blocksOf(around.parent).indexOf(around) + (by < 0 ? 0 : 1) };
}

function nextColumn(node, by) {
  let top = node;
  while (top.parent) top = top.parent;
  const columns = [];
  collectColumns(top, columns);
  let own = node.parent;
  if (own.type === "condition" && accepts(own.parent, nameOf(node))) return stepOut(node, by, nameOf(node));
  const target = columns[columns.indexOf(own) + by];
  return target ? { parent: target, index: by < 0 ? blocksOf(target).length : 0 } : null;
}

function collectColumns(node, columns) {
  for (const child of node.children) {
    if (child.name === "mj-column") columns.push(child);
    else collectColumns(child, columns);
  }
}

// The source for the canvas: every block carries its number as a class.
export function marked(tree, prefix) {
  let out = "";
  let position = 0;
  tree.nodes.forEach((node, number) => {
    if (node.type !== "element" || !inBody(node) || !node.name.startsWith("mj-") || node.name === "mj-raw") return;
    const own = attribute(tree.source, node, "css-class");
    const open = withAttribute(tree.source.slice(node.start, node.openEnd), { ...node, start: 0, openEnd: node.openEnd - node.start }, "css-class", `${prefix}${number} ${own}`.trim());
    out += tree.source.slice(position, node.start) + open;
    position = node.openEnd;
  });
  return out + tree.source.slice(position);
}
