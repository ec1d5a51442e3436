// The mail as its own compiler draws it, in a frame that runs nothing. Blocks in
// it are chosen, dragged and written in from out here.
import { addChips } from "./chips.js";
import { Dragging } from "./dragging.js";

const PREFIX = "wb-e-";
const STYLES = `
  body { user-select: none; -webkit-touch-callout: none; }
  [contenteditable="true"] { user-select: text; }
  [data-wb] { cursor: default; }
  .wb-words { cursor: text; }
  .wb-hover { outline: 1px dashed #0b8a83 !important; outline-offset: -1px; }
  .wb-chosen { outline: 2px solid #0b8a83 !important; outline-offset: -2px; }
  .wb-lifted { opacity: .5; }
  [contenteditable="true"] { outline: 2px solid #c65a1e !important; outline-offset: 2px; cursor: text; min-height: 1em; }
  .wb-chip { display: inline-block; padding: 0 .4em; margin: 0 .1em; border-radius: .4em; background: #d6efec !important; color: #0b4f4b !important; font-size: .85em; line-height: 1.5; text-decoration: none; white-space: nowrap; cursor: pointer; }
  [data-wb-if]::before { content: attr(data-wb-if); display: block; box-sizing: border-box; padding: 2px 8px; font: 600 11px/1.6 system-ui, sans-serif; color: #7a3a08; background: #fdeedd; border: 1px dashed #c65a1e; text-align: start; }
  .wb-empty { min-height: 3rem; border: 1px dashed #8aa3a0; border-radius: 6px; font: 13px/3rem system-ui, sans-serif; color: #56706c; text-align: center; }
  .wb-no-picture { display: block; padding: 2.25rem 1rem; border: 1px dashed #8aa3a0; background: #eef4f3; color: #3d5955; font: 14px/1.4 system-ui, sans-serif; text-align: center; }
  .wb-line { position: absolute; z-index: 9; height: 4px; border-radius: 2px; background: #c65a1e; pointer-events: none; }
  a { pointer-events: auto; }
`;

export const prefix = PREFIX;

function picturesIn(transfer) {
  return [...(transfer?.files ?? [])].filter((file) => file.type.startsWith("image/"));
}

export class Canvas {
  constructor(frame, setup, on) {
    Object.assign(this, { frame, setup, on });
    this.page = frame.contentDocument;
    for (const name of ["click", "dblclick", "keydown", "mouseover", "paste", "dragover", "dragleave", "drop"]) {
      this.page.addEventListener(name, (event) => this[name](event));
    }
    this.dragging = new Dragging(this, on);
    this.page.addEventListener("submit", (event) => event.preventDefault(), true);
  }

  // Puts a drawn mail in place of the one before; the place looked at stays.
  show({ html, direction, language }, nodes, conditions) {
    const drawn = new DOMParser().parseFromString(html, "text/html");
    const scroll = this.page.scrollingElement?.scrollTop ?? 0;
    const styles = drawn.createElement("style");
    styles.textContent = STYLES;
    drawn.head.append(styles);
    this.page.documentElement.dir = direction;
    this.page.documentElement.lang = language;
    this.page.head.replaceWith(this.page.adoptNode(drawn.head));
    this.page.body.replaceWith(this.page.adoptNode(drawn.body));
    this.page.title = this.frame.title;
    this.elements = new Map();
    this.nodes = nodes;
    for (const element of this.page.querySelectorAll(`[class*="${PREFIX}"]`)) this.mark(element, nodes);
    for (const [node, words] of conditions) this.elements.get(node)?.setAttribute("data-wb-if", words);
    addChips(this.page.body, this.setup);
    this.fillHoles(nodes);
    if (this.page.scrollingElement) this.page.scrollingElement.scrollTop = scroll;
    this.fit();
  }

  mark(element, nodes) {
    const number = new RegExp(`(?:^|\\s)${PREFIX}(\\d+)(?:\\s|$)`).exec(element.className)?.[1];
    const node = nodes[number];
    if (!node || this.elements.has(node)) return;
    this.elements.set(node, element);
    element.dataset.wb = number;
    this.words(node)?.classList.add("wb-words");
  }

  fillHoles(nodes) {
    for (const [node, element] of this.elements) {
      if (node.name === "mj-column" && node.children.length === 0) {
        const hint = this.page.createElement("div");
        hint.className = "wb-empty";
        hint.textContent = this.setup.words.empty;
        element.append(hint);
      }
    }
    for (const image of this.page.images) {
      const src = image.getAttribute("src") ?? "";
      if (src && !src.includes("{")) continue;
      const hint = this.page.createElement("span");
      hint.className = "wb-no-picture";
      hint.textContent = this.setup.words.picture;
      image.replaceWith(hint);
    }
  }

  fit() {
    this.frame.style.blockSize = `${Math.max(320, Math.ceil(this.page.body.getBoundingClientRect().height))}px`;
  }

  // Where a block's words stand, to be written in.
  words(node) {
    const element = this.elements.get(node);
    if (!element) return null;
    if (node.name === "mj-text") return element.querySelector(":scope > div");
    if (node.name === "mj-button") return element.querySelector("td > a, td > p");
    return null;
  }

  choose(node) {
    for (const old of this.page.querySelectorAll(".wb-chosen")) old.classList.remove("wb-chosen");
    const element = this.elements?.get(node);
    element?.classList.add("wb-chosen");
    return element ?? null;
  }

  isChosen(node) {
    return Boolean(this.elements.get(node)?.classList.contains("wb-chosen"));
  }

  nodeAt(target) {
    const element = target.closest?.("[data-wb]");
    if (!element) return null;
    for (const [node, own] of this.elements) if (own === element) return node;
    return null;
  }

  isWriting(target) {
    return Boolean(target.closest?.('[contenteditable="true"]'));
  }

  click(event) {
    if (event.target.closest?.("a")) event.preventDefault();
    const chip = event.target.closest?.(".wb-chip");
    if (chip && this.isWriting(chip.parentElement)) return this.on.chip(chip);
    if (this.isWriting(event.target) || this.dragging.hasJustDropped(event)) return;
    const node = this.nodeAt(event.target);
    // A finger has no double click: a second tap begins to write.
    if (this.dragging.pointerType === "touch" && this.isChosen(node)) this.on.write(node);
    else this.on.choose(node);
  }

  dblclick(event) {
    if (!this.isWriting(event.target)) this.on.write(this.nodeAt(event.target));
  }

  keydown(event) {
    if (!this.isWriting(event.target) || event.key === "Escape") this.on.key(event);
  }

  mouseover(event) {
    for (const old of this.page.querySelectorAll(".wb-hover")) old.classList.remove("wb-hover");
    event.target.closest?.("[data-wb]")?.classList.add("wb-hover");
  }

  // A picture out of the clipboard or from a folder becomes a block.
  paste(event) {
    const files = picturesIn(event.clipboardData);
    if (!files.length || event.defaultPrevented) return;
    event.preventDefault();
    this.on.files(files, null);
  }

  dragover(event) {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    this.on.drag({ kind: "image" });
    this.pointAt(event.clientX, event.clientY);
  }

  dragleave(event) {
    if (!event.relatedTarget) this.dragging.pointercancel();
  }

  drop(event) {
    event.preventDefault();
    const goal = this.goalUnder(event.clientX, event.clientY);
    this.dragging.pointercancel();
    const files = picturesIn(event.dataTransfer);
    if (files.length) this.on.files(files, goal);
  }

  // Shows where what is dragged would go, by a point of the frame.
  pointAt(x, y) {
    const goal = this.goalUnder(x, y);
    if (goal) this.showLine(goal);
    else this.hideLine();
  }

  dropAt(x, y) {
    this.hideLine();
    this.on.drop(this.goalUnder(x, y));
  }

  goalUnder(x, y) {
    const target = this.page.elementFromPoint(x, y);
    return target ? this.on.goal((accepted) => this.goalAt(target, y, accepted)) : null;
  }

  // The neighbour at the pointer, and whether to go before or after it.
  goalAt(target, y, accepted) {
    for (let element = target.closest("[data-wb]"); element; element = element.parentElement?.closest("[data-wb]")) {
      const node = this.nodeAt(element);
      const box = element.getBoundingClientRect();
      if (accepted(node.parent)) {
        const after = y > box.top + box.height / 2;
        return { node, after, box };
      }
      if (accepted(node)) return { node, inside: true, after: true, box };
    }
    return null;
  }

  showLine({ box, after }) {
    this.line ??= this.page.createElement("div");
    this.line.className = "wb-line";
    const top = (after ? box.bottom : box.top) + this.page.scrollingElement.scrollTop - 2;
    Object.assign(this.line.style, { top: `${top}px`, left: `${box.left}px`, width: `${box.width}px` });
    if (!this.line.isConnected) this.page.body.append(this.line);
  }

  hideLine() {
    this.line?.remove();
    this.line = null;
  }
}
