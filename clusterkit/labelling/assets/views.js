// One view of an open character: front, side or back, or those of which none was told.

const VIEWS = ["front", "side", "back"];
const NOT_TOLD = "not told";

// How many of the open frames show each view; empty where none is known.
const countViews = ({ rows, views }) => {
  const counts = new Map();
  if (!views.some(Boolean)) return counts;
  for (const kind of [...VIEWS, NOT_TOLD]) {
    const n = rows.filter((_, at) => (views[at] ?? NOT_TOLD) === kind).length;
    if (n) counts.set(kind, n);
  }
  return counts;
};

// The frames that are shown. A view of which no frame is left, after a decision, is let go.
const chooseSeen = (page) => {
  const { opened } = page.state;
  if (!countViews(opened).has(page.seen)) page.seen = null;
  page.isSeen = page.seen === null ? null : new Set(opened.rows.filter((_, at) => (opened.views[at] ?? NOT_TOLD) === page.seen));
};

const keepSeen = (page, rows) => (page.isSeen ? rows.filter((row) => page.isSeen.has(row)) : rows);

// What is not shown is not selected either: nobody rejects what they do not see.
const showView = (page, view) => {
  page.seen = view;
  page.focusKey = `seen-${view ?? "all"}`;
  chooseSeen(page);
  page.frames.keep(keepSeen(page, page.state.opened.rows));
  page.draw();
};

const drawViews = (page) => {
  const counts = countViews(page.state.opened);
  if (!counts.size) return null;
  const kinds = [[null, "all views", page.state.opened.rows.length], ...[...counts].map(([kind, n]) => [kind, kind, n])];
  return h("div", { class: "ck-views", role: "group", "aria-label": "Only one view" }, kinds.map(([view, words, n]) =>
    h("button", { type: "button", class: "ck-button", "aria-pressed": String(page.seen === view), "data-ck-seen": view ?? "all", "data-ck-key": `seen-${view ?? "all"}`,
      onclick: () => showView(page, view) }, `${words} ${n.toLocaleString("en")}`)));
};

// The next view, then all again.
const turnView = (page) => {
  const kinds = [null, ...countViews(page.state.opened).keys()];
  if (kinds.length > 1) showView(page, kinds[(kinds.indexOf(page.seen) + 1) % kinds.length]);
};
