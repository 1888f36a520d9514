// One tooltip for the topmost point under the mouse. All words go in as text, never as markup.
// args: points, texts, legend, ring, layers (bottom to top), wanted, arrived, ask; cb_data.
if (cb_data.renderer !== layers[layers.length - 1]) return;  // once a move, not once a layer

const state = (arrived.__hover ??= {cache: new Map(), row: null, pending: null, card: null});

const readArrived = () => {
  const {row, uri} = arrived.data;
  for (let i = 0; i < row.length; i++) state.cache.set(row[i], uri[i]);
};

const makeCard = () => {
  const card = document.createElement("div");
  card.className = "clusterkit-hover";
  card.setAttribute("role", "tooltip");
  card.style.cssText = `position:fixed;z-index:10000;pointer-events:none;display:none;width:190px;
    box-sizing:border-box;padding:8px;border-radius:8px;box-shadow:0 4px 18px rgba(0,0,0,.28);
    background:var(--jp-layout-color1,Canvas);color:var(--jp-ui-font-color1,CanvasText);
    border:1px solid color-mix(in srgb,currentColor 18%,transparent);
    font:12px/1.4 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif`;
  const frame = document.createElement("div");
  // A chequered ground shows both dark and light cut-outs.
  frame.style.cssText = `height:132px;border-radius:5px;margin-bottom:6px;display:flex;
    align-items:center;justify-content:center;
    background:repeating-conic-gradient(#d4d4d4 0 25%,#ececec 0 50%) 0 0/14px 14px`;
  const image = document.createElement("img");
  image.alt = "";
  image.style.cssText = "max-width:100%;max-height:128px;object-fit:contain;display:block";
  frame.append(image);
  const lines = ["cluster", "name", "place", "note"].map((part) => {
    const line = document.createElement("div");
    line.className = `clusterkit-hover-${part}`;
    line.style.cssText = "overflow-wrap:anywhere";
    return line;
  });
  lines[0].style.cssText += ";font-weight:600";
  for (const line of lines.slice(2)) line.style.cssText += ";opacity:.72";
  card.append(frame, ...lines);
  document.body.append(card);
  return {card, image, frame, lines};
};

const showPicture = () => {
  const {image} = state.card;
  const uri = state.cache.get(state.row);
  if (uri) { image.src = uri; image.style.visibility = "visible"; return; }
  image.style.visibility = "hidden";
  if (!ask || uri === "" || state.pending !== null) return;
  state.pending = state.row;                       // one question at a time: the newest wins
  wanted.data = {row: [state.row]};
};

arrived.__arrived ??= () => {
  readArrived();
  state.pending = null;
  if (state.row !== null && state.card) showPicture();
};
if (!state.listens) {
  state.listens = true;
  if (ask) wanted.data = {row: [-1]};              // a page opened anew asks for the present state
  const hide = () => { if (state.card) state.card.card.style.display = "none"; };
  // Seen here before the figure sees it, so the place is always that of the same event.
  document.addEventListener("pointermove", (event) => { state.mouse = {x: event.clientX, y: event.clientY}; },
    {capture: true, passive: true});
  document.addEventListener("scroll", hide, {capture: true, passive: true});
}
if (!state.read) { readArrived(); state.read = true; }

let row = null;
for (const layer of [...layers].reverse()) {
  const indices = layer.get_selection_manager().inspectors.get(layer)?.indices ?? [];
  if (indices.length) { row = indices.reduce((a, b) => (a > b ? a : b)); break; }
}

const moveRing = () => {
  ring.data.x = row === null ? [] : [points.data.x[row]];
  ring.data.y = row === null ? [] : [points.data.y[row]];
  ring.change.emit();                              // drawn here; nothing is sent anywhere
};

if (row === null) {
  if (state.row !== null) { state.row = null; state.card.card.style.display = "none"; moveRing(); }
  return;
}
if (state.card && !state.card.card.isConnected) state.card = null;
state.card ??= makeCard();
const {card, frame, lines} = state.card;
const label = points.data.label[row], kind = points.data.kind[row];
const cluster = label >= 0 ? legend.data.name[label] ?? `cluster ${label}` : kind === 1 ? "rejected" : "noise";
const sure = label >= 0 ? ` · ${Math.round(100 * points.data.probability[row])} %` : "";
const place = [texts.data.episode?.[row], texts.data.time?.[row]].filter(Boolean).join(" · ");
const words = [cluster + sure, texts.data.name?.[row] ?? "", place, texts.data.note?.[row] ?? ""];
lines.forEach((line, i) => { line.textContent = words[i]; line.style.display = words[i] ? "" : "none"; });
if (row !== state.row) { state.row = row; moveRing(); showPicture(); }
card.style.display = "block";

// Beside the mouse, on the side that has room; never outside the window.
if (!state.mouse) { card.style.display = "none"; return; }   // known from the next move on
const {offsetWidth: width, offsetHeight: height} = card;
const {x, y} = state.mouse;
const left = x + 18 + width > innerWidth ? x - 18 - width : x + 18;
card.style.left = `${Math.max(4, left)}px`;
card.style.top = `${Math.max(4, Math.min(y - height / 2, innerHeight - height - 4))}px`;
