// The words of one block while somebody writes: from MJML to a page and back.
import { addChips, CHIP } from "./chips.js";
import { pastedWords } from "./pasting.js";
import { escapeText } from "./source.js";

const LIQUID = /{{[\s\S]*?}}|{%[\s\S]*?%}/g;
const TAG = /<[a-zA-Z/!](?:[^<>"']|"[^"]*"|'[^']*')*>/g;
const VOID = new Set(["area", "br", "col", "hr", "img", "wbr"]);

// Fills `element` with the words of a block, Liquid as chips.
export function showWords(element, inner, setup) {
  // Quotation marks of Liquid inside a tag would end its attribute.
  const kept = [];
  const hidden = inner.replace(LIQUID, (liquid) => `\uE000${kept.push(liquid) - 1}\uE001`);
  const back = (text, change) => text.replace(/\uE000(\d+)\uE001/g, (_all, number) => change(kept[number]));
  let html = "";
  let position = 0;
  const attributeText = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  for (const hit of hidden.matchAll(TAG)) {
    html += back(hidden.slice(position, hit.index), escapeText) + back(hit[0], attributeText);
    position = hit.index + hit[0].length;
  }
  element.innerHTML = html + back(hidden.slice(position), escapeText);
  addChips(element, setup);
}

// What `element` holds as MJML takes it: closed tags, escaped texts.
export function readWords(element) {
  return [...element.childNodes].map(written).join("");
}

function written(node) {
  if (node.nodeType === Node.TEXT_NODE) return escapeText(node.data);
  if (node.nodeType === Node.COMMENT_NODE) return `<!--${node.data}-->`;
  if (node.nodeType !== Node.ELEMENT_NODE) return "";
  if (node.classList.contains(CHIP)) return node.dataset.liquid;
  const name = node.localName;
  const attributes = [...node.attributes].map((each) => ` ${each.name}="${attributeValue(each.value)}"`).join("");
  return VOID.has(name) ? `<${name}${attributes} />` : `<${name}${attributes}>${readWords(node)}</${name}>`;
}

function attributeValue(value) {
  let out = "";
  let position = 0;
  for (const hit of value.matchAll(LIQUID)) {
    out += escapeText(value.slice(position, hit.index)).replaceAll('"', "&quot;") + hit[0];
    position = hit.index + hit[0].length;
  }
  return out + escapeText(value.slice(position)).replaceAll('"', "&quot;");
}

// One block being written in: begins with its words, ends with what became of them.
export class Writing {
  constructor({ element, inner, setup, onChange, isPlain }) {
    Object.assign(this, { element, setup, onChange, isPlain, page: element.ownerDocument });
    showWords(element, inner, setup);
    this.old = new Set(element.querySelectorAll("*"));
    this.before = readWords(element);
    this.inner = inner;
    element.contentEditable = "true";
    element.spellcheck = true;
    this.listeners = {
      input: () => onChange(),
      keydown: (event) => this.key(event),
      paste: (event) => this.paste(event),
      drop: (event) => event.preventDefault(),
    };
    for (const [name, run] of Object.entries(this.listeners)) element.addEventListener(name, run);
    element.focus();
    this.page.execCommand("styleWithCSS", false, false);
    this.page.getSelection().selectAllChildren(element);
    this.page.getSelection().collapseToEnd();
  }

  // The words as they are now; letter by letter the old ones if nothing changed.
  words() {
    const now = readWords(this.element);
    if (now === this.before) return this.inner;
    // Browsers write hard spaces where somebody types soft ones.
    return this.before.includes("&#160;") ? now : now.replaceAll("&#160;", " ");
  }

  key(event) {
    if (event.key === "Enter" && !event.isComposing && !this.inList()) {
      event.preventDefault();
      this.run("insertLineBreak");
    }
  }

  inList() {
    const at = this.page.getSelection().anchorNode;
    const element = at?.nodeType === Node.ELEMENT_NODE ? at : at?.parentElement;
    return Boolean(element?.closest("li"));
  }

  // Words come along with bold, italic, links and lists; no other looks.
  paste(event) {
    const copied = event.clipboardData;
    const text = copied.getData("text/plain");
    if (!text && copied.files.length) return; // a picture: the canvas takes it
    event.preventDefault();
    const html = this.isPlain ? "" : pastedWords(copied.getData("text/html"));
    if (html) this.page.execCommand("insertHTML", false, html);
    else this.insertLines(text);
    this.withoutLooks();
    addChips(this.element, this.setup);
    this.onChange();
  }

  insertLines(text) {
    text.split(/\r?\n/).forEach((line, number) => {
      if (number > 0) this.page.execCommand("insertLineBreak");
      if (line) this.page.execCommand("insertText", false, line);
    });
  }

  // Browsers write down how words happened to look where they are put.
  withoutLooks() {
    for (const element of this.element.querySelectorAll("b, i, ul, ol, li, a")) {
      if (!this.old.has(element)) element.removeAttribute("style");
    }
    for (const span of this.element.querySelectorAll("span[style]")) {
      if (!this.old.has(span) && !span.classList.contains(CHIP)) span.replaceWith(...span.childNodes);
    }
  }

  run(command, value = null) {
    this.restore();
    this.page.execCommand(command, false, value);
    this.onChange();
  }

  // A dialog takes the focus away: where the caret stood is kept meanwhile.
  keep() {
    const selection = this.page.getSelection();
    const range = selection.rangeCount ? selection.getRangeAt(0) : null;
    this.kept = range && this.element.contains(range.commonAncestorContainer) ? range.cloneRange() : null;
  }

  restore() {
    this.page.defaultView.focus();
    this.element.focus();
    if (!this.kept) return;
    const selection = this.page.getSelection();
    selection.removeAllRanges();
    selection.addRange(this.kept);
    this.kept = null;
  }

  insert(chip) {
    this.restore();
    const selection = this.page.getSelection();
    const range = selection.getRangeAt(0);
    range.deleteContents();
    range.insertNode(chip);
    range.setStartAfter(chip);
    range.collapse(true);
    selection.removeAllRanges();
    selection.addRange(range);
    this.onChange();
  }

  linkAt() {
    const at = this.page.getSelection().anchorNode;
    const element = at?.nodeType === Node.ELEMENT_NODE ? at : at?.parentElement;
    return element?.closest("a") ?? null;
  }

  end() {
    for (const [name, run] of Object.entries(this.listeners)) this.element.removeEventListener(name, run);
    this.element.removeAttribute("contenteditable");
    this.element.removeAttribute("spellcheck");
    return this.words();
  }
}
