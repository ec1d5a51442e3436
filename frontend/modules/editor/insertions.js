// What a dialog puts into the words being written: merge fields and links.
import { makeChip, readField, writeField } from "./chips.js";

export class Insertions {
  constructor(editor) {
    this.editor = editor;
    this.fields = document.getElementById("editor-field-dialog");
    this.links = document.getElementById("editor-link-dialog");
    this.connect(this.fields, (removes) => (removes ? this.removeField() : this.putField()));
    this.connect(this.links, (removes) => this.putLink(removes ? "" : this.links.querySelector("input").value.trim()));
  }

  get writing() {
    return this.editor.writing;
  }

  connect(dialog, done) {
    dialog.addEventListener("submit", (event) => {
      event.preventDefault();
      dialog.close();
      if (this.writing) done(event.submitter?.hasAttribute("data-remove"));
    });
  }

  format(command) {
    if (!this.writing) return;
    if (command === "link") this.askLink();
    else if (command === "field") this.askField(null);
    else this.writing.run(command);
  }

  // A merge field to put in, or, with a chip, to change.
  askField(chip) {
    const field = chip ? readField(chip.dataset.liquid) : { path: "lead.first_name", fallback: "" };
    if (!this.writing || !field) return;
    this.writing.keep();
    this.chip = chip;
    this.fields.querySelector("[data-field]").value = field.path;
    this.fields.querySelector("[data-fallback]").value = field.fallback;
    this.fields.querySelector("[data-remove]").hidden = !chip;
    this.fields.showModal();
  }

  putField() {
    const path = this.fields.querySelector("[data-field]").value;
    const fallback = this.fields.querySelector("[data-fallback]").value.trim();
    const chip = makeChip(this.writing.page, writeField({ path, fallback }), this.editor.setup);
    if (!this.chip) return this.writing.insert(chip);
    this.chip.replaceWith(chip);
    this.writing.restore();
    return this.editor.wordsChanged();
  }

  removeField() {
    this.chip?.remove();
    this.writing.restore();
    this.editor.wordsChanged();
  }

  askLink() {
    this.link = this.writing.linkAt();
    this.writing.keep();
    this.links.querySelector("input").value = this.link?.getAttribute("href") ?? "https://";
    this.links.showModal();
  }

  putLink(address) {
    this.writing.restore();
    if (this.link && address) this.link.setAttribute("href", address);
    else if (this.link) this.link.replaceWith(...this.link.childNodes);
    else if (address) this.writing.run("createLink", address);
    this.link = null;
    this.editor.wordsChanged();
  }
}
