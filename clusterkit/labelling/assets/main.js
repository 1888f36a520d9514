// The page: one state at a time from the kernel, one view of it on the screen.

const HELP = [
  ["1 to 5", "characters, questions, noise, doubts, rejected (while none is open)"],
  ["arrows", "go from one to the next; with Shift select on the way"],
  ["Space", "select, and with Shift a whole stretch"],
  ["O or Enter", "open a character"],
  ["N", "name it; Enter goes on to the next"],
  ["M", "merge the selected characters; move the selected frames"],
  ["S", "split the selected frames off"],
  ["C · X", "right here · reject"],
  ["T · A", "take the suggested noise · all are right"],
  ["L", "make each look a character"],
  ["1 to 9", "select a look of the open character"],
  ["V", "show only one view of it: the next"],
  ["+ · −", "more or fewer looks"],
  ["Y · N · S", "yes, no, skip a question"],
  ["Ctrl+Z · Ctrl+Shift+Z", "undo, redo"],
  ["Esc", "clear, close"],
];

class Page {
  constructor(model, element) {
    Object.assign(this, {
      model, album: new Album(model), view: "cards", cards: new Choice(), frames: new Choice(), denied: new Choice(),
      grown: new Map(), order: [], frameOrder: [], busy: false, help: false, focusKey: null, seen: null, isSeen: null,
    });
    this.root = h("div", { class: "ck-labelling", tabindex: "-1", "data-lm-suppress-shortcuts": "true" });
    this.status = h("div", { class: "ck-status", role: "status", "aria-live": "polite" });
    element.append(this.root);
    this.hear = () => { this.busy = false; this.draw(); };
    model.on("change:state", this.hear);
    this.keys = (event) => this.press(event);
    document.addEventListener("keydown", this.keys);
    this.draw();
  }

  get state() {
    return this.model.get("state");
  }

  // One action at a time: the next one must be meant for what the page shows then.
  send(action, values = {}) {
    if (this.busy) return;
    this.busy = true;
    this.root.classList.add("ck-busy");
    this.model.send({ action, values: { ...values, seen: this.state.seen } });
  }

  show(view) {
    this.view = view;
    this.focusKey = null;
    if (ENTRIES[view]) this.send("open", { number: ENTRIES[view] });
    else if (this.state.opened) this.send("open", { number: null });
    else this.draw();
  }

  press(event) {
    const inside = this.root.contains(event.target) || event.target === document.body;
    if (!inside || !this.root.isConnected || event.defaultPrevented) return;
    const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    const typing = event.target.matches?.("input, textarea, select");
    if (typing && !(undo && !event.target.value)) return;
    if (this.act(event, undo)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  act(event, undo) {
    if (undo) return this.undo(event.shiftKey ? "redo" : "undo");
    if ((event.ctrlKey || event.metaKey) && event.key === "y") return this.undo("redo");
    if (event.key === "?") { this.help = !this.help; this.draw(); return true; }
    if (this.help && event.key === "Escape") { this.help = false; this.draw(); return true; }
    if (event.altKey || ((event.ctrlKey || event.metaKey) && event.key !== "a")) return false;
    if (this.state.opened) return characterKeys(this, event);
    const view = { 1: "cards", 2: "questions", 3: "noise", 4: "doubt", 5: "rejected" }[event.key];
    if (view) { this.show(view); return true; }
    return this.view === "questions" ? questionKeys(this, event) : cardKeys(this, event);
  }

  undo(which) {
    if (this.state[which]) this.send(which);
    return true;
  }

  draw() {
    const { state, root } = this;
    root.classList.toggle("ck-busy", this.busy);
    const focused = this.focusKey ?? (root.contains(document.activeElement) ? document.activeElement.dataset.ckKey : undefined);
    const typed = document.activeElement?.matches?.("input") && root.contains(document.activeElement) && !this.focusKey ? document.activeElement.value : null;
    const hadFocus = root.contains(document.activeElement) || document.activeElement === document.body;
    const top = root.querySelector(".ck-view")?.scrollTop ?? 0;
    const place = `${state.opened ? `open ${state.opened.number}` : this.view}`;
    const view = state.opened ? drawCharacter(this) : this.view === "questions" ? drawQuestion(this) : drawCards(this);
    if (!state.opened) this.openedNumber = undefined;
    const bar = state.opened ? frameBar(this) : this.view === "questions" ? null : cardBar(this);
    root.replaceChildren(this.drawTop(), h("div", { class: "ck-view" }, view), bar ?? "", this.help ? this.drawHelp() : "");
    if (this.place === place) root.querySelector(".ck-view").scrollTop = top;
    this.place = place;
    this.focusKey = null;
    const node = focused && root.querySelector(`[data-ck-key="${CSS.escape(focused)}"]`);
    if (node) {
      node.focus({ preventScroll: false });
      if (typed !== null && node.matches("input")) node.value = typed;
      else if (node.matches("input")) node.select();
    } else if (hadFocus) root.focus({ preventScroll: true });
  }

  drawTop() {
    const { state } = this;
    const done = state.n_begun ? 1 - state.n_remaining / state.n_begun : 1;
    const tab = (view, key, words, n) => {
      const current = state.opened ? ENTRIES[view] === state.opened.number : view === this.view;
      return h("button", { type: "button", class: "ck-tab", "aria-current": current ? "page" : undefined, "aria-keyshortcuts": key, "data-ck-view": view, onclick: () => this.show(view) },
        words, h("span", { class: "ck-n" }, n.toLocaleString("en")));
    };
    const left = state.n_remaining
      ? [h("b", { class: "ck-remaining" }, state.n_remaining.toLocaleString("en")), h("span", {}, " to look at ", h("small", {}, `${state.n_unnamed} to name, ${count(state.n_questions, "question")}`))]
      : [h("b", { class: "ck-remaining" }, "0"), h("span", {}, " to look at ", h("small", {}, state.cards.length ? "every character has a name" : "there is no character"))];
    return h("header", { class: "ck-top" },
      h("div", { class: "ck-left" }, h("div", {}, left), h("div", { class: "ck-progress", hidden: !state.cards.length, role: "progressbar", "aria-valuenow": Math.round(done * 100), "aria-label": "Looked at" }, h("i", { style: `width:${(done * 100).toFixed(1)}%` }))),
      h("nav", {}, tab("cards", "1", "Characters", state.cards.length), tab("questions", "2", "Same character?", state.n_questions), tab("noise", "3", "Noise", state.counts.noise),
        tab("doubt", "4", "In doubt", state.n_doubtful), tab("rejected", "5", "Rejected", state.n_rejected)),
      h("div", { class: "ck-right" },
        button("Undo", "", () => this.undo("undo"), { name: "undo", disabled: !state.undo, title: state.undo ? `Undo: ${state.undo} (Ctrl+Z)` : "Nothing to undo" }),
        button("Redo", "", () => this.undo("redo"), { name: "redo", disabled: !state.redo, title: state.redo ? `Redo: ${state.redo} (Ctrl+Shift+Z)` : "Nothing to redo" }),
        button("Keys", "?", () => { this.help = !this.help; this.draw(); }, { name: "keys" })),
      this.drawStatus());
  }

  drawStatus() {
    const { state } = this;
    const words = state.notice || (state.is_written ? "Every decision is saved, and the folders are up to date." : "Every decision is saved; the folders follow when you pause.");
    this.status.replaceChildren(words.charAt(0).toUpperCase() + words.slice(1));
    this.status.classList.toggle("ck-wrong", state.is_wrong);
    return this.status;
  }

  drawHelp() {
    return h("div", { class: "ck-help", role: "dialog", "aria-label": "Keys" }, h("h2", {}, "Keys"),
      h("dl", {}, HELP.map(([key, words]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, words)]).flat()),
      button("Close", "Esc", () => { this.help = false; this.draw(); }));
  }

  close() {
    this.model.off("change:state", this.hear);
    document.removeEventListener("keydown", this.keys);
    this.album.close();
  }
}

export default {
  render({ model, el }) {
    const page = new Page(model, el);
    return () => page.close();
  },
};
