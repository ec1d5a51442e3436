// Counts while somebody edits: waits for a pause, drops answers that came too
// late, keeps the old figures in place (dimmed) until the new ones are there.
import { debounced } from "./dom.js";

const PAUSE_IN_MS = 250;

export class Figures {
  constructor({ builder, panel, bar, status, url, csrf, settings, texts }) {
    Object.assign(this, { builder, panel, bar, status, url, csrf, settings, texts });
    this.figures = panel.querySelector("[data-figures]");
    this.later = debounced(() => this.count(), PAUSE_IN_MS);
    builder.addEventListener("change", () => this.ask());
    panel.addEventListener("click", (event) => this.clicked(event));
  }

  ask() {
    this.running?.abort();
    this.panel.dataset.state = "waiting";
    if (this.builder.isFinished) return this.later();
    this.later.cancel();
    return this.stop("unfinished", this.texts.unfinished);
  }

  async count() {
    this.running?.abort();
    const running = (this.running = new AbortController());
    this.panel.dataset.state = "busy";
    this.panel.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(this.url, {
        method: "POST",
        signal: running.signal,
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.csrf },
        body: JSON.stringify({ rules: JSON.parse(this.builder.input.value), ...this.settings() }),
      });
      if (![200, 422].includes(answer.status)) throw new Error(`status ${answer.status}`);
      this.show(answer.status, await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") this.stop("failed", this.texts.failed);
    } finally {
      if (this.running === running) this.panel.removeAttribute("aria-busy");
    }
  }

  show(status, { html, announcement, remarks }) {
    this.builder.remark(remarks);
    if (status === 422) return this.stop("faulty", this.texts.faulty);
    this.figures.innerHTML = html;
    this.figures.inert = false;
    this.panel.dataset.state = "ready";
    this.status.textContent = announcement;
    this.bar.textContent = announcement;
    return undefined;
  }

  stop(state, text) {
    this.panel.dataset.state = state;
    this.panel.removeAttribute("aria-busy");
    // Figures that no longer hold are neither read nor pressed.
    this.figures.inert = true;
    this.panel.querySelector("[data-figures-note]").textContent = text;
    this.status.textContent = text;
    this.bar.textContent = text;
  }

  clicked(event) {
    if (event.target.closest("[data-retry]")) this.count();
    const cure = event.target.closest("[data-cure]");
    if (cure) this.builder.load(JSON.parse(cure.dataset.cure));
  }
}
