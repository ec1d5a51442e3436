// The builder's dialogs: load a favourite or a recipe, save a favourite, import
// and export in other notations. They stand inside a form, so they send nothing
// by themselves.
import { showToast } from "../toasts.js";

export function connectDialogs({ root, builder, csrf, registry }) {
  const { urls, texts } = registry;
  const dialogs = Object.fromEntries(["rule-load", "rule-save", "rule-notation"].map((id) => [id, root.querySelector(`#${id}`)]));

  async function send(url, body) {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrf },
      body: JSON.stringify(body),
    }).catch(() => null);
    if (answer && [200, 422].includes(answer.status)) return { ok: answer.ok, ...(await answer.json()) };
    return { ok: false, error: texts.unreachable };
  }
  function complain(dialog, text) {
    dialog.querySelector("[data-dialog-error]").textContent = text;
  }
  function replaceRules(dialog, tree) {
    complain(dialog, "");
    dialog.close();
    builder.load(tree);
  }

  root.addEventListener("keydown", (event) => {
    const dialog = event.target.closest("dialog");
    if (!dialog || event.key !== "Enter" || !event.target.matches("input")) return;
    event.preventDefault();
    dialog.querySelector("[data-enter]")?.click();
  });

  dialogs["rule-load"].addEventListener("click", async (event) => {
    const recipe = event.target.closest("[data-recipe]");
    if (recipe) replaceRules(dialogs["rule-load"], JSON.parse(recipe.dataset.recipe));
    const favourite = event.target.closest("[data-load]");
    if (!favourite) return;
    const { ok, tree, error } = await send(favourite.dataset.load, {});
    if (ok) replaceRules(dialogs["rule-load"], tree);
    else complain(dialogs["rule-load"], error);
  });

  const name = root.querySelector("#rule-save-name");
  const shared = root.querySelector("#rule-save-shared");
  root.querySelector("[data-save-filter]").addEventListener("click", async () => {
    const given = { name: name.value, is_shared: shared.checked, rules: JSON.parse(builder.input.value) };
    const { ok, name: saved, error } = await send(urls.save, given);
    complain(dialogs["rule-save"], ok ? "" : error);
    if (!ok) return name.focus();
    dialogs["rule-save"].close();
    return showToast({ level: "success", text: `${texts.saved} ${saved}` });
  });

  const kind = root.querySelector("#rule-notation-kind");
  const text = root.querySelector("#rule-notation-text");
  async function exported() {
    complain(dialogs["rule-notation"], "");
    const rules = JSON.parse(builder.input.value);
    if (kind.value === "json") return JSON.stringify(rules, null, 2);
    const { ok, odoo, remarks, error } = await send(urls.notation, { rules });
    if (!ok) complain(dialogs["rule-notation"], error ?? remarks[0].text);
    return ok ? odoo : "";
  }
  const show = async () => (text.value = await exported());
  kind.addEventListener("change", show);
  root.querySelector("[data-open-dialog=rule-notation]").addEventListener("click", show);
  root.querySelector("[data-copy-notation]").addEventListener("click", async () => {
    await navigator.clipboard.writeText(text.value);
    showToast({ level: "success", text: texts.copied });
  });
  root.querySelector("[data-import-notation]").addEventListener("click", async () => {
    const { ok, tree, remarks, error } = await send(urls.notation, { text: text.value });
    if (ok) return replaceRules(dialogs["rule-notation"], tree);
    const problem = remarks?.[0];
    return complain(dialogs["rule-notation"], error ?? [problem.path, problem.text].filter(Boolean).join(": "));
  });
}
