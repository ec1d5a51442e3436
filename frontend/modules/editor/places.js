// Where a new block goes when nobody points at a place.
import { accepts, blocksOf, body, inner } from "./source.js";

// {parent, index, wrap}: `wrap` if the block needs a section of its own around it.
export function placeFor(tree, chosen, isSection) {
  const name = isSection ? "mj-section" : "mj-text";
  for (let at = chosen; at?.parent; at = at.parent) {
    // After a condition, not in it: what is added there is for everybody.
    if (accepts(at, name) && at.name !== "mj-body" && at.type !== "condition") return { parent: at, index: blocksOf(at).length };
    if (accepts(at.parent, name)) return { parent: at.parent, index: blocksOf(at.parent).indexOf(at) + 1 };
    if (!isSection && at.name === "mj-section") return firstColumn(at);
  }
  const root = body(tree);
  return isSection ? beforeFooter(tree, root) : lastColumn(tree, root);
}

function firstColumn(section) {
  const column = blocksOf(section).find((node) => node.name === "mj-column");
  return column ? { parent: column, index: blocksOf(column).length } : { parent: section.parent, index: blocksOf(section.parent).indexOf(section) + 1, wrap: true };
}

function isFooter(tree, node) {
  return inner(tree.source, node).includes("unsubscribe_url");
}

// At the end of the mail's frame, if it has one, else before the footer.
function beforeFooter(tree, root) {
  const rows = blocksOf(root);
  const index = rows.length > 0 && isFooter(tree, rows[rows.length - 1]) ? rows.length - 1 : rows.length;
  const last = rows[index - 1];
  if (last?.name === "mj-wrapper") return { parent: last, index: blocksOf(last).length };
  return { parent: root, index };
}

function lastColumn(tree, root) {
  const columns = tree.nodes.filter((node) => node.name === "mj-column" && !isFooter(tree, node));
  const column = columns[columns.length - 1];
  if (column) return { parent: column, index: blocksOf(column).length };
  return { ...beforeFooter(tree, root), wrap: true };
}

export function inSection(source) {
  return `<mj-section padding="8px 0">\n  <mj-column>\n    ${source}\n  </mj-column>\n</mj-section>`;
}
