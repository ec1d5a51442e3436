// Reads mails with a parser that is not Python's: files in, one JSON array out.
import { readFile } from "node:fs/promises";
import PostalMime from "postal-mime";

const mails = await Promise.all(
  process.argv.slice(2).map(async (path) => PostalMime.parse(await readFile(path))),
);
process.stdout.write(JSON.stringify(mails));
