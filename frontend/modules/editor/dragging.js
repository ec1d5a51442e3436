// A block of the mail follows the pointer: a mouse once it has moved a little, a
// finger once it has rested on the block, since a finger that moves scrolls.
const DRAG_FROM_PX = 6;
const SCROLLS_FROM_PX = 10;
const HOLD_IN_MS = 350;
const EDGE_PX = 56;
const SCROLL_EVERY_MS = 20;

export class Dragging {
  constructor(canvas, on) {
    Object.assign(this, { canvas, on, page: canvas.page, press: null });
    for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel", "contextmenu", "dragstart"]) {
      this.page.addEventListener(name, (event) => this[name](event));
    }
    // Only a listener that says so beforehand may keep the page from scrolling.
    this.page.addEventListener("touchmove", (event) => this.press?.moves && event.preventDefault(), { passive: false });
  }

  pointerdown(event) {
    this.pointerType = event.pointerType;
    if (this.press) return this.pointercancel();
    const node = this.canvas.nodeAt(event.target);
    if (event.button !== 0 || !node || node.name === "mj-body" || this.canvas.isWriting(event.target)) return null;
    const { clientX: x, clientY: y, pointerId: id } = event;
    const isTouch = event.pointerType === "touch";
    this.press = { node, x, y, id, isTouch, hold: isTouch ? setTimeout(() => this.lift(), HOLD_IN_MS) : null };
    return null;
  }

  pointermove(event) {
    const { press } = this;
    if (!press || press.id !== event.pointerId) return;
    const far = Math.hypot(event.clientX - press.x, event.clientY - press.y);
    if (!press.moves && press.isTouch && far > SCROLLS_FROM_PX) this.letGo();
    if (!press.moves && !press.isTouch && far >= DRAG_FROM_PX) this.lift();
    if (press.moves) this.follow(event.clientX, event.clientY);
  }

  lift() {
    const { press } = this;
    press.moves = true;
    this.page.documentElement.setPointerCapture(press.id);
    this.canvas.elements.get(press.node)?.classList.add("wb-lifted");
    this.on.drag({ node: press.node });
    if (press.isTouch) this.follow(press.x, press.y);
  }

  // Shows where what is dragged would go, by a point of the frame; near an edge
  // of what is seen the mail scrolls on by itself.
  follow(x, y) {
    this.point = { x, y };
    this.canvas.pointAt(x, y);
    this.scrolling ??= setInterval(() => this.scroll(), SCROLL_EVERY_MS);
  }

  scroll() {
    const { frame } = this.canvas;
    const stage = frame.parentElement;
    const box = stage.getBoundingClientRect();
    const onScreen = frame.getBoundingClientRect().top + this.point.y;
    const above = Math.max(box.top, 0) + EDGE_PX - onScreen;
    const below = onScreen - Math.min(box.bottom, window.innerHeight) + EDGE_PX;
    const by = above > 0 ? -above : Math.max(below, 0);
    if (!by) return;
    const before = frame.getBoundingClientRect().top;
    const place = stage.scrollTop;
    stage.scrollTop += by / 4;
    if (stage.scrollTop === place) window.scrollBy(0, by / 4);
    const moved = before - frame.getBoundingClientRect().top;
    if (moved) this.follow(this.point.x, this.point.y + moved);
  }

  // What is dragged ends at a point of the frame.
  drop(x, y) {
    this.still();
    this.canvas.dropAt(x, y);
  }

  still() {
    clearInterval(this.scrolling);
    this.scrolling = null;
    this.page.querySelector(".wb-lifted")?.classList.remove("wb-lifted");
  }

  letGo() {
    clearTimeout(this.press?.hold);
    this.press = null;
    this.still();
  }

  pointerup(event) {
    const { press } = this;
    if (press && press.id !== event.pointerId) return;
    this.letGo();
    if (!press?.moves) return;
    this.droppedAt = event.timeStamp;
    this.drop(event.clientX, event.clientY);
  }

  pointercancel() {
    this.letGo();
    this.canvas.hideLine();
    this.on.drag(null);
  }

  // A finger that rests would open the browser's menu of pictures and links.
  contextmenu(event) {
    if (this.press?.isTouch) event.preventDefault();
  }

  // Pictures and links would be dragged by the browser itself.
  dragstart(event) {
    event.preventDefault();
  }

  // The click that ends a drag chooses nothing.
  hasJustDropped(event) {
    return event.timeStamp - (this.droppedAt ?? -999) < 50;
  }
}
