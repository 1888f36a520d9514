// Frames of noise beside the character that they may be, to be taken in all at once.

const drawSuggestion = (page, { number, rows }, key) => {
  const card = page.state.cards.find((one) => one.number === number);
  const most = page.grown.get(`suggested-${number}`) ?? SHOWN_AT_FIRST;
  const shown = rows.slice(0, most);
  const n = shown.filter((row) => !page.denied.chosen.has(row)).length;
  const isOwn = page.state.opened.number === number;
  const tiles = shown.map((row) => {
    const denied = page.denied.chosen.has(row);
    return h("button", {
      type: "button", class: `ck-tile ${denied ? "ck-denied" : ""}`, "data-ck-key": `suggested-${row}`, "data-ck-suggested": row,
      "aria-pressed": String(denied), title: "Click if this one is someone else",
      onclick: () => { page.denied.pick(row, shown); page.focusKey = `suggested-${row}`; page.draw(); },
    }, page.album.draw(row));
  });
  const words = n < shown.length ? `Take these ${n}` : n > 1 ? `Take all ${n}` : "Take it";
  return h("section", { class: "ck-group ck-suggested" },
    h("h3", {}, isOwn ? "Perhaps also" : `Perhaps ${card.name}`, h("small", {}, `${count(rows.length, "frame")} of noise. Click those that are someone else.`)),
    h("div", { class: "ck-tiles" }, isOwn ? null : drawFaces(page, card), tiles),
    button(words, key, () => take(page, number, shown), { name: "take", disabled: !n }));
};

// Who it may be, beside the frames: nobody knows sixty names by heart.
const drawFaces = (page, card) => h("div", { class: "ck-tile ck-face", title: card.name }, page.album.draw(card.exemplars[0]), h("small", { class: "ck-whose" }, card.name));

const take = (page, number, shown) => page.send("take", {
  number, rows: shown.filter((row) => !page.denied.chosen.has(row)), others: shown.filter((row) => page.denied.chosen.has(row)),
});
