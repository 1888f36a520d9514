// Draw characters whose faces move, from DiceBear's avatars: art for film_of_sprites.py.
//
//     npm install @dicebear/core@9.4.3 @dicebear/collection@9.4.3 @resvg/resvg-js@2.6.2
//     node draw_avatars.mjs STYLE OUT [--identities 24] [--seed 0] [--stills]
//     python film_of_sprites.py OUT FILM --art folders --identities 24
//
// Run it in the folder where npm installed these three, wherever this file lies. STYLE is one whose
// faces can change: adventurer, avataaars, big-ears, micah, notionists, open-peeps, personas,
// pixel-art, toon-head. Their licences differ (see each style's package); no picture is kept here.
//
// Hair, skin, clothes, glasses, beard and their colours belong to an identity; eyes, brows, mouth
// and gesture change from picture to picture. Around the figure all is transparent. Writes
// IDENTITY/STRIP/*.png, a strip being pictures in the order in which they play. With --stills,
// single pictures in no order, half of them cut at the bottom or a side, in the layout of the
// cutting tools, and labels.csv (path, identity, view, kind). The same arguments and versions of
// the packages give the same bytes.

import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const HEIGHT = 300;
const STRIPS_OF_IDENTITY = [5, 8];
const PICTURES_OF_STRIP = [6, 12];
const STILLS_OF_IDENTITY = [18, 24];
const SHARE_CUT = 0.5;
const MOST_CUT = 0.25;
// Of what may be absent, such as a gesture.
const SHARE_PRESENT = 0.4;

const EPISODES = 3;
const FRAMES_PER_SECOND = 24;
const BETWEEN_SCENES = 48;

const CHANGES = /^(eyes|eyebrows|brows|mouth|lips|gesture)$/;
const CHANGES_OFTEN = /^(mouth|lips)$/;
// Pictures for which a change is kept.
const [OFTEN, SELDOM] = [[1, 2], [2, 5]];
// Glasses would come and go with the eyes that are drawn behind them.
const BELONGS_TO_IDENTITY = /glasses/i;
// Two who with the same face differ by less, of 255, could pass for one.
const LEAST_DIFFERENCE = 9;

const installed = createRequire(join(process.cwd(), "package.json"));
const load = (name) => import(pathToFileURL(installed.resolve(name)).href);
const { createAvatar } = await load("@dicebear/core");
const collection = await load("@dicebear/collection");
const { Resvg } = (await load("@resvg/resvg-js")).default;

/** Numbers in [0, 1) that a text decides (mulberry32). */
function makeRandom(text) {
  let state = 0;
  for (const letter of text) state = (Math.imul(state, 31) + letter.codePointAt(0)) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pickInteger = (random, [least, most]) => least + Math.floor(random() * (most - least + 1));
const pick = (random, values) => values[pickInteger(random, [0, values.length - 1])];
const pad = (number, width) => String(number).padStart(width, "0");

function write(file, content) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** What may change in a picture, with its variants: { eyes: ["open", ...], mouth: [...] }. */
function listChanging({ schema: { properties } }) {
  const names = Object.keys(properties).filter((name) => CHANGES.test(name));
  // A face with no eyes of its own is an expression, not a shape of the head.
  if (!names.length && properties.face) names.push("face");
  return Object.fromEntries(names.map((name) => [
    name, properties[name].items.enum.filter((variant) => !BELONGS_TO_IDENTITY.test(variant)),
  ]));
}

/** Options that draw the next expression; in `held`, what of it is kept and for how long. */
function nextExpression(random, style, changing, held) {
  for (const [name, variants] of Object.entries(changing)) {
    if (!held[name]?.left) {
      const left = pickInteger(random, CHANGES_OFTEN.test(name) ? OFTEN : SELDOM);
      const options = { [name]: [pick(random, variants)] };
      const probability = `${name}Probability`;
      if (probability in style.schema.properties) {
        options[probability] = random() < SHARE_PRESENT ? 100 : 0;
      }
      held[name] = { left, options };
    }
    held[name].left -= 1;
  }
  return Object.assign({}, ...Object.values(held).map((part) => part.options));
}

/**
 * One picture. DiceBear draws one random number for each option, whatever it is set to, so what is
 * not set here depends on the identity alone. `cut` frames the figure less these shares of it.
 */
function draw(style, identity, expression, cut = null) {
  // Of names that differ in the last digit only, DiceBear makes characters of one hair colour.
  const seed = createHash("sha256").update(identity).digest("hex");
  const options = { seed, backgroundColor: ["transparent"], ...expression };
  let svg = createAvatar(style, options).toString();
  const side = Number(svg.match(/viewBox="0 0 \S+ (\S+)"/)[1]);
  if (cut) {
    const box = new Resvg(svg).getBBox();
    const [left, top] = [Math.max(0, box.x), Math.max(0, box.y)];
    const width = Math.min(side, box.x + box.width) - left;
    const height = Math.min(side, box.y + box.height) - top;
    const kept = [
      left + width * cut.left, top, width * (1 - cut.left - cut.right), height * (1 - cut.bottom),
    ].map((number) => number.toFixed(2));
    svg = svg.replace(/viewBox="[^"]*"/, `viewBox="${kept.join(" ")}"`);
  }
  const fitTo = { mode: "zoom", value: HEIGHT / side };
  return new Resvg(svg, { fitTo, font: { loadSystemFonts: false } }).render();
}

/** Mean difference, of 255, of two pictures of one size where either shows something. */
function compare(one, other) {
  let [sum, count] = [0, 0];
  for (let at = 0; at < one.length; at += 4) {
    if (!one[at + 3] && !other[at + 3]) continue;
    for (let byte = at; byte < at + 4; byte += 1) sum += Math.abs(one[byte] - other[byte]);
    count += 4;
  }
  return sum / count;
}

/** Names of characters that can be told apart by eye; their looks are made of their names. */
function chooseIdentities(style, styleName, changing, count, seed) {
  const neutral = Object.fromEntries(
    Object.entries(changing).map(([name, variants]) => [name, [variants[0]]]),
  );
  const [names, looks] = [[], []];
  for (let tried = 0; names.length < count && tried < 50 * count; tried += 1) {
    const name = `${styleName}-${seed}-${pad(tried, 3)}`;
    const look = draw(style, name, neutral).pixels;
    if (looks.some((other) => compare(look, other) < LEAST_DIFFERENCE)) continue;
    names.push(name);
    looks.push(look);
  }
  return names;
}

/** IDENTITY/STRIP/*.png; returns how many pictures. */
function drawStrips(style, changing, identities, out) {
  let count = 0;
  for (const identity of identities) {
    const random = makeRandom(`${identity} strips`);
    const strips = pickInteger(random, STRIPS_OF_IDENTITY);
    for (let strip = 1; strip <= strips; strip += 1) {
      const held = {};
      const pictures = pickInteger(random, PICTURES_OF_STRIP);
      for (let picture = 1; picture <= pictures; picture += 1) {
        const image = draw(style, identity, nextExpression(random, style, changing, held));
        write(join(out, identity, `strip${strip}`, `${pad(picture, 2)}.png`), image.asPng());
      }
      count += pictures;
    }
  }
  return count;
}

/** Single pictures, each a scene of its own, and labels.csv; returns how many pictures. */
function drawStills(style, changing, identities, out) {
  const random = makeRandom(`${identities[0]} stills`);
  const stills = identities.flatMap((identity) => (
    Array(pickInteger(random, STILLS_OF_IDENTITY)).fill(identity)
  ));
  for (let last = stills.length - 1; last > 0; last -= 1) {
    const other = pickInteger(random, [0, last]);
    [stills[last], stills[other]] = [stills[other], stills[last]];
  }
  const rows = [];
  const scenes = Array(EPISODES).fill(0);
  for (const identity of stills) {
    const cut = { bottom: 0, left: 0, right: 0 };
    if (random() < SHARE_CUT) cut[pick(random, Object.keys(cut))] = random() * MOST_CUT;
    const image = draw(style, identity, nextExpression(random, style, changing, {}), cut);
    const episode = pickInteger(random, [1, EPISODES]);
    const scene = (scenes[episode - 1] += 1);
    const frame = scene * BETWEEN_SCENES;
    const stamp = `frame${pad(frame, 6)}_t${(frame / FRAMES_PER_SECOND).toFixed(2)}s`;
    const folder = `episode_${pad(episode, 3)}/character`;
    const path = `${folder}/scene${pad(scene, 4)}_${stamp}_character.png`;
    write(join(out, path), image.asPng());
    rows.push([path, identity, "front", "good"].join(","));
  }
  write(join(out, "labels.csv"), ["path,identity,view,kind", ...rows.sort(), ""].join("\r\n"));
  return stills.length;
}

const { values: options, positionals: [styleName, out] } = parseArgs({
  allowPositionals: true,
  options: {
    identities: { type: "string", default: "24" },
    seed: { type: "string", default: "0" },
    stills: { type: "boolean", default: false },
  },
});
const style = collection[styleName?.replace(/-(.)/g, (_, letter) => letter.toUpperCase())];
const changing = style ? listChanging(style) : {};
const changes = Object.keys(changing).join(", ");
const wanted = Number(options.identities);
if (!changes || !out || !(wanted > 0)) {
  console.error("usage: node draw_avatars.mjs STYLE OUT [--identities 24] [--seed 0] [--stills]");
  process.exit(2);
}
const identities = chooseIdentities(style, styleName, changing, wanted, options.seed);
const count = (options.stills ? drawStills : drawStrips)(style, changing, identities, out);
console.log(`${count} pictures of ${identities.length} characters (${changes} change): ${out}`);
