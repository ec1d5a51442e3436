import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import * as edit from "../modules/editor/source.js";

const PREMADE = new URL("../../src/winback/content/data/premade/", import.meta.url);
const FOREIGN = `<mjml lang="en" owa="desktop">
  <!-- <mj-text>not an element</mj-text> -->
  <mj-head><mj-style inline="inline">.a > b { color: red }</mj-style></mj-head>
  <mj-body>
    <mj-section data-kept='yes "quoted"'>
      <mj-column width="50%">
        <mj-text align = center>5 &lt; 6 <mj-text>odd</mj-text></mj-text>
        <mj-unknown some="thing"/>
        <mj-image src="{{ lead.picture | default: "x.png" }}" alt=""/>
      </mj-column>
      {% if lead.product %}
      <mj-column><mj-carousel><mj-carousel-image src="a.png"/></mj-carousel></mj-column>
      {% endif %}
    </mj-section>
  </mj-body>
</mjml>`;
const LAYOUTS = readdirSync(PREMADE, { recursive: true }).filter((name) => name.endsWith(".mjml"));
const SOURCES = [FOREIGN, ...LAYOUTS.map((name) => readFileSync(new URL(name, PREMADE), "utf8"))];

const named = (tree, name) => tree.nodes.filter((node) => node.name === name);
const words = (source) => source.replace(/\s+/g, "").split("").sort().join("");

test("an attribute that is set and set back leaves the source as it was", () => {
  for (const source of SOURCES) {
    for (const [number, node] of edit.parse(source).nodes.entries()) {
      if (node.type !== "element") continue;
      const once = edit.withAttribute(source, node, "data-x", 'a "b" & <c>');
      const again = edit.parse(once).nodes[number];
      assert.equal(edit.attribute(once, again, "data-x"), 'a "b" & <c>');
      assert.equal(edit.withAttribute(once, again, "data-x", ""), source);
    }
  }
});

test("attributes with Liquid and odd spelling are read as they are meant", () => {
  const tree = edit.parse(FOREIGN);
  assert.equal(edit.attribute(FOREIGN, named(tree, "mj-image")[0], "src"), '{{ lead.picture | default: "x.png" }}');
  assert.equal(edit.attribute(FOREIGN, named(tree, "mj-text")[0], "align"), "center");
  assert.equal(edit.attribute(FOREIGN, named(tree, "mj-section")[0], "data-kept"), 'yes "quoted"');
});

test("comments, words and unknown elements are no blocks of their own", () => {
  const tree = edit.parse(FOREIGN);
  assert.equal(named(tree, "mj-text").length, 1);
  assert.equal(edit.inner(FOREIGN, named(tree, "mj-text")[0]), "5 &lt; 6 <mj-text>odd</mj-text>");
  assert.equal(named(tree, "mj-unknown").length, 1);
});

test("a condition is one node around its blocks", () => {
  const tree = edit.parse(FOREIGN);
  const [condition] = tree.nodes.filter((node) => node.type === "condition");
  assert.equal(condition.text, "{% if lead.product %}");
  assert.deepEqual(edit.blocksOf(condition).map((node) => node.name), ["mj-column"]);
  assert.ok(edit.unwrapped(FOREIGN, condition).source.includes("<mj-column><mj-carousel>"));
});

test("every block that is moved a step and back loses nothing", () => {
  for (const source of SOURCES) {
    const { length } = edit.parse(source).nodes;
    for (let number = 0; number < length; number += 1) {
      for (const by of [-1, 1]) {
        const node = edit.parse(source).nodes[number];
        if (!edit.inBody(node) || node.name === "mj-body") continue;
        const goal = edit.step(node, by);
        if (!goal) continue;
        const there = edit.moved(source, node, goal.parent, goal.index);
        assert.ok(words(there.source) === words(source), `${node.name} ${number} ${by}`);
        const after = edit.parse(there.source).nodes.find((each) => each.start === there.at);
        assert.equal(after?.name, node.name);
        assert.equal(edit.parse(there.source).nodes.length, length);
      }
    }
  }
});

test("a block that is added and removed leaves the source as it was", () => {
  for (const source of SOURCES) {
    for (const column of named(edit.parse(source), "mj-column")) {
      for (let index = 0; index <= edit.blocksOf(column).length; index += 1) {
        const there = edit.inserted(source, column, index, "<mj-text>New\n  words</mj-text>");
        const added = edit.parse(there.source).nodes.find((node) => node.start === there.at);
        assert.equal(added.name, "mj-text");
        assert.equal(edit.removed(there.source, added).replace(/\s+/g, ""), source.replace(/\s+/g, ""));
      }
    }
  }
});

test("a block goes into an empty column however it is written", () => {
  for (const empty of ["<mj-column/>", "<mj-column></mj-column>", "<mj-column>\n</mj-column>"]) {
    const source = `<mjml><mj-body><mj-section>${empty}</mj-section></mj-body></mjml>`;
    const there = edit.inserted(source, named(edit.parse(source), "mj-column")[0], 0, "<mj-spacer />");
    const tree = edit.parse(there.source);
    assert.equal(named(tree, "mj-spacer")[0].parent.name, "mj-column");
  }
});

test("duplicating and wrapping keep what was there", () => {
  for (const source of SOURCES) {
    for (const section of named(edit.parse(source), "mj-section")) {
      const twice = edit.duplicated(source, section);
      const copy = edit.parse(twice.source).nodes.find((node) => node.start === twice.at);
      assert.equal(twice.source.slice(copy.start, copy.end), source.slice(section.start, section.end));
      const inside = edit.wrapped(source, section, "{% if lead.city %}", "{% endif %}");
      const condition = edit.parse(inside.source).nodes.find((node) => node.start === inside.at);
      assert.equal(condition.type, "condition");
      const out = edit.unwrapped(inside.source, condition).source;
      assert.equal(out.replace(/\s+/g, ""), source.replace(/\s+/g, ""));
    }
  }
});

test("marking for the canvas changes classes and nothing else", () => {
  for (const source of SOURCES) {
    const marked = edit.marked(edit.parse(source), "wb-e-");
    const back = marked.replace(/ css-class="wb-e-\d+"/g, "").replace(/css-class="wb-e-\d+ /g, 'css-class="');
    assert.equal(back, source);
  }
});

test("words with merge fields survive escaping", () => {
  assert.equal(edit.unescapeText(edit.escapeText("a & b < c")), "a & b < c");
  const source = '<mj-button href="">x</mj-button>';
  const [node] = edit.parse(source).nodes;
  const set = edit.withAttribute(source, node, "href", 'https://x.example/?a=1&b={{ lead.city | default: "Kyiv" }}');
  assert.equal(set, '<mj-button href="https://x.example/?a=1&amp;b={{ lead.city | default: "Kyiv" }}">x</mj-button>');
});
