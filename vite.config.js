import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig } from "vite";
import { compressed } from "./frontend/build/compress.js";
import { iconSprite } from "./frontend/build/icons.js";
import { clientSupport } from "./frontend/build/support.js";

const root = import.meta.dirname;
const entryFolder = resolve(root, "frontend/entries");

// Every file in frontend/entries is an entry: {% vite_entry "rules" %} loads rules.js.
const entries = readdirSync(entryFolder).map((name) => resolve(entryFolder, name));

export default defineConfig({
  root: resolve(root, "frontend"),
  base: "./",
  publicDir: false,
  plugins: [iconSprite(root), clientSupport(root), compressed()],
  build: {
    outDir: resolve(root, "src/winback/core/static/winback/dist"),
    emptyOutDir: true,
    manifest: "manifest.json",
    assetsDir: ".",
    // Small files stay files: the content security policy allows no data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: entries,
      checks: { pluginTimings: false },
      // htmx holds an eval that "allowEval": false keeps from ever running.
      onLog: (level, log, handle) => (log.code === "EVAL" ? undefined : handle(level, log)),
    },
  },
});
