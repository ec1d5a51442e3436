// Gathers the icons that templates and Python files name into one SVG sprite.
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

const NAMES = [
  /\{%\s*icon\s+["']([a-z0-9-]+)["']/g,
  /\bicon=["']([a-z0-9-]+)["']/g,
  /["']?icon["']?:\s*["']([a-z0-9-]+)["']/g,
];
// A dictionary called ICONS or ..._ICONS may name icons as its values.
const DICTIONARIES = /\b[A-Z_]*ICONS\b[^{=]*=\s*\{([^}]*)\}/g;
const LITERAL = /["']([a-z0-9-]+)["']/g;

function* files(folder) {
  for (const name of readdirSync(folder)) {
    if (["node_modules", "static", "locale", "__pycache__", "migrations"].includes(name)) continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else if (/\.(html|py|js)$/.test(name)) yield path;
  }
}

function namesIn(text) {
  const names = NAMES.flatMap((pattern) => [...text.matchAll(pattern)].map((hit) => hit[1]));
  for (const [, body] of text.matchAll(DICTIONARIES)) {
    names.push(...[...body.matchAll(LITERAL)].map((hit) => hit[1]));
  }
  return names;
}

function wantedNames(root) {
  const listed = readFileSync(join(root, "frontend/icons.txt"), "utf8").split(/\s+/).filter(Boolean);
  const found = ["src/winback", "frontend"].flatMap((folder) =>
    [...files(resolve(root, folder))].flatMap((path) => namesIn(readFileSync(path, "utf8"))),
  );
  return [...new Set([...listed, ...found])].sort();
}

function symbol(name, path) {
  const inner = readFileSync(path, "utf8")
    .replace(/^[\s\S]*?<svg[^>]*>/, "")
    .replace(/<\/svg>\s*$/, "")
    .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none" ?\/>/, "")
    .replace(/\s+/g, " ")
    .trim();
  return `<symbol id="${name}" viewBox="0 0 24 24">${inner}</symbol>`;
}

export function iconSprite(root) {
  return {
    name: "winback-icon-sprite",
    generateBundle() {
      const folder = join(root, "node_modules/@tabler/icons/icons/outline");
      const symbols = [];
      for (const name of wantedNames(root)) {
        const path = join(folder, `${name}.svg`);
        if (existsSync(path)) symbols.push(symbol(name, path));
      }
      this.emitFile({
        type: "asset",
        name: "icons.svg",
        originalFileName: "icons.svg",
        source: `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`,
      });
    },
  };
}
