// One character laid open: its looks as groups, its least certain frames, and a map to lasso.

const SHOWN_AT_FIRST = 48;
const CLICK_REACH = 5; // pixels: a pointer that moved less was to click

const drawCharacter = (page) => {
  const { opened } = page.state;
  if (page.openedNumber !== opened.number) {
    page.openedNumber = opened.number;
    page.frames.clear();
    page.grown.clear();
    page.denied.clear();
    page.seen = null;
  }
  chooseSeen(page);
  page.frames.keep(keepSeen(page, opened.rows));
  const isCharacter = opened.number >= 0;
  const isDoubt = opened.number === ENTRIES.doubt;
  const find = (number) => page.state.cards.find((one) => one.number === number);
  const card = find(opened.number);
  const title = isCharacter
    ? h("input", { class: "ck-name ck-title", value: card.is_named ? card.name : "", placeholder: card.name, "aria-label": "Name", spellcheck: "false",
        "data-ck-key": "title", maxlength: 500, onkeydown: (event) => {
          if (event.key === "Enter") event.target.blur();
          else if (event.key === "Escape") { event.target.value = card.is_named ? card.name : ""; event.target.blur(); }
          else return;
          event.stopPropagation();
        },
        onchange: (event) => { const name = event.target.value.trim(); if (name) page.send("rename", { number: opened.number, name }); } })
    : h("h2", { class: "ck-title" }, opened.name);
  const head = h("div", { class: "ck-head" },
    button("All characters", "Esc", () => page.send("open", { number: null }), { name: "close" }), title,
    h("span", { class: "ck-soft" }, count(opened.rows.length, "frame")),
    !isCharacter && !isDoubt ? null : opened.n_open
      ? button("All are right", "A", () => page.send("confirm"), { name: "confirm-all", title: "All frames stay here, whatever is clustered next; nothing more is asked about them" })
      : isDoubt ? null : h("span", { class: "ck-soft" }, "all confirmed"),
    opened.rows.length > 1 && !isDoubt && opened.number !== ENTRIES.rejected ? h("span", { class: "ck-grain" }, h("span", { class: "ck-soft" }, "Looks"),
      button("−", "", () => page.send("regroup", { count: opened.groups.length - 1 }), { name: "coarser", title: "Fewer groups (-)", disabled: opened.groups.length < 2 }),
      h("b", {}, String(opened.groups.length)),
      button("+", "", () => page.send("regroup", { count: opened.groups.length + 1 }), { name: "finer", title: "More groups (+)" }),
      isCharacter ? button("Split into these", "L", () => page.send("split_looks"), { name: "split-looks", disabled: opened.groups.length < 2, title: "Make each look a character; the largest keeps the name" }) : null) : null);
  if (!opened.rows.length) {
    const [title, words] = isDoubt ? ["No frame is in doubt", "Every frame fits its character, or was confirmed."]
      : opened.number === ENTRIES.noise ? ["No frame is noise", "Every frame that passed the quality rules is in a character."]
        : ["No frame was rejected here", "What people throw out is gathered here. Frames that fail a quality rule are in the report."];
    return h("div", {}, head, empty(title, words));
  }
  const sections = [];
  page.frameOrder = [];
  const add = (name, words, all, hint, of = null) => {
    const rows = keepSeen(page, all);
    if (!rows.length) return;
    const most = page.grown.get(name) ?? SHOWN_AT_FIRST;
    const shown = rows.slice(0, most);
    const first = page.frameOrder.length;
    page.frameOrder.push(...shown);
    const isChosen = rows.every((row) => page.frames.chosen.has(row));
    sections.push(h("section", { class: "ck-group" },
      h("h3", {}, h("button", { type: "button", class: "ck-link", "data-ck-group": name, "data-ck-key": `group-${name}`, "aria-pressed": String(isChosen),
        onclick: () => { page.frames.toggleAll(rows); page.focusKey = `group-${name}`; page.draw(); } }, isChosen ? "☑" : "☐", ` ${words}`),
        h("small", {}, hint)),
      h("div", { class: "ck-tiles" }, of && drawFaces(page, of), shown.map((row, at) => drawTile(page, row, name, first + at))),
      rows.length > most ? button(`Show ${Math.min(rows.length - most, 240).toLocaleString("en")} more of ${rows.length.toLocaleString("en")}`, "", () => { page.grown.set(name, most + 240); page.draw(); }) : null));
  };
  const suggested = page.seen === null ? opened.suggested : []; // noise has no view
  if (!isCharacter) suggested.forEach((one, at) => sections.push(drawSuggestion(page, one, at ? "" : "T")));
  if (opened.doubtful.length) add("doubt", "Least certain", keepSeen(page, opened.doubtful).slice(0, 12), "Look here for strays.");
  if (isCharacter) suggested.forEach((one) => sections.push(drawSuggestion(page, one, "T")));
  if (isDoubt) opened.groups.forEach((rows, at) => add(`doubt-${at}`, `In ${find(opened.owners[at]).name} · ${count(keepSeen(page, rows).length, "frame")}`, rows, "", find(opened.owners[at])));
  else opened.groups.forEach((rows, at) => add(`look-${at}`, opened.groups.length > 1 ? `Look ${at + 1} · ${count(keepSeen(page, rows).length, "frame")}` : "All", rows, at < 9 && opened.groups.length > 1 ? `key ${at + 1}` : ""));
  const map = opened.points.length > 2 ? drawMap(page) : null;
  const hint = isDoubt ? h("p", { class: "ck-hint" }, "They hardly fit their character, or fit another one better. Select the strays and reject or move them; then confirm the rest, all at once.")
    : opened.number === ENTRIES.rejected ? h("p", { class: "ck-hint" }, "They stay out whatever is clustered next; undoing their rejection brings them back.")
    : opened.number === ENTRIES.noise && !page.state.cards.length ? h("p", { class: "ck-hint" }, "Is somebody here in several frames? Select them, press ", h("kbd", {}, "M"), " and type a name: they are a character.") : null;
  return h("div", {}, head, drawViews(page), hint, map ? h("div", { class: "ck-open" }, h("div", {}, sections), map) : h("div", {}, sections));
};

const drawTile = (page, row, place, at) => {
  const chosen = page.frames.chosen.has(row);
  return h("figure", { class: `ck-tile ${chosen ? "ck-chosen" : ""}`, tabindex: "0", role: "checkbox", "aria-checked": String(chosen), "data-ck-frame": row,
    "data-ck-key": `${place}-${row}`, "data-ck-at": at,
    onclick: (event) => { page.frames.pick(row, page.frameOrder, event, at); page.focusKey = `${place}-${row}`; page.draw(); } },
    page.album.draw(row), h("figcaption", {}, page.album.caption(row)));
};

// Every frame a point; a loop drawn around points chooses them.
const drawMap = (page) => {
  const { opened } = page.state;
  const size = 280;
  const margin = 12;
  const ratio = window.devicePixelRatio || 1;
  const canvas = h("canvas", { width: size * ratio, height: size * ratio, class: "ck-map", title: "Draw a loop around points to select them" });
  const tip = h("div", { class: "ck-tip", hidden: true });
  const places = opened.points.map(([x, y]) => [margin + x * (size - 2 * margin), size - margin - y * (size - 2 * margin)]);
  const isShown = (index) => !page.isSeen || page.isSeen.has(opened.rows[index]);
  const groupOf = new Map();
  opened.groups.forEach((rows, at) => rows.forEach((row) => groupOf.set(row, at)));
  let loop = null;
  const paint = () => {
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, size, size);
    const radius = Math.max(2, Math.min(4.5, 60 / Math.sqrt(places.length)));
    places.forEach(([x, y], at) => {
      const row = opened.rows[at];
      const chosen = page.frames.chosen.has(row);
      if (!isShown(at)) return;
      pen.beginPath();
      pen.arc(x, y, chosen ? radius + 1.5 : radius, 0, 7);
      pen.fillStyle = `hsl(${(groupOf.get(row) * 137.5) % 360} 62% 52%)`;
      pen.globalAlpha = chosen || !page.frames.size ? 0.9 : 0.4;
      pen.fill();
      if (chosen) { pen.lineWidth = 2; pen.strokeStyle = "#2071ff"; pen.stroke(); }
    });
    pen.globalAlpha = 1;
    if (loop) {
      pen.beginPath();
      loop.forEach(([x, y], at) => (at ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      pen.closePath();
      pen.fillStyle = "#2071ff22";
      pen.strokeStyle = "#2071ff";
      pen.lineWidth = 1.5;
      pen.fill();
      pen.stroke();
    }
  };
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left - canvas.clientLeft, event.clientY - box.top - canvas.clientTop];
  };
  const nearest = ([x, y]) => {
    let best = -1;
    let least = 100;
    places.forEach(([a, b], index) => {
      const far = (a - x) ** 2 + (b - y) ** 2;
      if (far < least && isShown(index)) [best, least] = [index, far];
    });
    return best;
  };
  canvas.addEventListener("pointerdown", (event) => { loop = [at(event)]; canvas.setPointerCapture(event.pointerId); tip.hidden = true; });
  canvas.addEventListener("pointermove", (event) => {
    // A busy browser hands over many moves as one: a loop of corners only would miss its points.
    if (loop) { loop.push(...(event.getCoalescedEvents?.() ?? []).map(at), at(event)); paint(); return; }
    const found = nearest(at(event));
    tip.hidden = found < 0;
    if (found >= 0) tip.replaceChildren(page.album.draw(opened.rows[found]));
  });
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  canvas.addEventListener("pointerup", (event) => {
    const drawn = [...loop, at(event)];
    loop = null;
    const isLoop = drawn.some(([x, y]) => Math.hypot(x - drawn[0][0], y - drawn[0][1]) > CLICK_REACH);
    if (!event.shiftKey && !event.ctrlKey && !event.metaKey && isLoop) page.frames.clear();
    if (isLoop) places.forEach((place, index) => { if (isInside(place, drawn) && isShown(index)) page.frames.chosen.add(opened.rows[index]); });
    else if (nearest(drawn[0]) >= 0) page.frames.pick(opened.rows[nearest(drawn[0])], [], {});
    page.draw();
  });
  paint();
  return h("aside", { class: "ck-aside" }, canvas, tip, h("p", { class: "ck-soft" }, "Alike frames lie together. Draw a loop to select; hold Shift to add."));
};

const isInside = ([x, y], loop) => {
  let inside = false;
  for (let i = 0, j = loop.length - 1; i < loop.length; j = i++) {
    const [[a, b], [c, d]] = [loop[i], loop[j]];
    if (b > y !== d > y && x < ((c - a) * (y - b)) / (d - b) + a) inside = !inside;
  }
  return inside;
};

const frameBar = (page) => {
  const { opened } = page.state;
  const { size } = page.frames;
  if (!size) return null;
  const isCharacter = opened.number >= 0;
  const rows = () => [...page.frames.chosen];
  const names = page.state.cards.filter((card) => card.number !== opened.number).map((card) => card.name);
  const to = h("input", { class: "ck-to", list: "ck-names", placeholder: "character or new name", "aria-label": "Move to", "data-ck-key": "move",
    autocomplete: "off", spellcheck: "false", onkeydown: (event) => {
      if (event.key === "Enter" && event.target.value.trim()) page.send("move", { rows: rows(), to: event.target.value.trim() });
      else if (event.key === "Escape") page.root.focus();
      else return;
      event.preventDefault();
      event.stopPropagation();
    } });
  const rest = opened.rows.length - size;
  return h("div", { class: "ck-bar", role: "toolbar" },
    h("b", {}, `${size.toLocaleString("en")} selected`),
    isCharacter ? button("Split off", "S", () => page.send("split", { rows: rows() }), { kind: "ck-primary", name: "split", disabled: !rest, title: "Make them a character of their own" }) : null,
    opened.number !== ENTRIES.rejected ? h("label", { class: "ck-move" }, h("span", {}, "Move to ", h("kbd", {}, "M")), to, h("datalist", { id: "ck-names" }, names.map((name) => h("option", { value: name })))) : null,
    isCharacter || opened.number === ENTRIES.doubt ? button("Right here", "C", () => page.send("confirm", { rows: rows() }), { name: "confirm", title: "They stay here, whatever is clustered next" }) : null,
    opened.number !== ENTRIES.rejected ? button("Reject", "X", () => page.send("reject", { rows: rows() }), { kind: "ck-danger", name: "reject", title: "Throw them out for good; undo brings them back" }) : null,
    button("Clear", "Esc", () => { page.frames.clear(); page.draw(); }));
};

const characterKeys = (page, event) => {
  const { opened } = page.state;
  const tile = event.target.closest?.("[data-ck-frame]");
  const tiles = [...page.root.querySelectorAll("[data-ck-frame]")];
  const rows = [...page.frames.chosen];
  const isCharacter = opened.number >= 0;
  if (ARROWS.has(event.key)) {
    const next = step(tiles, tile, event.key);
    if (!next) return false;
    if (event.shiftKey && tile) {
      [tile, next].forEach((one) => page.frames.chosen.add(Number(one.dataset.ckFrame)));
      page.focusKey = next.dataset.ckKey;
      page.draw();
    } else next.focus();
    return true;
  }
  if (event.key === "Escape" && rows.length) { page.frames.clear(); page.draw(); }
  else if (event.key === "Escape") page.send("open", { number: null });
  else if (event.key === " " && tile) { page.frames.pick(Number(tile.dataset.ckFrame), page.frameOrder, event, Number(tile.dataset.ckAt)); page.focusKey = tile.dataset.ckKey; page.draw(); }
  else if (/^[1-9]$/.test(event.key) && opened.groups[event.key - 1]) { page.frames.toggleAll(keepSeen(page, opened.groups[event.key - 1])); page.draw(); }
  else if (event.key === "v") turnView(page);
  else if (event.key === "+") page.send("regroup", { count: opened.groups.length + 1 });
  else if (event.key === "-" && opened.groups.length > 1) page.send("regroup", { count: opened.groups.length - 1 });
  else if (event.key === "a" && (event.ctrlKey || event.metaKey)) { keepSeen(page, opened.rows).forEach((row) => page.frames.chosen.add(row)); page.draw(); }
  else if (event.key === "t" && opened.suggested.length) page.root.querySelector("[data-ck-do=take]:not(:disabled)")?.click();
  else if (event.key === "a" && opened.number !== ENTRIES.rejected && opened.n_open && opened.number !== ENTRIES.noise) page.send("confirm");
  else if (event.key === "l" && isCharacter && opened.groups.length > 1) page.send("split_looks");
  else if (event.key === "n" && isCharacter) page.root.querySelector(".ck-title").select();
  else if (!rows.length) return false;
  else if (event.key === "s" && isCharacter && rows.length < opened.rows.length) page.send("split", { rows });
  else if (event.key === "m" && opened.number !== ENTRIES.rejected) page.root.querySelector(".ck-to").focus();
  else if (event.key === "c" && (isCharacter || opened.number === ENTRIES.doubt)) page.send("confirm", { rows });
  else if (event.key === "x" && opened.number !== ENTRIES.rejected) page.send("reject", { rows });
  else return false;
  return true;
};
