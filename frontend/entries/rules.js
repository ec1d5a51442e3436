// The rule builder, wherever segments/_builder.html is included.
import "../styles/rules.css";
import { RuleBuilder } from "../modules/rules/builder.js";
import { connectDialogs } from "../modules/rules/dialogs.js";
import { useIcons } from "../modules/rules/dom.js";
import { Figures } from "../modules/rules/figures.js";
import { Registry } from "../modules/rules/registry.js";

function start(root) {
  const find = (selector) => root.querySelector(selector);
  const { csrf, topicInput, capInput } = root.dataset;
  const registry = new Registry(JSON.parse(find("#rule-registry").textContent));
  useIcons(find("template[data-icons]"));
  const builder = new RuleBuilder({
    area: find("[data-rules-area]"),
    input: find("[data-rules-input]"),
    scopes: [...root.querySelectorAll("[data-rule-scope]")],
    status: find("[data-rule-status]"),
    registry,
  });
  const besides = { topic: document.getElementById(topicInput), cap: document.getElementById(capInput) };
  const figures = new Figures({
    builder,
    panel: find("[data-rule-panel]"),
    bar: find("[data-count-bar]"),
    status: find("[data-count-status]"),
    url: registry.urls.count,
    csrf,
    texts: registry.texts,
    settings: () => ({ topic: besides.topic?.value, cap: besides.cap?.value }),
  });
  for (const input of Object.values(besides)) input?.addEventListener("input", () => figures.ask());
  connectDialogs({ root, builder, csrf, registry });
  figures.ask();
}

for (const root of document.querySelectorAll("[data-rule-builder]")) start(root);
