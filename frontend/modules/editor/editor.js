// The editor of one body: the textarea holds the truth, everything here changes it.
import { Canvas, prefix } from "./canvas.js";
import { conditionWords } from "./conditions.js";
import { Drawing } from "./drawing.js";
import { History } from "./history.js";
import { keyAction } from "./keys.js";
import { Outline } from "./outline.js";
import { Panel } from "./panel.js";
import { Pictures } from "./pictures.js";
import { inSection, placeFor } from "./places.js";
import * as edit from "./source.js";
import { Insertions } from "./insertions.js";
import { Writing } from "./words.js";

const DRAW_PAUSE_IN_MS = 250;
const WORDED = new Set(["mj-text", "mj-button"]);

export class Editor {
  constructor(root, textarea, setup) {
    Object.assign(this, { root, textarea, setup, chosen: null, writing: null, dragged: null });
    this.find = (selector) => root.querySelector(selector);
    this.tree = edit.parse(textarea.value);
    this.insertions = new Insertions(this);
    this.pictures = new Pictures(this, setup);
    this.history = new History(textarea.value);
    this.drawing = new Drawing(setup, { shown: (drawn) => this.shown(drawn), failed: () => this.problems([{ message: setup.words.drawFailed }]) });
    this.outline = new Outline(this.find("[data-outline]"), {
      label: (node) => this.label(node, true),
      choose: (node) => this.choose(node),
      key: (event) => this.key(event),
    });
    this.panel = new Panel(this.find("[data-settings]"), setup, {
      root,
      set: (name, value) => this.set(name, value),
      setCondition: (text, again) => this.setCondition(text, again),
      pictures: this.pictures,
      described: () => this.chosen && this.pictures.described(this.tree.source, this.chosen),
    });
    this.canvas = new Canvas(this.find("[data-canvas]"), setup, {
      choose: (node) => this.choose(node),
      write: (node) => this.write(node),
      key: (event) => this.key(event),
      chip: (chip) => this.insertions.askField(chip),
      drag: (dragged) => (this.dragged = dragged),
      goal: (at) => this.goal(at),
      drop: (goal) => this.drop(goal),
      files: (files, goal) => this.pictures.bring(files, goal),
    });
    this.refresh();
  }

  // --- what there is -----------------------------------------------------------

  label(node, withWords = false) {
    const { elements, blocks } = this.setup;
    if (node.type === "condition") return conditionWords(node.text, this.setup);
    const name = elements[node.name] ?? blocks.find((block) => block.kind === node.name)?.label ?? node.name;
    if (!withWords || !WORDED.has(node.name)) return name;
    const text = edit.inner(this.tree.source, node).replace(/<[^>]*>|{%.*?%}/g, " ").replace(/{{\s*([\w.]+).*?}}/g, (_all, path) => this.setup.fields.find((each) => each.path === path)?.label ?? "…");
    const short = edit.unescapeText(text).replace(/\s+/g, " ").trim().slice(0, 40);
    return short ? `${name}: ${short}` : name;
  }

  // The node as it is now. The canvas may still show the mail before the last
  // change: what only changed words or attributes has the same nodes in order.
  current(node) {
    if (!node || this.tree.nodes.includes(node)) return node;
    const shown = this.canvas.nodes ?? [];
    const now = this.tree.nodes[shown.indexOf(node)];
    return now && shown.length === this.tree.nodes.length && now.name === node.name ? now : null;
  }

  announce(word, node) {
    this.find("[data-announce]").textContent = this.setup.words[word].replace("%(block)s", this.label(node));
  }

  // --- changing ----------------------------------------------------------------

  // Takes `source` over; `at` is where the chosen block begins in it.
  change(source, at, { kind = null, keepsPanel = false, draws = true } = {}) {
    if (source !== this.tree.source) {
      this.history.add(source, at, kind);
      this.take(source, at);
      this.tell();
    } else this.chosen = this.tree.nodes.find((node) => node.start === at) ?? null;
    this.refresh({ keepsPanel, draws });
  }

  take(source, at) {
    this.tree = edit.parse(source);
    this.chosen = this.tree.nodes.find((node) => node.start === at && edit.inBody(node)) ?? null;
  }

  tell() {
    this.textarea.value = this.tree.source;
    this.textarea.dispatchEvent(new Event("input", { bubbles: true }));
  }

  refresh({ keepsPanel = false, draws = true } = {}) {
    this.outline.show(this.tree, this.chosen);
    if (!keepsPanel) this.showChosen();
    this.allow("undo", this.history.mayUndo);
    this.allow("redo", this.history.mayRedo);
    if (draws) this.draw();
  }

  // A button that goes out of use under somebody's keys hands the focus on.
  allow(action, may) {
    const button = this.find(`[data-do=${action}]`);
    const hadFocus = document.activeElement === button;
    button.disabled = !may;
    if (!may && hadFocus) this.outline.list.focus();
  }

  draw() {
    clearTimeout(this.drawTimer);
    this.drawn ??= new Promise((resolve) => (this.resolveDrawn = resolve));
    this.root.dataset.drawing = "";
    const pause = this.canvas.elements ? DRAW_PAUSE_IN_MS : 0;
    this.drawTimer = setTimeout(() => this.drawing.ask(edit.marked(this.tree, prefix)), pause);
  }

  shown(drawn) {
    this.problems(drawn.problems);
    if (this.writing) return;
    if (drawn.html) {
      const conditions = this.tree.nodes.filter((node) => node.type === "condition").flatMap((node) => {
        const first = edit.blocksOf(node).find((child) => child.type === "element");
        return first ? [[first, conditionWords(node.text, this.setup)]] : [];
      });
      this.canvas.show(drawn, this.tree.nodes, conditions);
      this.canvas.choose(this.chosen);
    }
    this.resolveDrawn?.();
    this.drawn = null;
    delete this.root.dataset.drawing;
  }

  problems(found) {
    const list = this.find("[data-problems]");
    const { line } = this.setup.words;
    const text = (each) => (each.line ? line.replace("%(line)s", each.line).replace("%(message)s", each.message) : each.message);
    list.replaceChildren(...found.map((each) => Object.assign(document.createElement("li"), { textContent: text(each) })));
    list.hidden = found.length === 0;
  }

  step(by) {
    this.endWriting();
    const state = this.history.move(by);
    if (!state) return;
    this.take(state.source, state.at);
    this.tell();
    this.refresh();
  }

  // --- choosing ----------------------------------------------------------------

  choose(node, { scrolls = true } = {}) {
    const place = this.tree.nodes.indexOf(node);
    this.endWriting();
    this.chosen = place < 0 ? this.current(node) : this.tree.nodes[place];
    this.outline.point(this.chosen);
    this.showChosen();
    const element = this.canvas.choose(node);
    if (!element || !scrolls) return;
    // The frame is as tall as the mail: the page around it is what scrolls.
    const box = element.getBoundingClientRect();
    const stage = this.find("[data-stage]");
    if (box.top < stage.scrollTop || box.bottom > stage.scrollTop + stage.clientHeight) stage.scrollTop = Math.max(0, box.top - 40);
  }

  showChosen() {
    const node = this.chosen;
    this.panel.show(this.tree.source, node);
    this.find("[data-chosen]").textContent = node ? this.label(node) : "";
    this.find("[data-chosen-tools]").hidden = !node;
    this.find("[data-words-tools]").hidden = !this.writing;
    if (!node) return;
    const isBody = node.name === "mj-body";
    for (const button of this.root.querySelectorAll("[data-chosen-tools] [data-do]")) button.hidden = isBody;
    this.find("[data-do=write]").hidden = !WORDED.has(node.name) || Boolean(this.writing);
    this.find("[data-do=wrap]").hidden = !edit.accepts(node.parent, "mj-section") || node.type === "condition";
    this.find("[data-do=unwrap]").hidden = node.type !== "condition";
  }

  // --- acting on the chosen block ------------------------------------------------

  set(name, value) {
    const node = this.chosen;
    if (!node) return;
    this.change(edit.withAttribute(this.tree.source, node, name, value), node.start, { kind: `${name} ${node.start}`, keepsPanel: true });
  }

  setCondition(text, again) {
    const node = this.chosen;
    this.change(edit.withCondition(this.tree.source, node, text), node.start, { keepsPanel: !again });
    this.find("[data-chosen]").textContent = this.label(this.chosen);
  }

  act(name) {
    const node = this.chosen;
    if (name === "undo" || name === "redo") return this.step(name === "undo" ? -1 : 1);
    if (!node || node.name === "mj-body") return null;
    if (name === "write") return this.write(node);
    if (name === "done") return this.endWriting();
    if (name === "settings") return this.panel.enter();
    this.endWriting();
    const now = this.tree.nodes.find((each) => each.start === node.start);
    if (now) this[`do_${name}`](now);
    return null;
  }

  do_up(node) {
    this.moveBy(node, -1);
  }

  do_down(node) {
    this.moveBy(node, 1);
  }

  moveBy(node, by) {
    const goal = edit.step(node, by);
    if (!goal) return;
    const { source, at } = edit.moved(this.tree.source, node, goal.parent, goal.index);
    this.announce("moved", node);
    this.change(source, at);
  }

  do_duplicate(node) {
    const { source, at } = edit.duplicated(this.tree.source, node);
    this.announce("added", node);
    this.change(source, at);
  }

  do_remove(node) {
    const siblings = edit.blocksOf(node.parent);
    const place = siblings.indexOf(node);
    const near = siblings[place - 1] ?? (node.parent.name === "mj-body" ? null : node.parent);
    this.announce("removed", node);
    this.change(edit.removed(this.tree.source, node), near?.start ?? -1);
  }

  do_wrap(node) {
    const { source, at } = edit.wrapped(this.tree.source, node, "{% if lead.product %}", "{% endif %}");
    this.change(source, at);
  }

  do_unwrap(node) {
    const { source, at } = edit.unwrapped(this.tree.source, node);
    this.change(source, at);
  }

  // --- adding --------------------------------------------------------------------

  add(kind) {
    this.endWriting();
    const block = this.setup.blocks.find((each) => each.kind === kind);
    if (!edit.body(this.tree)) return null;
    return this.put(block, placeFor(this.tree, this.chosen, block.isSection));
  }

  async put(block, { parent, index, wrap = false }) {
    const text = wrap ? inSection(block.source) : block.source;
    const { source, at } = edit.inserted(this.tree.source, parent, index, text);
    const start = wrap ? source.indexOf(block.source.slice(0, 9), at + 1) : at;
    this.change(source, start);
    const node = this.chosen;
    if (!node) return;
    this.announce("added", node);
    if (WORDED.has(node.name)) await this.write(node, { all: true });
    else if (node.name === "mj-image") document.getElementById("set-src-upload")?.focus();
  }

  // --- dragging ------------------------------------------------------------------

  goal(at) {
    if (!this.dragged) return null;
    const { node, kind } = this.dragged;
    const block = this.setup.blocks.find((each) => each.kind === kind);
    const name = node ? edit.nameOf(node) : block.isSection ? "mj-section" : "mj-text";
    return at((parent) => parent && edit.accepts(parent, name) && !this.isInside(parent, node));
  }

  isInside(parent, node) {
    for (let at = parent; at; at = at.parent) if (at === node) return true;
    return false;
  }

  drop(goal) {
    const { kind, node: old } = this.dragged ?? {};
    this.dragged = null;
    this.endWriting();
    const [node, near] = [this.current(old), this.current(goal?.node)];
    if (!near || (!kind && !node)) return null;
    const parent = goal.inside ? near : near.parent;
    const siblings = edit.blocksOf(parent);
    const index = goal.inside ? siblings.length : siblings.indexOf(near) + (goal.after ? 1 : 0);
    if (kind) return this.put(this.setup.blocks.find((each) => each.kind === kind), { parent, index });
    const { source, at } = edit.moved(this.tree.source, node, parent, index);
    this.change(source, at);
    return null;
  }

  // --- writing -------------------------------------------------------------------

  async write(node, { all = false } = {}) {
    const wanted = this.current(node);
    if (!wanted || !WORDED.has(wanted.name) || this.writing) return;
    if (this.drawn) await this.drawn;
    const now = this.tree.nodes.find((each) => each.start === wanted.start);
    const element = now && this.canvas.words(now);
    if (!element || this.writing) return;
    this.choose(now);
    this.canvas.frame.contentWindow.focus();
    this.writing = new Writing({ element, inner: edit.inner(this.tree.source, now), setup: this.setup, isPlain: now.name === "mj-button", onChange: () => this.wordsChanged() });
    if (all) element.ownerDocument.getSelection().selectAllChildren(element);
    this.showChosen();
  }

  wordsChanged() {
    clearTimeout(this.wordsTimer);
    this.wordsTimer = setTimeout(() => this.takeWords(), 300);
    this.canvas.fit();
  }

  takeWords() {
    clearTimeout(this.wordsTimer);
    if (!this.writing || !this.chosen) return;
    const node = this.chosen;
    const source = edit.withInner(this.tree.source, node, this.writing.words());
    this.change(source, node.start, { kind: `words ${node.start}`, keepsPanel: true, draws: false });
  }

  endWriting() {
    if (!this.writing) return;
    this.takeWords();
    this.writing.end();
    this.writing = null;
    this.showChosen();
    this.draw();
  }

  // --- keys ----------------------------------------------------------------------

  key(event) {
    const action = keyAction(event, { isWriting: Boolean(this.writing) });
    if (!action) return;
    event.preventDefault();
    if (action === "previous" || action === "next") this.choose(this.outline.beside(this.chosen, action === "next" ? 1 : -1));
    else if (action === "leave") this.leave();
    else if (action === "palette") this.find("[data-add]").focus();
    else this.act(action);
  }

  leave() {
    const wasWriting = Boolean(this.writing);
    this.endWriting();
    if (!wasWriting) this.choose(null);
    this.find("[data-outline]").focus();
  }

  // The code was changed by hand: everything is read anew.
  reread() {
    const source = this.textarea.value;
    if (source === this.tree.source) return;
    this.history.add(source, -1);
    this.take(source, -1);
    this.refresh();
  }
}
