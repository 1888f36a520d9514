/* The report's one script: the map, and the galleries of the whole page.
   Names are data: they only ever reach the page as textContent or as attributes set by the DOM. */
(() => {
  "use strict";
  const source = Array.from(document.querySelectorAll("script[data-ck-data]")).pop();
  if (!source || source.dataset.ckUsed) return;
  source.dataset.ckUsed = "1";
  const data = JSON.parse(source.textContent);
  const section = source.closest("section");
  const NO_POSITION = 65535, NOISE = -1, REJECTED = -2, UNREADABLE = -3;
  const PAGE = 60;

  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const read = (text, Kind) => { const b = bytes(text); return new Kind(b.buffer, 0, b.length / Kind.BYTES_PER_ELEMENT); };
  const codes = read(data.codes, Int32Array), episode = read(data.episode, Int32Array);
  const seconds = read(data.seconds, Float32Array), certain = read(data.certain, Int32Array);
  const seen = read(data.view, Int32Array);
  const failed = read(data.failed, Int32Array), tiles = read(data.sheets.tiles, Int32Array);
  const clusterOf = new Map(data.clusters.map((cluster) => [cluster.label, cluster]));
  const el = (tag, css, text) => {
    const node = document.createElement(tag);
    if (css) node.className = css;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;

  /* Pictures: a sheet becomes a blob when the first of its tiles is looked at. */
  const addresses = new Map();
  const findSheet = (number) => {
    if (!addresses.has(number)) {
      const node = section.querySelector(`script[data-ck-sheet="${number}"]`);
      addresses.set(number, URL.createObjectURL(new Blob([bytes(node.textContent)], { type: "image/webp" })));
    }
    return addresses.get(number);
  };
  const paint = (node, row, size) => {
    const { side, columns, rows } = data.sheets, tile = tiles[row];
    node.classList.toggle("ck-blank", tile < 0);
    if (tile < 0) { node.style.backgroundImage = ""; node.textContent = "no picture"; return; }
    node.textContent = "";
    const place = tile % (columns * rows), scale = size / side;
    const sheet = Math.floor(tile / (columns * rows));
    const onSheet = Math.min(columns * rows, countTiles - sheet * columns * rows);
    const wide = Math.min(columns, onSheet), tall = Math.ceil(onSheet / columns);
    node.style.backgroundImage = `url("${findSheet(sheet)}")`;
    node.style.backgroundSize = `${wide * size}px ${tall * size}px`;
    node.style.backgroundPosition = `${-(place % columns) * size}px ${-Math.floor(place / columns) * size}px`;
    node.style.imageRendering = scale >= 4 ? "pixelated" : "auto";
  };
  const countTiles = tiles.reduce((most, tile) => Math.max(most, tile), -1) + 1;

  /* Words about a frame. */
  const groupOf = (row) => {
    const code = codes[row];
    if (code >= 0) return clusterOf.get(code)?.name ?? `cluster ${code}`;
    if (code === NOISE) return "noise";
    if (code === UNREADABLE) return "unreadable";
    return `rejected: ${data.rules.filter((_, bit) => failed[row] & (1 << bit)).join(", ")}`;
  };
  const describe = (row) => {
    const words = [groupOf(row)];
    if (seen[row] >= 0) words.push(data.views[seen[row]]);
    if (codes[row] >= 0) words.push(`${certain[row]} % certain`);
    if (episode[row] >= 0) words.push(data.episodes[episode[row]]);
    if (seconds[row] >= 0) words.push(clock(seconds[row]));
    return words;
  };
  const colourOf = (code) => clusterOf.get(code)?.colour ?? data.noiseColour;

  let dialog, state; /* of the galleries */

  /* A reviewer decides on the page, not in a notebook: there the labelling page does it better. */
  const review = document.body.classList.contains("ck-page")
    ? startReview({ data, codes, el, paint, bytes, redraw: () => { if (dialog?.open) draw(); } }) : null;

  /* Galleries: one dialog, a page at a time, so that thousands of frames cost no more than sixty. */
  const collect = (code) => {
    const wanted = {
      noise: (row) => codes[row] === NOISE,
      rejected: (row) => codes[row] === REJECTED,
      unreadable: (row) => codes[row] === UNREADABLE,
    }[code] ?? (code.startsWith("rejected-")
      ? (row) => codes[row] === REJECTED && failed[row] & (1 << ["size", "blur", "content"].indexOf(code.slice(9)))
      : (row) => codes[row] === Number(code));
    return Array.from(codes.keys()).filter(wanted);
  };
  const titles = { noise: "Noise", rejected: "Rejected", "rejected-size": "Too small",
    "rejected-blur": "Blurred", "rejected-content": "Nearly empty", unreadable: "Unreadable" };
  const ORDERS = [
    ["most certain first", (a, b) => certain[b] - certain[a] || a - b],
    ["least certain first", (a, b) => certain[a] - certain[b] || a - b],
    ["as in the film", (a, b) => a - b],
  ];
  const build = () => {
    dialog = el("dialog", "ck ck-gallery");
    const head = el("header"), title = el("h2"), close = el("button", "ck-button", "Close");
    const order = el("select");
    title.id = "ck-gallery-title";
    dialog.setAttribute("aria-labelledby", title.id);
    order.setAttribute("aria-label", "Order of the frames");
    ORDERS.forEach(([words], at) => order.append(new Option(words, at)));
    close.type = "button";
    const grid = el("ul", "ck-grid"), foot = el("footer");
    const back = el("button", "ck-button", "← Back"), on = el("button", "ck-button", "Next →");
    const place = el("span", "ck-place"), detail = el("p", "ck-detail");
    back.type = on.type = "button";
    grid.tabIndex = -1;
    place.setAttribute("aria-live", "polite");
    const hint = el("p", "ck-hint"), views = el("div", "ck-views");
    views.setAttribute("role", "group");
    views.setAttribute("aria-label", "Only one view");
    head.append(title, order, close, views, hint);
    foot.append(detail, back, place, on);
    dialog.append(head, grid, foot);
    document.body.append(dialog);
    dialog.parts = { title, order, grid, back, on, place, detail, hint, views };
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    order.addEventListener("change", () => { state.order = Number(order.value); sort(); state.page = 0; draw(); });
    back.addEventListener("click", () => turn(-1));
    on.addEventListener("click", () => turn(1));
    dialog.addEventListener("keydown", (event) => {
      if (event.target === order) return;
      const step = { PageUp: -1, PageDown: 1 }[event.key];
      if (step) { event.preventDefault(); turn(step); return; }
      const tile = event.target.closest(".ck-tile");
      if (tile && event.key.toLowerCase() === "x" && !event.ctrlKey && !event.metaKey) { event.preventDefault(); tile.click(); return; }
      const move = { ArrowLeft: -1, ArrowRight: 1, Home: -1e9, End: 1e9 }[event.key];
      if (tile && move) {
        event.preventDefault();
        const all = Array.from(grid.querySelectorAll(".ck-tile"));
        all[Math.max(0, Math.min(all.length - 1, all.indexOf(tile) + move))].focus();
      }
    });
  };
  const sort = () => state.rows.sort(ORDERS[state.order][1]);
  /* Which view is shown: a button for each that there is, with how many frames it has. */
  const offerViews = () => {
    const { views } = dialog.parts, of = (view) => state.all.filter((row) => view === null || seen[row] === view);
    const known = data.views.map((_, view) => view).filter((view) => of(view).length);
    const open = state.all.length - known.reduce((sum, view) => sum + of(view).length, 0);
    views.hidden = !known.length;
    const kinds = [[null, "all views"], ...known.map((view) => [view, data.views[view]]), ...(open ? [[-1, "not told"]] : [])];
    views.replaceChildren(...kinds.map(([view, words]) => {
      const button = el("button", "ck-button", `${words} ${of(view).length.toLocaleString("en")}`);
      button.type = "button";
      button.dataset.ckView = view ?? "all";
      button.setAttribute("aria-pressed", String(state.view === view));
      button.addEventListener("click", () => {
        Object.assign(state, { view, rows: of(view), page: 0 });
        sort(); offerViews(); draw();
        views.querySelector("[aria-pressed=true]").focus();
      });
      return button;
    }));
  };
  const turn = (step) => {
    const last = Math.max(0, Math.ceil(state.rows.length / PAGE) - 1);
    const page = Math.max(0, Math.min(last, state.page + step));
    if (page !== state.page) { state.page = page; draw(); dialog.parts.grid.scrollTop = 0; }
  };
  const draw = () => {
    const { grid, back, on, place, detail } = dialog.parts, { rows, page } = state;
    const start = page * PAGE, end = Math.min(rows.length, start + PAGE);
    grid.replaceChildren(...rows.slice(start, end).map((row) => {
      const item = el("li"), tile = el("button", "ck-tile"), picture = el("span", "ck-picture");
      tile.type = "button";
      tile.dataset.row = row;
      tile.setAttribute("aria-label", `${data.names[row]}, ${describe(row).join(", ")}`);
      tile.title = data.names[row];
      if (row === state.focus) tile.classList.add("ck-found");
      const size = 96;
      paint(picture, row, size);
      const note = codes[row] >= 0 ? `${certain[row]} %` : seconds[row] >= 0 ? clock(seconds[row]) : "";
      tile.append(picture, el("small", "", note));
      if (review?.canReject(row)) {
        tile.setAttribute("aria-pressed", String(review.isRejected(row)));
        tile.setAttribute("aria-keyshortcuts", "X");
        tile.addEventListener("click", () => { state.chosen = row; review.reject(row); state.chosen = undefined; });
      }
      const tell = () => { detail.textContent = [data.names[row], ...describe(row).slice(1)].join(" · "); };
      tile.addEventListener("focus", tell);
      tile.addEventListener("pointerenter", tell);
      item.append(tile);
      return item;
    }));
    detail.textContent = "";
    back.disabled = page === 0;
    on.disabled = end >= rows.length;
    /* A button that just went dead would take the focus, and the keys, with it. */
    const held = document.activeElement, chosen = grid.querySelector(`[data-row="${state.chosen}"]`);
    if (chosen) chosen.focus();
    else if (held.disabled || !dialog.contains(held)) (on.disabled ? (back.disabled ? grid : back) : on).focus();
    place.textContent = rows.length ? `${(start + 1).toLocaleString("en")}–${end.toLocaleString("en")} of ${rows.length.toLocaleString("en")}` : "none";
    if (!chosen) grid.querySelector(".ck-found")?.scrollIntoView({ block: "center" });
  };
  const openGallery = (code, focus) => {
    if (!dialog) build();
    const all = collect(code);
    state = { all, rows: [...all], view: null, order: codes[focus] === undefined || Number(code) >= 0 ? 0 : 2, page: 0, focus };
    if (!(Number(code) >= 0)) state.order = 2;
    sort();
    if (focus !== undefined) state.page = Math.floor(Math.max(0, state.rows.indexOf(focus)) / PAGE);
    dialog.parts.order.value = state.order;
    const cluster = clusterOf.get(Number(code));
    dialog.parts.hint.textContent = state.rows.some((row) => review?.canReject(row)) ? "Click a frame, or press X on it, to reject it: it belongs to nobody. The same again takes it back." : "";
    dialog.parts.title.title = cluster ? cluster.name : "";
    dialog.parts.title.textContent = `${cluster ? cluster.name : titles[code] ?? code} · ${state.rows.length.toLocaleString("en")}`;
    offerViews();
    dialog.showModal();
    draw();
    (dialog.querySelector(".ck-found") ?? dialog.querySelector(".ck-tile") ?? dialog).focus();
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-ck-gallery]");
    if (button) openGallery(button.dataset.ckGallery);
    const copy = event.target.closest?.("[data-ck-copy]");
    if (copy) copyText(copy);
  });
  const copyText = (button) => {
    const text = button.closest("figure").querySelector("pre");
    const range = document.createRange();
    range.selectNodeContents(text);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    /* The clipboard needs a secure page, which a file is not everywhere: the old command is. */
    const done = document.execCommand("copy");
    button.textContent = done ? "Copied" : "Selected: press Ctrl+C";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  };

  /* The map. */
  const canvas = section.querySelector("canvas");
  if (!canvas) return;
  const stage = canvas.parentElement, tip = stage.querySelector(".ck-tip"), live = stage.querySelector(".ck-live");
  const context = canvas.getContext("2d");
  const layouts = Object.fromEntries(Object.entries(data.projections).map(([name, value]) => {
    const whole = read(value.points, Uint16Array);
    let w = 0, h = 0;
    for (let row = 0; row < codes.length; row++) {
      if (whole[2 * row] === NO_POSITION) continue;
      w = Math.max(w, whole[2 * row]); h = Math.max(h, whole[2 * row + 1]);
    }
    return [name, { points: whole, wide: Math.max(w, 1), tall: Math.max(h, 1), axes: value.axes }];
  }));
  const placed = Array.from(codes.keys()).filter((row) => codes[row] >= NOISE
    && Object.values(layouts)[0].points[2 * row] !== NO_POSITION);
  /* Noise first, so that it lies below; then the large clusters, so that small ones stay visible. */
  placed.sort((a, b) => (codes[a] < 0 ? -1 : codes[a]) - (codes[b] < 0 ? -1 : codes[b]));
  const view = { name: section.querySelector("input[name=ck-projection]:checked").value, zoom: 1, x: 0.5, y: 0.5 };
  const chosen = new Set();
  let width = 0, height = 0, xs, ys, current = -1, glance = null, waiting = 0, dots = 3, paper = false;
  const PAD = 22;

  const place = () => {
    const { points, wide, tall } = layouts[view.name];
    const scale = Math.min((width - 2 * PAD) / wide, (height - 2 * PAD) / tall) * view.zoom;
    xs = new Float32Array(codes.length); ys = new Float32Array(codes.length);
    for (const row of placed) {
      xs[row] = width / 2 + (points[2 * row] - view.x * wide) * scale;
      ys[row] = height / 2 - (points[2 * row + 1] - view.y * tall) * scale;
    }
    view.scale = scale;
  };
  const isShown = (code) => (glance === null ? chosen.size === 0 || chosen.has(code) : glance === code);
  const render = () => {
    waiting = 0;
    const ratio = window.devicePixelRatio || 1, style = getComputedStyle(stage);
    const colour = (name, light) => (paper ? light : style.getPropertyValue(name).trim() || light);
    const ink = colour("--ck-ink", "#1b1d24"), ground = colour("--ck-card", "#ffffff");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    dots = Math.max(1.6, Math.min(5, 2.1 * Math.sqrt(1400 / Math.max(placed.length, 1)) * Math.sqrt(view.zoom) * Math.min(1.15, width / 700) + 1.1));
    for (const bright of [false, true]) {
      let last;
      for (const row of placed) {
        if (isShown(codes[row]) !== bright) continue;
        const x = xs[row], y = ys[row];
        if (x < -9 || y < -9 || x > width + 9 || y > height + 9) continue;
        if (codes[row] !== last) {
          last = codes[row];
          context.globalAlpha = bright ? (last < 0 ? 0.55 : 0.82) : 0.09;
          context.fillStyle = context.strokeStyle = colourOf(last);
          context.lineWidth = 1.2;
        }
        context.beginPath();
        if (last < 0) {
          const r = dots * 0.8;
          context.moveTo(x - r, y - r); context.lineTo(x + r, y + r);
          context.moveTo(x - r, y + r); context.lineTo(x + r, y - r);
          context.stroke();
        } else { context.arc(x, y, dots, 0, 6.2832); context.fill(); }
      }
    }
    context.globalAlpha = 1;
    label(ink, ground);
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = colour("--ck-soft", "#5c6170");
    const { axes } = layouts[view.name];
    context.textAlign = "left";
    context.fillText(`→ ${axes[0]}   ↑ ${axes[1]}`, 10, height - 8);
    if (current >= 0) {
      context.lineWidth = 2.5; context.strokeStyle = ink;
      context.beginPath(); context.arc(xs[current], ys[current], dots + 4, 0, 6.2832); context.stroke();
    }
  };
  const soon = () => { if (!waiting) waiting = requestAnimationFrame(render); };
  /* The number of each character above its points; where two would touch, the smaller yields. */
  const label = (ink, ground) => {
    const taken = [];
    context.font = "600 11px system-ui, sans-serif";
    context.textAlign = "center"; context.textBaseline = "middle";
    for (const cluster of data.clusters) {
      if (!isShown(cluster.label)) continue;
      const rows = placed.filter((row) => codes[row] === cluster.label);
      const pick = (values, share) => values.sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];
      const x = pick(rows.map((row) => xs[row]), 0.5);
      const y = Math.max(12, pick(rows.map((row) => ys[row]), 0.05) - dots - 13);
      if (x === undefined || x < 8 || y < 8 || x > width - 8 || y > height - 8) continue;
      const text = String(cluster.label), half = Math.max(9, 4 + 3.6 * text.length);
      if (taken.some(([a, b, r]) => Math.abs(a - x) < half + r && Math.abs(b - y) < 19)) continue;
      taken.push([x, y, half]);
      context.globalAlpha = 0.92; context.fillStyle = ground;
      context.beginPath(); context.roundRect(x - half, y - 9, 2 * half, 18, 9); context.fill();
      context.globalAlpha = 1; context.lineWidth = 1.5; context.strokeStyle = cluster.colour; context.stroke();
      context.fillStyle = ink; context.fillText(text, x, y + 0.5);
    }
    context.textBaseline = "alphabetic";
  };
  const resize = () => {
    const box = canvas.getBoundingClientRect(), ratio = window.devicePixelRatio || 1;
    if (!box.width) return;
    width = box.width; height = box.height;
    canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
    place(); render();
  };
  const nearest = (x, y, most) => {
    let best = -1, least = most * most;
    for (const row of placed) {
      const distance = (xs[row] - x) ** 2 + (ys[row] - y) ** 2;
      if (distance < least && (chosen.size === 0 || chosen.has(codes[row]))) { least = distance; best = row; }
    }
    return best;
  };
  const select = (row, loud) => {
    if (row === current) return;
    current = row;
    soon();
    tip.hidden = row < 0;
    canvas.style.cursor = row < 0 ? "default" : "pointer";
    if (row < 0) return;
    const picture = el("span", "ck-picture"), words = el("div"), [group, ...rest] = describe(row);
    paint(picture, row, 128);
    const head = el("b"), swatch = el("span", "ck-swatch");
    swatch.style.background = colourOf(codes[row]);
    head.append(swatch, el("bdi", "", group));
    words.append(head, el("span", "", rest.join(" · ")), el("small", "", data.names[row]));
    tip.replaceChildren(picture, words);
    const x = xs[row], y = ys[row];
    const left = x + 18 + tip.offsetWidth > width ? Math.max(4, x - tip.offsetWidth - 18) : x + 18;
    tip.style.left = `${left}px`;
    tip.style.top = `${Math.max(4, Math.min(height - tip.offsetHeight - 4, y - tip.offsetHeight / 2))}px`;
    if (loud) live.textContent = `${describe(row).join(", ")}, ${data.names[row]}`;
  };
  const toGallery = (row) => openGallery(codes[row] >= 0 ? String(codes[row]) : "noise", row);
  const zoom = (factor, x = width / 2, y = height / 2) => {
    const { wide, tall } = layouts[view.name];
    const zoomed = Math.max(1, Math.min(40, view.zoom * factor));
    const gain = 1 / view.scale - 1 / (view.scale * zoomed / view.zoom);
    view.x += (x - width / 2) * gain / wide; view.y -= (y - height / 2) * gain / tall;
    view.zoom = zoomed;
    if (zoomed === 1) view.x = view.y = 0.5;
    select(-1); place(); soon();
  };
  let drag = null;
  canvas.addEventListener("pointerdown", (event) => { drag = { x: event.offsetX, y: event.offsetY, moved: false }; });
  canvas.addEventListener("pointermove", (event) => {
    if (drag && event.buttons && view.zoom > 1 && event.pointerType === "mouse") {
      const dx = event.offsetX - drag.x, dy = event.offsetY - drag.y;
      if (drag.moved || Math.hypot(dx, dy) > 4) {
        const { wide, tall } = layouts[view.name];
        canvas.setPointerCapture(event.pointerId);
        view.x -= dx / view.scale / wide; view.y += dy / view.scale / tall;
        drag = { x: event.offsetX, y: event.offsetY, moved: true };
        select(-1); place(); soon();
      }
      return;
    }
    select(nearest(event.offsetX, event.offsetY, 14));
  });
  canvas.addEventListener("pointerleave", () => { if (document.activeElement !== canvas) select(-1); });
  canvas.addEventListener("click", (event) => {
    const moved = drag?.moved;
    drag = null;
    if (moved) return;
    const row = nearest(event.offsetX, event.offsetY, 18), known = row === current;
    select(row);
    /* A finger has no hover: the first tap shows, the second opens. */
    if (row >= 0 && (event.pointerType !== "touch" || known)) toGallery(row);
  });
  canvas.addEventListener("dblclick", (event) => { event.preventDefault(); });
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; /* else the page scrolls, as everywhere */
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 300), event.offsetX, event.offsetY);
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (direction) {
      event.preventDefault();
      if (current < 0) { select(nearest(width / 2, height / 2, 1e6), true); return; }
      let best = -1, least = Infinity;
      for (const row of placed) {
        const dx = xs[row] - xs[current], dy = ys[row] - ys[current];
        const along = dx * direction[0] + dy * direction[1], across = Math.abs(dx * direction[1]) + Math.abs(dy * direction[0]);
        if (along <= 0.5 || across > along || (chosen.size && !chosen.has(codes[row]))) continue;
        if (along + 2 * across < least) { least = along + 2 * across; best = row; }
      }
      if (best >= 0) select(best, true);
    } else if (event.key === "Enter" && current >= 0) { event.preventDefault(); toGallery(current); }
    else if (event.key === "Escape") select(-1);
    else if (event.key === "+" || event.key === "=") zoom(1.5);
    else if (event.key === "-") zoom(1 / 1.5);
  });
  canvas.addEventListener("blur", () => select(-1));
  section.querySelectorAll("[data-ck-zoom]").forEach((button) => button.addEventListener("click", () => {
    const kind = button.dataset.ckZoom;
    if (kind === "all") { view.zoom = 1; view.x = view.y = 0.5; select(-1); place(); soon(); }
    else zoom(kind === "in" ? 1.6 : 1 / 1.6);
  }));
  section.querySelectorAll("input[name=ck-projection]").forEach((input) => input.addEventListener("change", () => {
    Object.assign(view, { name: input.value, zoom: 1, x: 0.5, y: 0.5 });
    select(-1); place(); soon();
  }));
  const all = section.querySelector("[data-ck-entry=all]");
  section.querySelectorAll("[data-ck-entry]").forEach((button) => {
    const kind = button.dataset.ckEntry, code = kind === "noise" ? NOISE : Number(kind);
    button.addEventListener("click", () => {
      if (kind === "all") chosen.clear();
      else if (!chosen.delete(code)) chosen.add(code);
      section.querySelectorAll(".ck-entry").forEach((entry) => {
        const own = entry.dataset.ckEntry === "noise" ? NOISE : Number(entry.dataset.ckEntry);
        entry.setAttribute("aria-pressed", String(chosen.has(own)));
      });
      all.hidden = chosen.size === 0;
      glance = null;
      select(-1); soon();
    });
    if (kind === "all") return;
    button.addEventListener("pointerenter", () => { if (chosen.size === 0) { glance = code; soon(); } });
    button.addEventListener("pointerleave", () => { if (glance !== null) { glance = null; soon(); } });
  });
  new ResizeObserver(resize).observe(stage);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", soon);
  /* Paper is white, whatever the screen is; the styles tell only after this event that it is paper. */
  const print = (on) => { paper = on; select(-1); resize(); };
  window.addEventListener("beforeprint", () => print(true));
  window.addEventListener("afterprint", () => print(false));
  resize();
})();
