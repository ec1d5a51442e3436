// The builder on screen: draws the tree, changes it, keeps the focus where the
// person was, and writes the tree into a hidden field of the form around it.
import { picker } from "./combobox.js";
import { fill, h, icon, options } from "./dom.js";
import { fromJson, isGroup, newRule, nodePath, parentOf, places, scopeOf, setScope, toJson } from "./tree.js";
import { valueControl } from "./values.js";

export class RuleBuilder extends EventTarget {
  constructor({ area, input, scopes, status, registry }) {
    super();
    Object.assign(this, { area, input, scopes, status, registry });
    this.texts = registry.texts;
    this.tree = fromJson(JSON.parse(input.value || "{}"));
    this.elements = new Map();
    this.remarks = [];
    area.addEventListener("keydown", (event) => this.pressed(event));
    for (const radio of scopes) radio.addEventListener("change", () => this.chooseScope(radio.value));
    this.draw();
    this.write();
  }

  // ------------------------------------------------------------- the tree

  // Every rule says what it needs; only such a tree can be counted.
  get isFinished() {
    return [...places(this.tree)].every(({ node }) => isGroup(node) || this.registry.isFinished(node));
  }

  // Another tree in place of this one; the focus goes to the node at ``path``.
  load(tree, path = "") {
    this.tree = fromJson(tree);
    this.changed();
    const node = [...places(this.tree)].find((place) => place.path === path)?.node ?? this.tree;
    this.draw({ node, part: isGroup(node) ? "match" : "field" });
    this.say(this.texts.loaded);
  }

  changed() {
    this.remarks = [];
    this.write();
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
    this.dispatchEvent(new Event("change"));
  }

  write() {
    this.input.value = JSON.stringify(toJson(this.tree));
    const scope = scopeOf(this.tree);
    for (const radio of this.scopes) radio.checked = radio.value === scope;
    for (const { node } of places(this.tree)) this.markUnfinished(node);
  }

  chooseScope(scope) {
    setScope(this.tree, scope);
    this.changed();
    this.draw();
  }

  add(group, node) {
    group.rules.push(node);
    this.changed();
    this.draw({ node: isGroup(node) ? node.rules[0] : node, part: "field" });
    this.say(this.texts.added);
  }

  duplicate(node) {
    const { parent, index } = parentOf(this.tree, node);
    const copy = structuredClone(node);
    parent.rules.splice(index + 1, 0, copy);
    this.changed();
    this.draw({ node: copy, part: isGroup(copy) ? "match" : "field" });
    this.say(this.texts.duplicated);
  }

  remove(node) {
    const { parent, index } = parentOf(this.tree, node);
    parent.rules.splice(index, 1);
    const next = parent.rules[index] ?? parent.rules[index - 1];
    this.changed();
    this.draw(next ? { node: next, part: "delete" } : { node: parent, part: "add" });
    this.say(this.texts.deleted);
  }

  // ------------------------------------------------- what the server says

  // remarks: [{ path, level, text, cure: { label, tree } }]
  remark(remarks) {
    this.remarks = remarks;
    const nodes = new Map([...places(this.tree)].map(({ path, node }) => [path, node]));
    for (const element of this.elements.values()) this.notesOf(element).replaceChildren();
    for (const node of nodes.values()) this.markUnfinished(node);
    for (const remark of remarks) {
      const element = this.elements.get(nodes.get(nodePath(remark.path)));
      if (!element) continue;
      this.notesOf(element).append(this.remarkLine(remark));
      if (remark.level === "error") element.setAttribute("data-faulty", "");
    }
  }

  remarkLine({ path, level, text, cure }) {
    const line = h("p", { class: `rule-note rule-note-${level}` }, icon(level === "error" ? "alert-circle" : "info-circle"), h("span", {}, text));
    if (cure) {
      const press = () => this.load(cure.tree, nodePath(path));
      line.append(h("button", { type: "button", class: "btn btn-sm", onclick: press }, cure.label));
    }
    return line;
  }

  notesOf(element) {
    return element.querySelector(":scope > .rule-notes");
  }

  markUnfinished(node) {
    const element = this.elements.get(node);
    if (!element) return;
    element.removeAttribute("data-faulty");
    if (isGroup(node)) return;
    const finished = this.registry.isFinished(node);
    element.toggleAttribute("data-unfinished", !finished);
    const text = node.field ? this.texts.value_needed : this.texts.field_needed;
    this.notesOf(element).replaceChildren(...(finished ? [] : [h("p", { class: "rule-note rule-note-todo" }, text)]));
  }

  say(text) {
    this.status.textContent = text;
  }

  // -------------------------------------------------------------- drawing

  draw(focus = null) {
    this.elements.clear();
    this.area.replaceChildren(this.groupElement(this.tree, null, ""));
    this.write();
    if (focus) this.elements.get(focus.node)?.querySelector(`[data-part="${focus.part}"]`)?.focus();
  }

  groupElement(group, parent, number) {
    const rows = group.rules.map((node, index) => {
      const own = `${number ? `${number}.` : ""}${index + 1}`;
      return h("li", {}, isGroup(node) ? this.groupElement(node, group, own) : this.rowElement(node, own));
    });
    const element = h(
      "div",
      { class: parent ? "rule-group rule-branch" : "rule-group", role: "group", "aria-label": parent ? fill(this.texts.branch, { number }) : this.texts.all_rules },
      h("div", { class: "rule-sentence" }, this.sentence(group), parent ? this.nodeButtons(group, number) : null),
      rows.length ? h("ol", { class: "rule-rows" }, rows) : h("p", { class: "rule-empty" }, parent ? this.texts.empty_branch : this.texts.empty_tree),
      h("div", { class: "rule-notes" }),
      this.adders(group),
    );
    this.elements.set(group, element);
    return element;
  }

  sentence(group) {
    const [before, after] = this.texts.sentence.split("%(match)s");
    const select = h("select", { class: "form-select rule-match", "aria-label": this.texts.match, "data-part": "match" }, options(this.registry.matches.map(({ value, label }) => [value, label]), group.match));
    select.addEventListener("change", () => {
      group.match = select.value;
      this.changed();
    });
    return h("span", { class: "rule-words" }, before, select, after);
  }

  adders(group) {
    const button = (name, text, part, make) => {
      const press = () => this.add(group, make());
      return h("button", { type: "button", class: "btn btn-sm", "data-part": part, onclick: press }, icon(name), text);
    };
    return h(
      "div",
      { class: "rule-adders" },
      button("plus", this.texts.new_rule, "add", newRule),
      button("git-branch", this.texts.add_branch, "add-branch", () => ({ match: group.match === "any" ? "all" : "any", rules: [newRule()] })),
    );
  }

  rowElement(rule, number) {
    const field = this.registry.fields[rule.field];
    const name = field?.label ?? rule.field;
    const element = h(
      "div",
      { class: "rule-row", role: "group", "aria-label": fill(this.texts.rule, { number, field: name }) },
      h("div", { class: "rule-field" }, this.fieldPicker(rule)),
      h("div", { class: "rule-op" }, field ? this.operatorSelect(rule, field) : null),
      h("div", { class: "rule-value" }, field ? this.valueOf(rule) : null),
      this.nodeButtons(rule, number),
      h("div", { class: "rule-notes" }),
    );
    this.elements.set(rule, element);
    return element;
  }

  fieldPicker(rule) {
    return picker({
      label: this.texts.field,
      texts: this.texts,
      placeholder: this.texts.choose_field,
      chosenLabel: this.registry.fields[rule.field]?.label ?? rule.field,
      isChosen: (value) => value === rule.field,
      search: (text) => this.registry.fieldOptions(text),
      take: ({ value }) => this.chooseField(rule, value),
      attributes: { "data-part": "field" },
    });
  }

  chooseField(rule, name) {
    if (rule.field !== name) {
      rule.field = name;
      rule.op = this.registry.operatorsOf(name)[0].value;
      rule.value = this.registry.startValue(rule, null);
      this.changed();
      this.draw();
    }
    this.elements.get(rule).querySelector("[data-part=op]").focus();
  }

  operatorSelect(rule, field) {
    const pairs = this.registry.operatorsOf(rule.field).map(({ value, label }) => [value, label]);
    const select = h("select", { class: "form-select", "data-part": "op", "aria-label": `${field.label}: ${this.texts.operator}` }, options(pairs, rule.op));
    select.addEventListener("change", () => {
      const before = this.registry.shapeOf(rule) === "none" ? rule.kept : rule.value;
      rule.op = select.value;
      rule.value = this.registry.startValue(rule, before);
      rule.kept = before;
      this.changed();
      this.elements.get(rule).querySelector(".rule-value").replaceChildren(...[this.valueOf(rule)].filter(Boolean));
    });
    return select;
  }

  valueOf(rule) {
    return valueControl(rule, this.registry, (value) => {
      rule.value = value;
      this.changed();
    });
  }

  nodeButtons(node, number) {
    const button = (name, text, part, press) =>
      h("button", { type: "button", class: "btn btn-icon btn-ghost-secondary", title: text, "aria-label": `${text} (${number})`, "data-part": part, onclick: press }, icon(name));
    return h(
      "div",
      { class: "rule-buttons" },
      button("copy", this.texts.duplicate, "duplicate", () => this.duplicate(node)),
      button("trash", this.texts.delete, "delete", () => this.remove(node)),
    );
  }

  // Enter in a field of the builder must not send the form around it.
  pressed(event) {
    if (event.key === "Enter" && !event.ctrlKey && event.target.matches("input")) event.preventDefault();
  }
}
