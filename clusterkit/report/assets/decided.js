/* What a reviewer decides, as values: no element of the page is touched here.
   A decision refers to frames by digest, so it outlives this report. What is pending is a list of
   wishes ("this character is mai"), and becomes lines of a log only when it is downloaded: taking
   one wish back then changes what the others say, as if it had never been. */
const REFERENCE = 8; /* digests that find a character again in a later report */

class Decided {
  constructor({ review, clusters, codes, digests, store }) {
    Object.assign(this, { clusters, codes, digests, store, known: new Set(review.known) });
    this.latest = review.latest ? Math.ceil(Date.parse(review.latest)) + 1 : 0;
    this.rowsOf = new Map();
    digests.forEach((digest, row) => { if (digest) this.rowsOf.set(digest, [...(this.rowsOf.get(digest) ?? []), row]); });
    this.load();
  }

  load() {
    const { list = [], undone = [], downloaded = null } = this.store.read() ?? {};
    this.list = list.filter((one) => !this.known.has(one.id)); /* those were taken in */
    this.undone = undone.filter((one) => !this.known.has(one.id));
    this.downloaded = downloaded;
    this.steps = this.replay(this.list).steps;
  }

  save() {
    return this.store.write({ list: this.list, undone: this.undone, downloaded: this.downloaded });
  }

  /* Characters and frames. */
  listMembers(labels) {
    const found = new Set();
    labels.forEach((label) => this.codes.forEach((code, row) => { if (code === label && this.digests[row]) found.add(this.digests[row]); }));
    return [...found].sort();
  }

  refer(label) { return this.listMembers([label]).slice(0, REFERENCE); }

  find(reference) { /* the character that most of these frames are in now */
    const votes = new Map();
    reference.forEach((digest) => this.rowsOf.get(digest)?.forEach((row) => {
      if (this.codes[row] >= 0) votes.set(this.codes[row], (votes.get(this.codes[row]) ?? 0) + 1);
    }));
    return [...votes].sort((a, b) => b[1] - a[1])[0]?.[0];
  }

  /* From wishes to what each of them says: the characters one after the other as they come to be. */
  replay(list) {
    const units = new Map(this.clusters.map(({ label, said }) => [label, { labels: [label], name: said ?? null }]));
    const steps = list.map((one) => {
      if (one.kind === "reject") return { one, kind: "reject", values: {}, frames: [one.frames] };
      const own = one.of.map((reference) => units.get(this.find(reference)));
      if (own.includes(undefined)) return { one, missing: true };
      const labels = own.map((unit) => [...unit.labels]);
      if (one.kind === "name") {
        const was = own[0].name;
        own[0].name = one.name;
        return { one, kind: "name", values: { name: one.name, was }, labels };
      }
      const names = own.map((unit) => unit.name);
      if (own[0] === own[1]) return { one, missing: true }; /* settled by the others */
      if (one.kind === "same") {
        const whole = { labels: [...own[0].labels, ...own[1].labels], name: own[0].name ?? own[1].name };
        whole.labels.forEach((label) => units.set(label, whole));
      }
      return { one, kind: one.kind, values: { names }, labels };
    });
    return { units, steps };
  }

  get units() { return this.replay(this.list).units; }

  /* Changes. Each returns what is wrong with it, or nothing. */
  change(list) {
    const clash = this.findClash(list);
    if (clash) return clash;
    this.retire(this.list.filter((one) => one.said && !list.some(({ id }) => id === one.id)));
    this.list = list;
    this.steps = this.replay(list).steps;
    this.save();
    return "";
  }

  findClash(list) { /* one name is one character: two of one name would become one */
    const seen = new Map();
    for (const unit of new Set(this.replay(list).units.values())) {
      const name = unit.name?.normalize("NFC");
      if (name !== undefined && seen.has(name)) return `“${unit.name}” is the name of another character. If the two are one, say that they are the same.`;
      if (name !== undefined) seen.set(name, unit);
    }
    return "";
  }

  make(kind, values) { return { id: this.makeId(), time: this.tell(), kind, ...values }; }

  rename(label, text) {
    const name = text.trim(), unit = this.units.get(label);
    if (name === (unit.name ?? "")) return "";
    const others = this.list.filter((one) => one.said || one.kind !== "name" || !unit.labels.includes(this.find(one.of[0])));
    const before = this.replay(others).units.get(label).name ?? "";
    if (name === before || !name) return this.change(others);
    return this.change([...others, this.make("name", { of: [this.refer(label)], name })]);
  }

  answer(first, second, same) { /* the larger one gives the name, if it has one */
    const of = [first, second].map((label) => this.refer(label));
    return this.change([...this.without(first, second), this.make(same ? "same" : "not-same", { of })]);
  }

  without(first, second) { /* an answer about two characters replaces the earlier one about them */
    const pair = [first, second].sort().join();
    return this.list.filter((one) => (one.kind !== "same" && one.kind !== "not-same") || one.of.map((reference) => this.find(reference)).sort().join() !== pair);
  }

  isRejected(row) { return this.list.some((one) => one.kind === "reject" && one.frames.includes(this.digests[row])); }

  reject(row) {
    const digest = this.digests[row], code = this.codes[row];
    if (this.isRejected(row)) {
      const left = this.list.map((one) => (one.kind === "reject" && one.frames.includes(digest) ? { ...one, frames: one.frames.filter((other) => other !== digest) } : one));
      return this.change(left.filter((one) => one.kind !== "reject" || one.frames.length));
    }
    /* Frames of one character that are rejected together are one decision. */
    const open = this.list.find((one) => one.kind === "reject" && !one.said && this.codes[this.rowsOf.get(one.frames[0])?.[0]] === code);
    if (open) return this.change(this.list.map((one) => (one === open ? { ...one, frames: [...one.frames, digest].sort() } : one)));
    return this.change([...this.list, this.make("reject", { frames: [digest] })]);
  }

  takeBack(id) { return this.change(this.list.filter((one) => one.id !== id)); }

  /* What was downloaded may have been taken in: it is undone by a line of its own. */
  retire(gone) {
    gone.forEach(({ id }) => { if (!this.undone.some((one) => one.of === id)) this.undone.push({ id: this.makeId(), time: this.tell(), of: id }); });
  }

  /* The lines of a log. */
  makeId() { return Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => byte.toString(16).padStart(2, "0")).join(""); }

  tell() { /* later than all that is known, whatever the clock says */
    this.latest = Math.max(Date.now(), this.latest + 1);
    [...this.list ?? [], ...this.undone ?? []].forEach(({ time }) => { this.latest = Math.max(this.latest, Date.parse(time) + 1); });
    return new Date(this.latest).toISOString().replace("Z", "000+00:00");
  }

  write() {
    const said = [];
    for (const step of this.replay(this.list).steps) {
      const { one, kind, values, labels, missing } = step;
      const frames = step.frames ?? labels?.map((some) => this.listMembers(some));
      const rest = missing ? "" : `"kind": ${format(kind)}, "values": ${format(values)}, "frames": ${format(frames)}`;
      const print = missing ? undefined : digestText(rest);
      if (one.said && one.said !== print) { /* it says something else by now, so it is another one */
        this.retire([one]);
        Object.assign(one, { id: this.makeId(), time: this.tell() });
      }
      one.said = print;
      if (!missing) said.push({ one, rest });
    }
    const lines = said.map(({ one, rest }) => [one.time, `{"id": ${format(one.id)}, "time": ${format(one.time)}, ${rest}}`]);
    this.undone.forEach(({ id, time, of }) => lines.push([time, `{"id": ${format(id)}, "time": ${format(time)}, "kind": "undo", "values": ${format({ of })}, "frames": []}`]));
    this.list.sort((a, b) => (a.time < b.time ? -1 : 1));
    this.downloaded = this.print();
    this.save();
    return lines.sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([, line]) => `${line}\n`).join("");
  }

  print() { return digestText(JSON.stringify([this.list.map(({ id, name, of, frames }) => [id, name, of, frames]), this.undone])); }

  get isDownloaded() { return this.downloaded === this.print(); }

  get size() { return this.list.length; }
}

/* JSON as the log writes it, with a blank after each comma and colon. */
const format = (value) => {
  if (Array.isArray(value)) return `[${value.map(format).join(", ")}]`;
  if (value && typeof value === "object") return `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${format(one)}`).join(", ")}}`;
  return JSON.stringify(value);
};

/* A short text that tells one text from another, made in one go: a page from disk has no other. */
const digestText = (text) => {
  let a = 0x811c9dc5, b = 0x9747b28c;
  for (let at = 0; at < text.length; at++) {
    a = Math.imul(a ^ text.charCodeAt(at), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(at), 0x5bd1e995);
  }
  return `${(a >>> 0).toString(16)}${(b >>> 0).toString(16)}`;
};

/* Where what is pending is kept: by the browser, if it does so for a file. */
const openStore = (key) => {
  let memory = null, keeps = false;
  try {
    const probe = `${key}-probe`;
    localStorage.setItem(probe, "1");
    keeps = localStorage.getItem(probe) === "1";
    localStorage.removeItem(probe);
  } catch { keeps = false; }
  return {
    get keeps() { return keeps; },
    read: () => {
      try { return keeps ? JSON.parse(localStorage.getItem(key)) : memory; } catch { return memory; }
    },
    write: (value) => {
      memory = value;
      try { if (keeps) localStorage.setItem(key, JSON.stringify(value)); } catch { keeps = false; }
    },
  };
};
