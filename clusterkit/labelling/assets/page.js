// What all views share: making elements, asking for pictures, and choosing with click, shift and keys.

// Views that are opened as a character is, frames to select: what stands for its number.
const ENTRIES = { noise: -1, rejected: -2, doubt: -3 };

const h = (tag, properties = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false || value === null) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "disabled") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
};

const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

// A button that says its key: a person learns the keys by using the page.
const button = (words, key, act, options = {}) =>
  h("button", { type: "button", class: `ck-button ${options.kind ?? ""}`, onclick: act, title: options.title,
    disabled: options.disabled, "aria-keyshortcuts": key || undefined, "data-ck-do": options.name },
    h("span", {}, words), key && h("kbd", {}, key));

// What stands where there is nothing to show: why, and what to do next.
const empty = (title, words, ...buttons) =>
  h("div", { class: "ck-empty" }, h("h2", {}, title), h("p", {}, words), buttons.length ? h("div", { class: "ck-empty-do" }, buttons) : null);

// Pictures come when they are shown: a page of sixty characters does not wait for all of them.
class Album {
  constructor(model) {
    this.model = model;
    this.known = new Map();
    this.wanted = new Set();
    this.asked = new Set();
    this.shown = new Map();
    this.observer = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) this.want(entry.target);
    }, { rootMargin: "400px" });
    model.on("msg:custom", (message, buffers) => this.receive(message, buffers));
  }

  draw(row, className = "ck-picture") {
    const image = h("img", { alt: "", draggable: "false", loading: "eager" });
    const node = h("span", { class: className, "data-row": row }, image);
    if (this.known.has(row)) this.fill(node, row);
    else this.observer.observe(node);
    return node;
  }

  want(node) {
    this.observer.unobserve(node);
    const row = Number(node.dataset.row);
    if (this.known.has(row)) return this.fill(node, row);
    this.shown.set(row, [...(this.shown.get(row) ?? []), node]);
    if (this.asked.has(row)) return undefined;
    this.wanted.add(row);
    this.timer ??= setTimeout(() => this.ask(), 15);
    return undefined;
  }

  ask() {
    this.timer = undefined;
    const rows = [...this.wanted];
    this.wanted.clear();
    for (let begin = 0; begin < rows.length; begin += 100) {
      const some = rows.slice(begin, begin + 100);
      some.forEach((row) => this.asked.add(row));
      this.model.send({ pictures: some });
    }
  }

  receive(message, buffers) {
    if (!message.pictures) return;
    message.pictures.forEach((row, at) => {
      const data = buffers[at];
      const uri = data.byteLength ? URL.createObjectURL(new Blob([data], { type: "image/webp" })) : null;
      this.known.set(row, { uri, ...message.texts[at] });
      for (const node of this.shown.get(row) ?? []) this.fill(node, row);
      this.shown.delete(row);
    });
  }

  fill(node, row) {
    const { uri, name, episode, time } = this.known.get(row);
    const words = [name, episode, time].filter(Boolean).join(" · ");
    node.title = words;
    if (uri) {
      node.firstChild.src = uri;
      node.firstChild.alt = words;
    } else node.classList.add("ck-missing");
    const caption = node.parentElement?.querySelector("figcaption");
    if (caption) caption.textContent = this.caption(row);
  }

  // What stands below a picture; nothing until it is there.
  caption(row) {
    const known = this.known.get(row);
    return known ? known.time || known.name : "";
  }

  close() {
    this.observer.disconnect();
    for (const { uri } of this.known.values()) if (uri) URL.revokeObjectURL(uri);
  }
}

// A choice among things that lie in an order: click one, ctrl-click more, shift-click a stretch.
// A thing may lie in two places (among the least certain and in its look): `at` says in which.
class Choice {
  constructor() {
    this.chosen = new Set();
    this.anchor = null;
    this.anchorAt = -1;
  }

  pick(id, order, event = {}, at = order.indexOf(id)) {
    if (event.shiftKey && this.anchor !== null && order.includes(this.anchor)) {
      const start = order[this.anchorAt] === this.anchor ? this.anchorAt : order.indexOf(this.anchor);
      const [from, to] = [start, at].sort((a, b) => a - b);
      order.slice(from, to + 1).forEach((one) => this.chosen.add(one));
      return;
    }
    if (this.chosen.has(id)) this.chosen.delete(id);
    else this.chosen.add(id);
    this.anchor = id;
    this.anchorAt = at;
  }

  toggleAll(ids) {
    const all = ids.every((id) => this.chosen.has(id));
    ids.forEach((id) => (all ? this.chosen.delete(id) : this.chosen.add(id)));
    this.anchor = null;
  }

  keep(ids) {
    const there = new Set(ids);
    for (const id of this.chosen) if (!there.has(id)) this.chosen.delete(id);
    if (!there.has(this.anchor)) this.anchor = null;
  }

  clear() {
    this.chosen.clear();
    this.anchor = null;
  }

  get size() {
    return this.chosen.size;
  }
}

// Move the focus with the arrows among things in rows, as they lie on the screen.
const step = (nodes, current, key) => {
  const at = nodes.indexOf(current);
  if (at < 0) return nodes[0];
  if (key === "ArrowRight") return nodes[Math.min(nodes.length - 1, at + 1)];
  if (key === "ArrowLeft") return nodes[Math.max(0, at - 1)];
  if (key === "Home") return nodes[0];
  if (key === "End") return nodes[nodes.length - 1];
  const here = current.getBoundingClientRect();
  const down = key === "ArrowDown" ? 1 : -1;
  let best = current;
  let least = Infinity;
  for (const node of nodes) {
    const there = node.getBoundingClientRect();
    const fall = (there.top - here.top) * down;
    if (fall < here.height / 2) continue;
    const far = fall * 10 + Math.abs(there.left - here.left);
    if (far < least) [best, least] = [node, far];
  }
  return best;
};

const ARROWS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"]);
