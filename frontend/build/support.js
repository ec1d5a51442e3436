// Packs what "Can I email" knows of mail programs into one small file: by feature,
// the programs whose newest version does not show it. Partly shown counts as shown.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const PROGRAMS = {
  gmail: ["desktop-webmail", "ios", "android"],
  outlook: ["windows", "outlook-com", "macos", "ios", "android"],
  "apple-mail": ["macos", "ios"],
  yahoo: ["desktop-webmail", "ios", "android"],
  "samsung-email": ["android"],
  thunderbird: ["macos"],
  protonmail: ["desktop-webmail", "ios", "android"],
  gmx: ["desktop-webmail", "ios", "android"],
  "web-de": ["desktop-webmail", "ios", "android"],
  "mail-ru": ["desktop-webmail"],
};

const isMissing = (versions) => Object.values(versions ?? {}).at(-1)?.startsWith("n") ?? false;

function missing(stats) {
  return Object.entries(PROGRAMS).flatMap(([family, platforms]) => {
    const known = platforms.filter((platform) => stats[family]?.[platform]);
    const lacking = known.filter((platform) => isMissing(stats[family][platform]));
    const everywhere = lacking.length > 0 && lacking.length === known.length;
    return everywhere ? [family] : lacking.map((platform) => `${family} ${platform}`);
  });
}

function programNames({ family, platform }) {
  const names = {};
  for (const [key, platforms] of Object.entries(PROGRAMS)) {
    names[key] = family[key];
    for (const one of platforms) names[`${key} ${one}`] = `${family[key]} (${platform[one]})`;
  }
  return names;
}

export function clientSupport(root) {
  return {
    name: "winback-client-support",
    generateBundle() {
      const path = join(root, "node_modules/caniemail/data/caniemail.json");
      const { last_update_date, nicenames, data } = JSON.parse(readFileSync(path, "utf8"));
      const features = {};
      for (const { slug, title, stats } of data) features[slug] = { title, missing: missing(stats) };
      const facts = {
        source: "Can I email (caniemail.com), MIT",
        updated: last_update_date.slice(0, 10),
        programs: programNames(nicenames),
        features,
      };
      this.emitFile({
        type: "asset",
        name: "client-support.json",
        originalFileName: "client-support.json",
        source: JSON.stringify(facts),
      });
    },
  };
}
