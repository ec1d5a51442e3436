// What mail programs and a strict reader of HTML make of mails' HTML parts: files
// in, one JSON array out, in their order.
import { readFile } from "node:fs/promises";
import { caniemail } from "caniemail";
import { HtmlValidate } from "html-validate";

const CLIENTS = ["gmail.*", "outlook.*", "apple-mail.*"];
const reader = new HtmlValidate({ extends: ["html-validate:standard"] });

const told = await Promise.all(
  process.argv.slice(2).map(async (path) => {
    const html = await readFile(path, "utf8");
    const { issues } = caniemail({ clients: CLIENTS, html });
    const { results } = await reader.validateString(html);
    return {
      missing: [...issues.errors].map(([client, found]) => [client, found.map((one) => one.title)]),
      faults: results.flatMap((result) => result.messages.map(({ ruleId, message, line, column }) => ({ ruleId, message, line, column }))),
    };
  }),
);
process.stdout.write(JSON.stringify(told));
