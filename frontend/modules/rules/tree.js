// A rule tree while it is edited: the grammar's own objects, changed in place.
// A rule that is not finished has an empty field, or null where a value belongs.

export const isGroup = (node) => Array.isArray(node.rules);

export function newRule() {
  return { field: "", op: "", value: null };
}

// What the server sent, as one group; {} is the tree without rules.
export function fromJson(raw) {
  if (!raw || (!isGroup(raw) && !raw.field)) return { match: "all", rules: [] };
  return structuredClone(isGroup(raw) ? raw : { match: "all", rules: [raw] });
}

export function toJson(node) {
  if (isGroup(node)) return { match: node.match, rules: node.rules.map(toJson) };
  const { field, op, value } = node;
  return value === undefined ? { field, op } : { field, op, value };
}

// Every node with the path under which the server speaks of it.
export function* places(node, path = "", parent = null, index = 0) {
  yield { node, path, parent, index };
  if (!isGroup(node)) return;
  for (const [position, child] of node.rules.entries()) {
    yield* places(child, `${path ? `${path}.` : ""}rules[${position}]`, node, position);
  }
}

export function parentOf(root, wanted) {
  for (const place of places(root)) if (place.node === wanted) return place;
  return null;
}

// "rules[2].value[0]" speaks of the node at "rules[2]".
export function nodePath(path) {
  return path.match(/^(?:\.?rules\[\d+\])*/)[0];
}

const ALL_STATES = ["lost", "open", "won"];
const isFlag = (node, op) => node.field === "active" && node.op === op;

function isPair(node) {
  if (!isGroup(node) || node.match !== "any" || node.rules.length !== 2) return false;
  const [one, other] = node.rules;
  return (
    (isFlag(one, "set") && isFlag(other, "not_set")) ||
    (isFlag(one, "not_set") && isFlag(other, "set"))
  );
}

// Which leads a node of the top group lets in: "lost", "all", or null if it is
// no such node.
function scopeOfNode(node) {
  if (isPair(node)) return "all";
  if (node.field !== "status") return null;
  if (node.op === "set") return "all";
  const states = [node.value].flat().toSorted();
  if (!["in", "="].includes(node.op)) return null;
  if (states.join() === "lost") return "lost";
  return states.join() === ALL_STATES.join() ? "all" : null;
}

// The switch Open and won / Lost / All: what the tree says, or "" if its rules say it
// in a way of their own.
export function scopeOf(root) {
  const named = [...places(root)].some(({ node }) => ["active", "status"].includes(node.field));
  if (!named) return "open";
  if (root.match !== "all") return "";
  return root.rules.map(scopeOfNode).find(Boolean) ?? "";
}

export function setScope(root, scope) {
  if (root.match !== "all") {
    const inner = { match: root.match, rules: root.rules };
    root.match = "all";
    root.rules = inner.rules.length ? [inner] : [];
  }
  root.rules = root.rules.filter((node) => !scopeOfNode(node));
  if (scope === "lost") root.rules.unshift({ field: "status", op: "in", value: ["lost"] });
  if (scope === "all") root.rules.unshift({ field: "status", op: "in", value: ["open", "won", "lost"] });
}
