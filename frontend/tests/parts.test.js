import assert from "node:assert/strict";
import { test } from "node:test";
import { readField, writeField } from "../modules/editor/chips.js";
import { conditionWords, readCondition, writeCondition } from "../modules/editor/conditions.js";
import { History } from "../modules/editor/history.js";
import { keyAction } from "../modules/editor/keys.js";
import { placeFor } from "../modules/editor/places.js";
import { parse } from "../modules/editor/source.js";

const SETUP = {
  fields: [{ path: "lead.lost_reason", label: "Lost reason" }],
  conditions: [{ path: "lead.lost_reason", label: "Lost reason", values: [{ value: "a", label: "Too dear" }] }],
  words: { conditionOther: "by hand", hasProduct: "with a product", ifSet: "with %(field)s", ifIs: "%(field)s is %(values)s", or: "or" },
};

test("conditions of the panel are read as they were written", () => {
  for (const condition of [
    { path: "lead.product", values: [] },
    { path: "lead.language", values: ["uk"] },
    { path: "lead.lost_reason", values: ["Too late or too dear", "We don't have people/skills", 'The "best" price'] },
  ]) {
    assert.deepEqual(readCondition(writeCondition(condition)), condition);
  }
});

// Written the same in tests/content/test_liquid.py, which asks the server about it.
const STRANGE = `A "5' shelf" 20 %} & {{ x }}\n&#34; <b> "قفسه"\u200f`;
const WRITTEN = `{% if lead.lost_reason == "A &#34;5' shelf&#34; 20 %&#125; & &#123;&#123; x &#125;&#125;&#10;&#38;#34; &#60;b&#62; &#34;قفسه&#34;\u200f" %}`;

test("names that a quoted text cannot hold go by numbers", () => {
  const condition = { path: "lead.lost_reason", values: [STRANGE] };
  assert.equal(writeCondition(condition), WRITTEN);
  assert.deepEqual(readCondition(WRITTEN), condition);
  assert.equal(parse(`<mjml><mj-body>${WRITTEN}<mj-section></mj-section>{% endif %}</mj-body></mjml>`).nodes[2].text, WRITTEN);
});

test("other conditions are left to the code", () => {
  for (const text of ["{% if a == 1 and b == 2 %}", "{% unless lead.city %}", "{% for x in y %}", '{% if a == "1" or b == "1" %}', "{% if a != 'x' %}"]) {
    assert.equal(readCondition(text), null);
  }
});

test("conditions are told with the labels of fields and values", () => {
  assert.equal(conditionWords('{% if lead.lost_reason == "a" or lead.lost_reason == "b" %}', SETUP), "Lost reason is Too dear or b");
  assert.equal(conditionWords("{% if lead.lost_reason %}", SETUP), "with Lost reason");
  assert.equal(conditionWords("{% if lead.product %}", SETUP), "with a product");
  assert.equal(conditionWords("{% case x %}", SETUP), "by hand");
});

test("merge fields keep their fallback, without HTML in it", () => {
  for (const fallback of ["", "there", 'say "hi"', "it's", "دوست"]) {
    assert.deepEqual(readField(writeField({ path: "lead.city", fallback })), { path: "lead.city", fallback });
  }
  assert.equal(writeField({ path: "lead.city", fallback: "<b>" }), '{{ lead.city | default: "b" }}');
  assert.equal(readField("{{ lead.city | upcase }}"), null);
});

test("quick changes of one kind are one step back", () => {
  let time = 0;
  const history = new History("0", () => time);
  history.add("a", 1, "words 1");
  time += 500;
  history.add("ab", 1, "words 1");
  time += 500;
  history.add("abc", 2, "words 2");
  time += 5000;
  history.add("abcd", 2, "words 2");
  const back = [];
  while (history.mayUndo) back.push(history.move(-1).source);
  assert.deepEqual(back, ["abc", "ab", "0"]);
  assert.equal(history.move(1).source, "ab");
  history.add("new", 0);
  assert.equal(history.mayRedo, false);
});

test("keys in words belong to the words", () => {
  const key = (given) => ({ key: "", code: "", ...given });
  assert.equal(keyAction(key({ key: "Delete" }), { isWriting: false }), "remove");
  assert.equal(keyAction(key({ key: "Delete" }), { isWriting: true }), null);
  assert.equal(keyAction(key({ key: "я", code: "KeyZ", ctrlKey: true }), { isWriting: false }), "undo");
  assert.equal(keyAction(key({ key: "ArrowUp", altKey: true }), { isWriting: false }), "up");
});

test("a new block goes below the chosen one, a section before the footer", () => {
  const column = "<mj-section><mj-column><mj-text>a</mj-text><mj-spacer/></mj-column></mj-section>";
  const footer = "<mj-section><mj-column><mj-text>{{ unsubscribe_url }}</mj-text></mj-column></mj-section>";
  const tree = parse(`<mjml><mj-body>{% if lead.city %}${column}{% endif %}${footer}</mj-body></mjml>`);
  const chosen = tree.nodes.find((node) => node.name === "mj-text");
  const place = (node, isSection) => {
    const { parent, index } = placeFor(tree, node, isSection);
    return [parent.name || parent.type, index];
  };
  assert.deepEqual(place(chosen, false), ["mj-column", 1]);
  assert.deepEqual(place(null, false), ["mj-column", 2]);
  assert.deepEqual(place(null, true), ["mj-body", 1]);
  assert.deepEqual(place(tree.nodes.find((node) => node.type === "condition"), true), ["mj-body", 1]);
  const framed = parse(`<mjml><mj-body><mj-wrapper>${column}</mj-wrapper>${footer}</mj-body></mjml>`);
  assert.equal(placeFor(framed, null, true).parent.name, "mj-wrapper");
});
