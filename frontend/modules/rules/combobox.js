// A text field with a list below it, after the ARIA combobox pattern: arrows
// move, Enter takes, Escape closes, typing searches. One for picking a field or
// a single value, one that gathers many as chips.
import { debounced, fill, h, icon, uid } from "./dom.js";

const SEARCH_DELAY_IN_MS = 180;

// search(text) gives [{ value, label, group }], or promises them if ``remote``.
class ListBox {
  constructor({ label, texts, search, isChosen, take, remote = false, multiple = false }) {
    Object.assign(this, { texts, search, isChosen, take, remote, multiple });
    this.active = -1;
    this.options = [];
    this.list = h("ul", {
      id: uid("list"),
      class: "rule-list",
      role: "listbox",
      hidden: true,
      "aria-label": label,
      "aria-multiselectable": multiple ? "true" : null,
    });
    // A click must not take the focus away before it is counted.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.clicked(event));
  }

  attach(input) {
    this.input = input;
    for (const [key, value] of Object.entries({
      role: "combobox",
      autocomplete: "off",
      spellcheck: "false",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.list.id,
    })) {
      input.setAttribute(key, value);
    }
    const later = debounced(() => this.open(), SEARCH_DELAY_IN_MS);
    input.addEventListener("input", () => (this.remote ? later() : this.open()));
    input.addEventListener("click", () => this.open());
    input.addEventListener("keydown", (event) => this.pressed(event));
    input.addEventListener("blur", () => this.close());
  }

  get isOpen() {
    return !this.list.hidden;
  }

  async open() {
    const asked = (this.asked = Symbol("search"));
    const found = this.search(this.input.value.trim());
    if (!this.remote) return this.show(found, this.texts.nothing_found);
    this.show([], this.texts.searching);
    const options = await found;
    if (asked !== this.asked || document.activeElement !== this.input) return;
    return this.show(options, this.texts.nothing_found);
  }

  show(found, emptyText) {
    this.options = found;
    this.list.replaceChildren(...this.rows(found));
    if (!found.length) this.list.append(h("li", { class: "rule-list-empty", role: "presentation" }, emptyText));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    const chosen = found.findIndex((option) => this.isChosen(option.value));
    this.move(found.length ? Math.max(this.multiple ? 0 : chosen, 0) : -1);
  }

  rows(found) {
    let group = null;
    const rows = [];
    for (const [index, option] of found.entries()) {
      if (option.group && option.group !== group) {
        rows.push(h("li", { class: "rule-list-group", role: "presentation" }, option.group));
      }
      group = option.group;
      rows.push(
        h(
          "li",
          {
            id: `${this.list.id}-${index}`,
            role: "option",
            "data-index": index,
            "aria-selected": String(Boolean(this.isChosen(option.value))),
          },
          option.label,
        ),
      );
    }
    return rows;
  }

  close() {
    this.asked = null;
    this.list.hidden = true;
    this.active = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.closed?.();
  }

  move(index) {
    this.list.querySelector(".is-active")?.classList.remove("is-active");
    this.active = index;
    const row = this.list.querySelector(`[data-index="${index}"]`);
    if (!row) return this.input.removeAttribute("aria-activedescendant");
    row.classList.add("is-active");
    row.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", row.id);
  }

  pressed(event) {
    if (event.isComposing) return;
    const last = this.options.length - 1;
    const moves = {
      ArrowDown: () => Math.min(this.active + 1, last),
      ArrowUp: () => Math.max(this.active - 1, 0),
      PageDown: () => Math.min(this.active + 8, last),
      PageUp: () => Math.max(this.active - 8, 0),
    };
    if (event.key in moves && !event.altKey) {
      event.preventDefault();
      if (this.isOpen) this.move(moves[event.key]());
      else this.open();
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      if (this.isOpen) this.takeActive();
      else this.open();
    } else if (event.key === "Escape" && this.isOpen) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    }
  }

  takeActive() {
    const option = this.options[this.active];
    if (option) this.take(option);
  }

  clicked(event) {
    const row = event.target.closest("[data-index]");
    if (row) this.take(this.options[Number(row.dataset.index)]);
  }
}

export function picker({ label, placeholder, texts, chosenLabel, isChosen, search, take, remote = false, attributes = {} }) {
  const input = h("input", {
    type: "text",
    class: "form-control",
    "aria-label": label,
    placeholder,
    value: chosenLabel,
    ...attributes,
  });
  let searched = false;
  const box = new ListBox({
    label,
    texts,
    isChosen,
    remote,
    search: (text) => search(searched ? text : ""),
    take: (option) => {
      box.close();
      input.value = option.label;
      take(option);
    },
  });
  // Untouched, the field shows its choice and the list shows everything.
  input.addEventListener("input", () => (searched = true), { capture: true });
  input.addEventListener("focus", () => input.select());
  box.closed = () => {
    searched = false;
    input.value = chosenLabel;
  };
  box.attach(input);
  return h("div", { class: "rule-combobox" }, input, box.list);
}

// Gathers values as chips. change(values) is called with [{ value, label }].
export function gatherer({ label, placeholder, texts, values, search, change, remote = false, free = false, attributes = {} }) {
  let chosen = [...values];
  const chips = h("ul", { class: "rule-chips", "aria-label": label });
  const input = h("input", { type: "text", class: "rule-chips-input", "aria-label": label, ...attributes });
  const key = (value) => JSON.stringify(value);
  const has = (value) => chosen.some((one) => key(one.value) === key(value));

  function update(next) {
    chosen = next;
    draw();
    change(chosen);
  }
  function remove(one) {
    update(chosen.filter((other) => other !== one));
    input.focus();
  }
  function draw() {
    chips.replaceChildren(...chosen.map(chip));
    chips.hidden = !chosen.length;
    input.placeholder = chosen.length ? "" : placeholder;
  }
  function chip(one) {
    const close = h(
      "button",
      { type: "button", class: "rule-chip-close", "aria-label": fill(texts.remove_value, { value: one.label }) },
      icon("x"),
    );
    close.addEventListener("click", () => remove(one));
    return h("li", { class: "rule-chip" }, h("bdi", {}, one.label), close);
  }
  input.addEventListener("keydown", (event) => {
    if (event.key === "Backspace" && !input.value && chosen.length) remove(chosen.at(-1));
  });

  const area = h("div", { class: "form-control rule-gatherer" }, chips, input);
  area.addEventListener("click", (event) => {
    if (event.target === area || event.target === chips) input.focus();
  });
  draw();
  if (free) {
    takeTyped(input, (typed) => {
      const added = typed.filter((text) => !has(text)).map((text) => ({ value: text, label: text }));
      if (added.length) update([...chosen, ...added]);
    });
    return h("div", { class: "rule-combobox" }, area);
  }
  const box = new ListBox({
    label,
    texts,
    search,
    remote,
    multiple: true,
    isChosen: has,
    take: (option) => {
      const index = box.active;
      const wasTyped = input.value !== "";
      input.value = "";
      update(has(option.value) ? chosen.filter((one) => key(one.value) !== key(option.value)) : [...chosen, option]);
      if (wasTyped) return box.open();
      box.show(box.options, texts.nothing_found);
      return box.move(index);
    },
  });
  box.closed = () => (input.value = "");
  box.attach(input);
  return h("div", { class: "rule-combobox" }, area, box.list);
}

// Free texts: Enter, a comma or leaving the field takes what was typed; a pasted
// list is taken line by line.
function takeTyped(input, take) {
  const parts = (text) =>
    text
      .split(/[\n\t,،;]/)
      .map((part) => part.trim())
      .filter(Boolean);
  const taken = () => {
    const typed = parts(input.value);
    input.value = "";
    if (typed.length) take(typed);
  };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || !["Enter", ",", "،"].includes(event.key) || event.ctrlKey) return;
    event.preventDefault();
    taken();
  });
  input.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text");
    if (!/[\n\t]/.test(text)) return;
    event.preventDefault();
    take(parts(text));
  });
  input.addEventListener("blur", taken);
}
