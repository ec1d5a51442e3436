// What can be set on the chosen block: its attributes, or whom a condition is for.
import { readCondition, writeCondition } from "./conditions.js";
import { make, part } from "./dom.js";
import { attribute } from "./source.js";

const SIDES = { left: "start", center: "centre", right: "far" };
const COLOUR = /^#[0-9a-f]{6}$/i;

export class Panel {
  constructor(place, setup, given) {
    Object.assign(this, { place, setup }, given);
  }

  show(source, node) {
    const { words, properties } = this.setup;
    if (!node) return this.say(words.chooseBlock);
    if (node.type === "condition") return this.showCondition(node);
    const known = properties[node.name] ?? [];
    if (known.length === 0 && !this.hasWords(node)) return this.say(words.nothing);
    this.place.replaceChildren(...known.map((property) => this.row(property, attribute(source, node, property.name))));
    return null;
  }

  // From far away on a narrow screen.
  enter() {
    this.place.scrollIntoView({ block: "center" });
    this.place.querySelector("input:not([hidden]), select, button")?.focus();
  }

  say(text) {
    this.place.replaceChildren(make("p", { className: "text-secondary" }, text));
  }

  hasWords(node) {
    return node.name === "mj-text" || node.name === "mj-button";
  }

  row(property, value) {
    const id = `set-${property.name}`;
    const label = make("label", { className: "form-label", htmlFor: id }, property.label);
    const makers = { side: "side", colour: "colour", size: "size", spacing: "size", picture: "picture" };
    const control = this[makers[property.kind] ?? "line"](property, value, id);
    const row = make("div", { className: "editor-setting" }, label, ...control);
    if (property.name === "alt") {
      row.append(this.altHint(value, row));
      row.addEventListener("change", () => this.described());
    }
    return row;
  }

  input(property, value, id, change = (text) => text) {
    const input = make("input", { className: "form-control form-control-sm", id, type: "text", value, autocomplete: "off" });
    if (property.kind !== "words") input.dir = "ltr";
    input.addEventListener("input", () => this.set(property.name, change(input.value)));
    return input;
  }

  line(property, value, id) {
    const input = this.input(property, value, id);
    const picker = part(this.root, "merge-picker");
    picker.querySelector("label").htmlFor = `${id}-merge`;
    Object.assign(picker.querySelector("select"), { id: `${id}-merge` }).dataset.mergeInto = id;
    return [input, picker];
  }

  size(property, value, id) {
    // People write 16 and mean 16 pixels.
    const pixels = (text) => text.trim().replace(/(^|\s)(\d+(?:\.\d+)?)(?=\s|$)/g, "$1$2px");
    return [this.input(property, value, id, pixels)];
  }

  side(property, value, id) {
    const { words } = this.setup;
    const select = make("select", { className: "form-select form-select-sm", id }, make("option", { value: "" }, words.asUsual));
    for (const [side, word] of Object.entries(SIDES)) select.append(make("option", { value: side }, words[word]));
    select.value = value in SIDES ? value : "";
    select.addEventListener("change", () => this.set(property.name, select.value));
    return [select];
  }

  colour(property, value, id) {
    const input = this.input(property, value, id);
    const wheel = make("input", { type: "color", className: "form-control form-control-color editor-wheel", "aria-label": property.label, value: COLOUR.test(value) ? value : "#ffffff" });
    wheel.addEventListener("input", () => {
      input.value = wheel.value;
      this.set(property.name, wheel.value);
    });
    input.addEventListener("input", () => COLOUR.test(input.value) && (wheel.value = input.value));
    input.placeholder = this.setup.words.noColour;
    return [make("div", { className: "editor-colour" }, wheel, input)];
  }

  picture(property, value, id) {
    const { words } = this.setup;
    const file = make("input", { type: "file", accept: "image/png,image/jpeg,image/gif,image/webp", hidden: true, id: `${id}-file` });
    const button = make("button", { type: "button", className: "btn btn-sm", id: `${id}-upload` }, words.upload);
    const note = make("p", { className: "form-hint", role: "status", id: `${id}-note` });
    const earlier = make("button", { type: "button", className: "btn btn-sm", id: `${id}-earlier` }, words.earlier);
    button.addEventListener("click", () => file.click());
    earlier.addEventListener("click", () => this.pictures.open());
    file.addEventListener("change", async () => {
      if (file.files[0]) await this.pictures.upload(file.files[0]);
      file.value = "";
    });
    return [make("div", { className: "btn-list" }, button, earlier), file, note, ...this.line(property, value, id)];
  }

  altHint(value, row) {
    const hint = make("p", { className: "form-hint editor-missing" }, this.setup.words.altMissing);
    hint.hidden = value !== "";
    row.addEventListener("input", (event) => (hint.hidden = event.target.value !== ""));
    return hint;
  }

  showCondition(node) {
    const read = readCondition(node.text);
    if (!read) return this.say(this.setup.words.conditionOther);
    const known = this.setup.conditions.some((each) => each.path === read.path);
    const choices = known ? this.setup.conditions : [{ path: read.path, label: read.path, values: [] }, ...this.setup.conditions];
    const select = make("select", { className: "form-select form-select-sm", id: "set-condition" });
    for (const each of choices) select.append(make("option", { value: each.path }, each.label));
    select.value = read.path;
    select.addEventListener("change", () => this.setCondition(writeCondition({ path: select.value, values: [] }), true));
    const label = make("label", { className: "form-label", htmlFor: "set-condition" }, this.setup.words.condition);
    const boxes = this.boxes(choices.find((each) => each.path === read.path), read);
    this.place.replaceChildren(make("div", { className: "editor-setting" }, label, select), boxes);
    return null;
  }

  boxes(choice, read) {
    const all = [...choice.values, ...read.values.filter((value) => !choice.values.some((each) => each.value === value)).map((value) => ({ value, label: value }))];
    const box = make("fieldset", { className: "editor-values" }, make("legend", { className: "visually-hidden" }, choice.label));
    for (const { value, label } of all) {
      const tick = make("input", { type: "checkbox", className: "form-check-input", value, checked: read.values.includes(value) });
      box.append(make("label", { className: "form-check" }, tick, make("span", { className: "form-check-label", dir: "auto" }, label)));
    }
    box.addEventListener("change", () => {
      const values = [...box.querySelectorAll(":checked")].map((tick) => tick.value);
      this.setCondition(writeCondition({ path: choice.path, values }), false);
    });
    return box;
  }
}
