// 'Same character?': one question at a time, the frames asked about beside the character they may be.

const drawQuestion = (page) => {
  const { question, n_questions: left } = page.state;
  if (!question) {
    const { cards, n_unnamed: nameless, counts } = page.state;
    if (!cards.length) {
      return empty("Nothing to ask yet", "Questions compare characters, and there is none.",
        counts.noise ? button(`Look at ${count(counts.noise, "frame")} of noise`, "3", () => page.show("noise"), { kind: "ck-primary" }) : null);
    }
    return empty("Nothing left to ask", "No two characters, and no frame of noise, look alike enough to ask about.",
      nameless ? button(`Name ${count(nameless, "character")}`, "1", () => page.show("cards"), { kind: "ck-primary" }) : button("All characters", "1", () => page.show("cards")));
  }
  const key = JSON.stringify(question.rows);
  if (page.asked !== key) { page.asked = key; page.denied.clear(); }
  const card = (number) => page.state.cards.find((one) => one.number === number);
  const target = card(question.target);
  const source = card(question.source);
  const whole = question.is_whole;
  const own = whole ? source.exemplars : question.rows;
  const from = source ? source.name : "noise";
  const isHome = question.source === question.target;
  const ofThem = question.rows.length > 1;
  const tiles = own.map((row) => {
    const denied = page.denied.chosen.has(row);
    return h("button", {
      type: "button", class: `ck-tile ${denied ? "ck-denied" : ""}`, disabled: whole, "data-ck-key": `asked-${row}`, "data-ck-asked": row,
      "aria-pressed": whole ? undefined : String(denied), title: whole ? undefined : "Click if this one is someone else",
      onclick: () => { page.denied.pick(row, own); page.focusKey = `asked-${row}`; page.draw(); },
    }, page.album.draw(row));
  });
  const n = question.rows.length - page.denied.size;
  const yes = whole ? "Yes, the same" : page.denied.size ? `Yes, these ${n}` : question.rows.length > 1 ? "Yes, all of them" : "Yes";
  return h("div", { class: "ck-question" },
    h("div", { class: "ck-ask" },
      h("h2", {}, whole ? "Same character?" : ofThem ? `Are these ${target.name}?` : `Is this ${target.name}?`),
      h("p", { class: "ck-soft" },
        whole ? `A yes makes one of ${count(source.n_frames, "frame")} and ${target.n_frames.toLocaleString("en")}.`
          : `${isHome ? `${ofThem ? "They hardly fit" : "It hardly fits"} the others.` : `${ofThem ? "They are" : "It is"} in ${from} now.`} ${ofThem ? "Click those that are someone else." : ""}`)),
    h("div", { class: "ck-sides" },
      h("section", { class: "ck-side" }, h("h3", {}, whole ? source.name : isHome ? "In doubt" : `In ${from}`, h("small", {}, count(whole ? source.n_frames : question.rows.length, "frame"))), h("div", { class: "ck-tiles ck-large" }, tiles)),
      h("section", { class: "ck-side" }, h("h3", {}, target.name, h("small", {}, count(target.n_frames, "frame"))),
        h("div", { class: "ck-tiles ck-large" }, target.exemplars.map((row) => h("div", { class: "ck-tile" }, page.album.draw(row)))))),
    h("div", { class: "ck-answers" },
      button(yes, "Y", () => answer(page, "yes"), { kind: "ck-primary", name: "yes", disabled: n < 1 && !whole }),
      button(question.rows.length > 1 && !whole ? "No, none" : "No", "N", () => answer(page, "no"), { name: "no" }),
      button("Skip", "S", () => answer(page, "skip"), { name: "skip" }),
      h("span", { class: "ck-soft" }, `${count(left, "question")} open, the most telling first`)));
};

const answer = (page, said) => {
  const { question } = page.state;
  if (!question) return;
  const rows = question.rows.filter((row) => !page.denied.chosen.has(row));
  page.send("answer", said === "yes" && !question.is_whole ? { answer: said, rows } : { answer: said });
};

const questionKeys = (page, event) => {
  const said = { y: "yes", n: "no", s: "skip" }[event.key];
  const tiles = [...page.root.querySelectorAll("[data-ck-asked]:not(:disabled)")];
  if (said) answer(page, said);
  else if (ARROWS.has(event.key) && tiles.length) step(tiles, tiles.find((tile) => tile === document.activeElement), event.key)?.focus();
  else return false;
  return true;
};
