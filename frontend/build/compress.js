// Writes FILE.gz and FILE.br beside what compresses well; WhiteNoise serves them.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const WORTH_IT = /\.(css|js|svg)$/;

export function compressed() {
  return {
    name: "winback-compressed",
    writeBundle({ dir }, bundle) {
      for (const name of Object.keys(bundle).filter((file) => WORTH_IT.test(file))) {
        const path = join(dir, name);
        const content = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
        const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
        writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
      }
    },
  };
}
