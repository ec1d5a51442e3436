// What a key does in the editor, by its name in Editor.act and Editor.key.
const PLAIN = { ArrowUp: "previous", ArrowDown: "next", Delete: "remove", Backspace: "remove", Enter: "write", F2: "write", Escape: "leave", Insert: "palette", "+": "palette" };
const WITH_ALT = { ArrowUp: "up", ArrowDown: "down" };

export function keyAction(event, { isWriting }) {
  if (event.isComposing) return null;
  if (isWriting) return event.key === "Escape" ? "leave" : null;
  if (event.ctrlKey || event.metaKey) {
    const key = event.code === "KeyZ" ? "z" : event.code === "KeyY" ? "y" : event.code === "KeyD" ? "d" : "";
    if (key === "z") return event.shiftKey ? "redo" : "undo";
    return { y: "redo", d: "duplicate" }[key] ?? null;
  }
  if (event.altKey) return WITH_ALT[event.key] ?? null;
  return PLAIN[event.key] ?? null;
}
