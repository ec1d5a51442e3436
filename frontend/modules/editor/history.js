// What the body was, step by step. Changes of one kind on one thing that follow
// each other quickly are one step.
const TOGETHER_IN_MS = 1500;
const MOST_STEPS = 200;

export class History {
  constructor(source, now = () => Date.now()) {
    this.now = now;
    this.states = [{ source, at: 0 }];
    this.place = 0;
    this.last = { kind: null, time: 0 };
  }

  // `at` is where the chosen block begins afterwards; null joins nothing.
  add(source, at, kind = null) {
    if (source === this.states[this.place].source) return;
    const time = this.now();
    const joins = kind !== null && kind === this.last.kind && time - this.last.time < TOGETHER_IN_MS && this.place > 0;
    this.states.splice(this.place + (joins ? 0 : 1));
    this.states.push({ source, at });
    if (this.states.length > MOST_STEPS) this.states.shift();
    this.place = this.states.length - 1;
    this.last = { kind, time };
  }

  move(by) {
    const state = this.states[this.place + by];
    if (!state) return null;
    this.place += by;
    this.last = { kind: null, time: 0 };
    return state;
  }

  get mayUndo() {
    return this.place > 0;
  }

  get mayRedo() {
    return this.place < this.states.length - 1;
  }
}
