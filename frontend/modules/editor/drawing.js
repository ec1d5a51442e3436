// Asks the server to draw the mail; only the newest answer counts.
const RETRY_IN_MS = 4000;

export class Drawing {
  constructor(setup, { shown, failed }) {
    Object.assign(this, { setup, shown, failed });
    this.number = 0;
  }

  // Resolves once what was asked for, or something newer, is shown or has failed.
  async ask(source) {
    clearTimeout(this.timer);
    const number = (this.number += 1);
    const body = new FormData();
    body.set("source", source);
    body.set("language", this.setup.language);
    try {
      const response = await fetch(this.setup.drawUrl, { method: "POST", body, headers: { "X-CSRFToken": this.setup.csrf } });
      if (!response.ok || response.redirected) throw new Error(String(response.status));
      const drawn = await response.json();
      if (number === this.number) this.shown(drawn);
    } catch {
      if (number !== this.number) return;
      this.failed();
      this.timer = setTimeout(() => this.ask(source), RETRY_IN_MS);
    }
  }
}

// {url, width} of a stored picture, or {problem}.
export async function uploadPicture(file, setup) {
  const body = new FormData();
  body.set("picture", file);
  try {
    const response = await fetch(setup.uploadUrl, { method: "POST", body, headers: { "X-CSRFToken": setup.csrf } });
    if (response.ok || response.status === 422) return await response.json();
  } catch {
    // Said below: no answer and a wrong one are the same to the person.
  }
  return { problem: setup.words.uploadFailed };
}
