// The mail's blocks as a list: the way through it by keyboard and screen reader.
import { body, inBody } from "./source.js";
import { make } from "./dom.js";

export class Outline {
  constructor(list, { label, choose, key }) {
    Object.assign(this, { list, label });
    this.nodes = [];
    list.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) choose(this.nodes[row.dataset.place]);
    });
    list.addEventListener("keydown", key);
  }

  show(tree, chosen) {
    const root = body(tree);
    this.nodes = root ? tree.nodes.filter((node) => inBody(node)) : [];
    this.list.replaceChildren(...this.nodes.map((node, place) => this.row(node, place, chosen)));
    this.point(chosen);
  }

  row(node, place, chosen) {
    let depth = 0;
    for (let at = node.parent; at && at.name !== "mjml" && at.type !== "root"; at = at.parent) depth += 1;
    const row = make("li", { role: "option", id: `outline-${place}`, className: "outline-row" }, this.label(node));
    row.dataset.place = place;
    row.dir = "auto";
    row.style.paddingInlineStart = `${0.5 + Math.min(depth, 6) * 0.75}rem`;
    row.setAttribute("aria-selected", node === chosen);
    return row;
  }

  point(chosen) {
    const place = this.nodes.indexOf(chosen);
    for (const row of this.list.children) row.setAttribute("aria-selected", Number(row.dataset.place) === place);
    if (place < 0) this.list.removeAttribute("aria-activedescendant");
    else {
      this.list.setAttribute("aria-activedescendant", `outline-${place}`);
      const row = this.list.children[place];
      if (this.list.clientHeight) {
        const { offsetTop, offsetHeight } = row;
        if (offsetTop < this.list.scrollTop) this.list.scrollTop = offsetTop;
        if (offsetTop + offsetHeight > this.list.scrollTop + this.list.clientHeight) this.list.scrollTop = offsetTop + offsetHeight - this.list.clientHeight;
      }
    }
  }

  // The block before or after the chosen one, in reading order.
  beside(chosen, by) {
    const place = this.nodes.indexOf(chosen);
    if (place < 0) return this.nodes[by > 0 ? 0 : this.nodes.length - 1] ?? null;
    return this.nodes[place + by] ?? chosen;
  }
}
