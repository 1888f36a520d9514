// All characters as cards: those without a name first, each with its looks, its count and its name.

const drawCards = (page) => {
  const { state } = page;
  const unnamed = state.cards.filter((card) => !card.is_named);
  const named = state.cards.filter((card) => card.is_named);
  page.order = [...unnamed, ...named].map((card) => card.number);
  page.cards.keep(page.order);
  if (!state.cards.length) {
    return empty("There is no character yet",
      ["No group of frames is dense enough. Cluster again with a smaller ", h("code", {}, "--min-cluster-size"), ", or make characters by hand from the noise."],
      state.counts.noise ? button(`Look at ${count(state.counts.noise, "frame")} of noise`, "3", () => page.show("noise"), { kind: "ck-primary" }) : null);
  }
  const section = (title, cards, hint) => cards.length
    ? h("section", {}, h("h2", {}, title, h("small", {}, hint)),
        h("div", { class: "ck-cards" }, cards.map((card) => drawCard(page, card))))
    : null;
  return h("div", {},
    section(`To name · ${unnamed.length}`, unnamed, "Type a name and press Enter; the next one follows. Click pictures to select and merge, double-click to open."),
    section(`Named · ${named.length}`, named, ""));
};

const drawCard = (page, card) => {
  const chosen = page.cards.chosen.has(card.number);
  const name = h("input", {
    class: "ck-name", value: card.is_named ? card.name : "", spellcheck: "false", autocomplete: "off",
    placeholder: card.name, "aria-label": `Name of ${card.name}`, title: card.name, maxlength: 500,
    "data-ck-key": `name-${card.number}`,
    onkeydown: (event) => {
      if (event.key === "Enter") rename(page, card, event.target.value);
      else if (event.key === "Escape") {
        event.target.value = card.is_named ? card.name : "";
        event.target.closest(".ck-card").focus();
      } else return;
      event.preventDefault();
      event.stopPropagation();
    },
    onchange: (event) => rename(page, card, event.target.value, false),
  });
  const looks = h("div", { class: "ck-looks", onclick: (event) => { page.cards.pick(card.number, page.order, event); page.focusKey = `card-${card.number}`; page.draw(); } },
    card.exemplars.slice(0, 6).map((row) => page.album.draw(row)));
  return h("article", {
    class: `ck-card ${chosen ? "ck-chosen" : ""}`, tabindex: "0", "data-ck-card": card.number,
    "data-ck-key": `card-${card.number}`, role: "group", "aria-label": `${card.name}, ${count(card.n_frames, "frame")}${chosen ? ", selected" : ""}`,
    ondblclick: (event) => { if (event.target.tagName !== "INPUT") page.send("open", { number: card.number }); },
  },
    looks,
    h("div", { class: "ck-card-foot" }, name,
      h("div", { class: "ck-card-facts" },
        h("span", {}, count(card.n_frames, "frame")),
        card.n_asked ? h("span", { class: "ck-asked", title: "Questions that concern it" }, count(card.n_asked, "question")) : null,
        h("button", { type: "button", class: "ck-link", title: "Open (O)", onclick: () => page.send("open", { number: card.number }) }, "Open"))));
};

// Enter names and goes on to the next nameless card; leaving the field names and stays.
const rename = (page, card, text, goOn = true) => {
  const name = text.trim();
  const nameless = page.state.cards.filter((one) => !one.is_named && one.number !== card.number);
  const after = nameless.find((one) => page.order.indexOf(one.number) > page.order.indexOf(card.number)) ?? nameless[0];
  if (goOn) page.focusKey = after && !card.is_named ? `name-${after.number}` : `card-${card.number}`;
  if (!name || name === (card.is_named ? card.name : "")) { if (goOn) page.draw(); return; }
  page.send("rename", { number: card.number, name });
};

const cardBar = (page) => {
  const { size } = page.cards;
  if (!size) return null;
  const merge = () => page.send("merge", { numbers: [...page.cards.chosen] });
  return h("div", { class: "ck-bar", role: "toolbar" },
    h("b", {}, `${size} selected`),
    size > 1 ? button("Merge into one", "M", merge, { kind: "ck-primary", name: "merge" }) : h("span", { class: "ck-soft" }, "Select another to merge"),
    button("Clear", "Esc", () => { page.cards.clear(); page.draw(); }));
};

const cardKeys = (page, event) => {
  const card = event.target.closest?.(".ck-card");
  const cards = [...page.root.querySelectorAll(".ck-card")];
  if (ARROWS.has(event.key)) {
    const next = step(cards, card, event.key);
    if (!next) return false;
    if (event.shiftKey && card) {
      [card, next].forEach((one) => page.cards.chosen.add(Number(one.dataset.ckCard)));
      page.focusKey = next.dataset.ckKey;
      page.draw();
    } else next.focus();
    return true;
  }
  const number = card ? Number(card.dataset.ckCard) : null;
  if (event.key === "m" && page.cards.size > 1) page.send("merge", { numbers: [...page.cards.chosen] });
  else if (event.key === "Escape" && page.cards.size) { page.cards.clear(); page.draw(); }
  else if (event.key === " " && card) { page.cards.pick(number, page.order, event); page.focusKey = card.dataset.ckKey; page.draw(); }
  else if ((event.key === "Enter" || event.key === "o") && card) page.send("open", { number });
  else if ((event.key === "n" || event.key === "F2") && (card ?? cards[0])) (card ?? cards[0]).querySelector("input").select();
  else return false;
  return true;
};
