/* The controls of a reviewer: they show what is decided, and change it through `Decided`, only.
   Without this script the page reads the same; on paper there is nothing of it. */
const startReview = ({ data, codes, el, paint, bytes, redraw }) => {
  const { review, clusters } = data;
  const packed = bytes(review.digests), n = review.length;
  const digests = Array.from(codes, (_, row) => {
    const own = packed.subarray(row * n, (row + 1) * n);
    return own.some((byte) => byte) ? Array.from(own, (byte) => byte.toString(16).padStart(2, "0")).join("") : "";
  });
  const store = openStore(`clusterkit ${review.key}`);
  const decided = new Decided({ review, clusters, codes, digests, store });
  const clusterOf = new Map(clusters.map((cluster) => [cluster.label, cluster]));
  clusters.forEach((cluster) => { cluster.found = cluster.name; });
  const nameOf = (label) => decided.units.get(label)?.name ?? clusterOf.get(label)?.found ?? "noise";
  const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
  const button = (words, act, css = "ck-button") => {
    const node = el("button", css, words);
    node.type = "button";
    node.addEventListener("click", act);
    return node;
  };
  const face = (row, size, css = "") => {
    const node = el("span", `ck-picture ck-face ${css}`);
    node.style.width = node.style.height = `${size}px`;
    if (row !== undefined) paint(node, row, size);
    return node;
  };
  const bdi = (text) => el("bdi", "", text);
  const labelsOf = (one) => one.of.map((reference) => decided.find(reference));
  const findAnswer = (first, second) => decided.list.find((one) => one.of?.length === 2 && labelsOf(one).includes(first) && labelsOf(one).includes(second));

  /* Cards: the name as a field, and what was answered about the character. */
  const cards = clusters.map(({ label }) => {
    const card = document.getElementById(`character-${label}`), heading = card?.querySelector("h3");
    if (!card) return null;
    const field = el("input", "ck-rename"), wrong = el("p", "ck-wrong"), answers = el("ul", "ck-answers");
    Object.assign(field, { type: "text", maxLength: 500, spellcheck: false, autocomplete: "off", dir: "auto" });
    field.title = "Give a name, then press Enter";
    wrong.setAttribute("role", "alert");
    heading.append(field);
    card.querySelector("header").after(wrong);
    const actions = el("div", "ck-actions"), ask = button("Same character?", () => openPicker(label));
    ask.setAttribute("aria-haspopup", "dialog");
    const gallery = card.querySelector("[data-ck-gallery]");
    gallery.before(answers, actions);
    actions.append(gallery, ...(clusters.length > 1 ? [ask] : []));
    const settle = () => {
      const text = field.value;
      wrong.textContent = decided.rename(label, text);
      if (wrong.textContent) return;
      refresh();
    };
    field.addEventListener("change", settle);
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") field.blur();
      if (event.key === "Escape") { wrong.textContent = ""; field.value = decided.units.get(label).name ?? ""; field.blur(); }
    });
    return { label, card, heading, field, wrong, answers };
  }).filter(Boolean);

  const drawCards = () => {
    for (const { label, heading, field, wrong, answers } of cards) {
      const { name } = decided.units.get(label), shown = nameOf(label);
      if (!wrong.textContent) field.value = name ?? "";
      field.placeholder = clusterOf.get(label).found;
      field.setAttribute("aria-label", `Name of ${shown}`);
      heading.querySelector("bdi").textContent = shown;
      answers.replaceChildren(...decided.list.filter((one) => one.of?.length === 2 && labelsOf(one).includes(label)).map((one) => {
        const other = labelsOf(one).find((found) => found !== label), item = el("li");
        const words = one.kind === "same" ? "Same as " : "Not ";
        const back = button("×", () => takeBack(one.id), "ck-cross");
        back.setAttribute("aria-label", `Take back: ${words}${other === undefined ? "a character" : nameOf(other)}`);
        item.append(words, bdi(other === undefined ? "a character of an earlier report" : nameOf(other)), back);
        return item;
      }));
      document.querySelectorAll(`.ck-cast a[href="#character-${label}"] bdi, [data-ck-entry="${label}"] bdi`).forEach((node) => { node.textContent = shown; });
      clusterOf.get(label).name = shown;
    }
  };

  /* The questions whose answers would settle most, one at a time. */
  const grid = document.querySelector("#characters .ck-cards"), panel = el("div", "ck-ask");
  let waiting = review.pairs.filter((pair) => pair.every((label) => clusterOf.has(label)));
  const drawQuestion = () => {
    const open = waiting.filter(([a, b]) => !findAnswer(a, b) && decided.units.get(a) !== decided.units.get(b));
    const held = panel.contains(document.activeElement) ? document.activeElement.dataset.ckAnswer : undefined;
    panel.hidden = !review.pairs.length;
    if (!open.length) {
      const done = el("p", "", "All pairs that look alike are answered. Others can be compared from each card.");
      done.tabIndex = -1;
      panel.replaceChildren(done);
      if (held) done.focus();
      return;
    }
    const [first, second] = open[0], sides = el("div", "ck-sides"), answers = el("div", "ck-actions");
    for (const label of [first, second]) {
      const side = el("div"), faces = el("div", "ck-faces"), words = el("p"), link = el("a");
      link.href = `#character-${label}`;
      link.append(bdi(nameOf(label)));
      words.append(link, ` · ${count(clusterOf.get(label).size, "frame")}`);
      faces.append(...clusterOf.get(label).rows.slice(0, 4).map((row) => face(row, 72)));
      side.append(faces, words);
      sides.append(side);
    }
    const say = (words, kind, act) => {
      const node = button(words, act);
      node.dataset.ckAnswer = kind;
      return node;
    };
    const tell = (same) => { report(decided.answer(first, second, same)); };
    answers.append(say("Same", "same", () => tell(true)), say("Not the same", "not-same", () => tell(false)),
      say("Skip", "skip", () => { waiting = [...waiting.filter((pair) => pair !== open[0]), open[0]]; drawQuestion(); }));
    const head = el("h3", "", "Same character? "), left = el("small", "", `${count(open.length, "pair")} that look${open.length === 1 ? "s" : ""} alike`);
    head.append(left);
    panel.replaceChildren(head, sides, answers);
    if (held) panel.querySelector(`[data-ck-answer="${held}"]`).focus();
  };

  /* The picker: every other character beside two answers, those that look alike first. */
  let picker, picked;
  const openPicker = (label) => {
    if (!picker) {
      picker = el("dialog", "ck ck-gallery ck-picker");
      const head = el("header"), title = el("h2"), filter = el("input", "ck-filter"), wrong = el("p", "ck-wrong"), list = el("ul");
      title.id = "ck-picker-title";
      picker.setAttribute("aria-labelledby", title.id);
      Object.assign(filter, { type: "search", placeholder: "Find a name" });
      filter.setAttribute("aria-label", "Find a name");
      wrong.setAttribute("role", "alert");
      head.append(title, filter, button("Close", () => picker.close()), wrong);
      picker.append(head, list);
      picker.parts = { title, filter, wrong, list };
      document.body.append(picker);
      filter.addEventListener("input", drawPicker);
      picker.addEventListener("click", (event) => { if (event.target === picker) picker.close(); });
    }
    picked = label;
    picker.parts.filter.value = "";
    picker.parts.filter.hidden = clusters.length < 10;
    drawPicker();
    picker.showModal();
    picker.parts.list.querySelector("button")?.focus();
  };
  const drawPicker = () => {
    const { title, filter, wrong, list } = picker.parts, own = decided.units.get(picked);
    const focus = list.contains(document.activeElement) ? document.activeElement.dataset.ckAnswer : undefined;
    const place = list.scrollTop;
    const question = el("span");
    question.append("Same as ", bdi(nameOf(picked)), "?");
    title.replaceChildren(face(clusterOf.get(picked).rows[0], 40), question);
    wrong.textContent = "";
    const rank = new Map(review.pairs.filter((pair) => pair.includes(picked)).map((pair, at) => [pair.find((label) => label !== picked), at]));
    const others = clusters.filter(({ label }) => label !== picked && nameOf(label).toLowerCase().includes(filter.value.trim().toLowerCase()));
    others.sort((a, b) => (rank.get(a.label) ?? 1e6) - (rank.get(b.label) ?? 1e6));
    list.replaceChildren(...others.map(({ label, size, rows }) => {
      const item = el("li"), words = el("span", "ck-who"), answer = findAnswer(picked, label);
      const one = decided.units.get(label) === own;
      words.append(el("b"), el("small", "", [count(size, "frame"), rank.has(label) ? "looks alike" : ""].filter(Boolean).join(" · ")));
      words.firstChild.append(bdi(nameOf(label)));
      item.append(face(rows[0], 56), words);
      if (one && !answer) { item.append(el("small", "", "the same, by other answers")); return item; }
      for (const [kind, said] of [["same", "Same"], ["not-same", "Not the same"]]) {
        const node = button(said, () => {
          const problem = answer?.kind === kind ? decided.takeBack(answer.id) : decided.answer(picked, label, kind === "same");
          refresh();
          wrong.textContent = problem;
        });
        node.dataset.ckAnswer = `${kind} ${label}`;
        node.setAttribute("aria-pressed", String(answer?.kind === kind));
        node.setAttribute("aria-label", `${said}: ${nameOf(label)}`);
        item.append(node);
      }
      return item;
    }));
    if (!others.length) list.append(el("li", "ck-none", "No other character has such a name."));
    list.scrollTop = place;
    if (focus) list.querySelector(`[data-ck-answer="${focus}"]`)?.focus();
  };

  /* The bar at the foot of the page: how many decisions are pending, the list of them, the file. */
  const bar = el("aside", "ck-review"), list = el("ul"), line = el("div", "ck-line-up"), words = el("p"), wrong = el("p", "ck-wrong");
  bar.setAttribute("aria-label", "Your decisions");
  words.setAttribute("aria-live", "polite");
  wrong.setAttribute("role", "alert");
  list.id = "ck-pending";
  list.hidden = true;
  const show = button("List", () => { list.hidden = !list.hidden; drawBar(); });
  show.setAttribute("aria-controls", list.id);
  const download = button("Download decisions.jsonl", () => {
    const file = new Blob([decided.write()], { type: "application/x-ndjson" }), link = el("a");
    link.href = URL.createObjectURL(file);
    link.download = "decisions.jsonl";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    refresh();
  }, "ck-button ck-primary");
  line.append(words, show, download);
  bar.append(list, wrong, line);
  const say = (one, missing) => {
    const text = el("span", "ck-who"), labels = one.of ? labelsOf(one) : [];
    const who = (label) => bdi(label === undefined ? "a character" : clusterOf.get(label).found);
    if (one.kind === "name") text.append(who(labels[0]), " is ", bdi(one.name));
    else if (one.kind === "reject") {
      const code = codes[decided.rowsOf.get(one.frames[0])?.[0]];
      text.append(`${count(one.frames.length, "frame")} of `, code >= 0 ? who(code) : "noise", ` rejected`);
    } else text.append(who(labels[0]), one.kind === "same" ? " is the same as " : " is not ", who(labels[1]));
    if (missing) text.append(el("small", "", " not in this report, so not in the file"));
    return text;
  };
  const drawBar = () => {
    const { size } = decided, focus = list.contains(document.activeElement);
    bar.hidden = !size && (decided.isDownloaded || !decided.undone.length) && !wrong.textContent;
    document.body.classList.toggle("ck-deciding", !bar.hidden);
    show.hidden = !size;
    show.textContent = list.hidden ? "List" : "Hide";
    show.setAttribute("aria-expanded", String(!list.hidden));
    const kept = store.keeps ? "kept in this browser, not downloaded yet" : "this browser keeps nothing of a page from disk: download before you close it";
    const run = el("span", "ck-run-it", " They run ");
    run.append(el("code", "", "clusterkit log OUT --import decisions.jsonl"), ".");
    words.replaceChildren(el("b", "", size ? count(size, "decision") : "All taken back"), " · ",
      ...(decided.isDownloaded ? ["downloaded. Send the file to whoever made this report.", run] : [kept]));
    list.hidden ||= !size;
    list.replaceChildren(...(list.hidden ? [] : decided.steps.map(({ one, missing }) => {
      const item = el("li"), back = button("Take back", () => takeBack(one.id));
      const row = one.frames ? decided.rowsOf.get(one.frames[0])?.[0] : clusterOf.get(labelsOf(one)[0])?.rows[0];
      item.append(face(row, 36), say(one, missing), back);
      return item;
    })));
    if (focus) (list.querySelector("button") ?? show).focus();
  };

  const report = (problem) => { wrong.textContent = problem; refresh(); };
  const takeBack = (id) => report(decided.takeBack(id));
  const refresh = () => {
    drawCards();
    drawQuestion();
    drawBar();
    if (picker?.open) drawPicker();
    redraw();
  };
  if (grid) {
    const hint = el("p", "ck-invite", "Review it here: name a character in its card, say who is the same, reject frames in the galleries. Your decisions wait below until you download them as one file.");
    grid.before(hint, panel);
  }
  document.body.append(bar);
  document.body.classList.add("ck-reviewed");
  window.addEventListener("storage", (event) => { if (event.key === `clusterkit ${review.key}`) { decided.load(); refresh(); } });
  refresh();
  return {
    canReject: (row) => codes[row] >= -1 && digests[row] !== "",
    isRejected: (row) => decided.isRejected(row),
    reject: (row) => report(decided.reject(row)),
  };
};
