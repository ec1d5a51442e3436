// Pictures of the chosen image: uploaded, chosen from the earlier ones, described.
import { htmx } from "../htmx.js";
import { uploadPicture } from "./drawing.js";
import * as edit from "./source.js";

// Wider ones fill their column by themselves.
const FULL_WIDTH = 550;
const NAME = /\/i\/([A-Za-z0-9_-]{22}\.(?:png|jpg|gif))$/;

export class Pictures {
  constructor(editor, setup) {
    Object.assign(this, { editor, setup });
    this.dialog = document.getElementById("editor-pictures-dialog");
    this.dialog.addEventListener("click", (event) => {
      const choice = event.target.closest("[data-picture]");
      if (choice) this.choose(choice.dataset);
    });
  }

  open() {
    const search = this.dialog.querySelector("input");
    search.value = "";
    htmx.trigger(search, "wanted");
    this.dialog.showModal();
  }

  choose({ picture, address, width, alt }) {
    this.dialog.close();
    this.note(picture);
    this.place({ url: address, width: Number(width), alt });
  }

  async upload(file) {
    const say = (text) => {
      const note = document.getElementById("set-src-note");
      if (note) note.textContent = text;
    };
    const start = this.editor.chosen?.start;
    say(this.setup.words.uploading);
    const { url, width, problem } = await uploadPicture(file, this.setup);
    // Somebody may have gone on to another block meanwhile.
    const image = this.editor.tree.nodes.find((node) => node.start === start && node.name === "mj-image");
    if (image && this.editor.chosen !== image) this.editor.choose(image);
    if (problem) say(problem);
    else this.place({ url, width });
  }

  // Files that were pasted or dropped: a block for each, one below the other.
  async bring(files, goal) {
    const { editor } = this;
    for (const [number, file] of files.entries()) {
      if (number === 0 && goal) {
        editor.dragged = { kind: "image" };
        await editor.drop(goal);
      } else await editor.add("image");
      await this.upload(file);
    }
  }

  // Puts a picture into the chosen image; what was said of it last is proposed.
  place({ url, width, alt = "" }) {
    const { editor } = this;
    const at = editor.chosen?.start;
    if (editor.chosen?.name !== "mj-image") return;
    let { source } = editor.tree;
    const set = (name, value) => {
      const node = edit.parse(source).nodes.find((each) => each.start === at);
      source = edit.withAttribute(source, node, name, value);
    };
    const described = edit.attribute(source, editor.chosen, "alt");
    set("src", url);
    set("width", width < FULL_WIDTH ? `${width}px` : "");
    if (alt && !described) set("alt", alt);
    editor.change(source, at);
    const field = document.getElementById("set-alt");
    field?.focus();
    field?.select();
  }

  // Remembered with the picture, for the next time that it is chosen.
  described(source, node) {
    const name = NAME.exec(edit.attribute(source, node, "src"))?.[1];
    const alt = edit.attribute(source, node, "alt");
    if (name && alt && !alt.includes("{")) this.note(name, alt);
  }

  note(name, alt = null) {
    const body = new FormData();
    if (alt !== null) body.set("alt", alt);
    const url = this.setup.pictureUrl.replace("NAME", name);
    // Only a help for later: a failure is nothing to tell of.
    fetch(url, { method: "POST", body, headers: { "X-CSRFToken": this.setup.csrf }, keepalive: true }).catch(() => {});
  }
}
