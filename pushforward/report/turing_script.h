// What the page of the visual Turing test has besides the report's style, and what it does.
#pragma once

#include <string_view>

namespace pushforward::report {

inline constexpr std::string_view turing_style = R"css(
[hidden] { display: none !important; }
#trial, #score { text-align: center; }
#trial p, #score p { margin-inline: auto; }
#place { margin-bottom: 0.25rem; }
#picture { width: min(20rem, 70vw, 45vh); height: auto; image-rendering: pixelated; }
progress { width: min(20rem, 100%); accent-color: var(--accent); margin-bottom: 1rem; }
.answers { display: flex; flex-wrap: wrap; justify-content: center; gap: 0.75rem; margin: 0 0 1rem; }
button {
  font: inherit; font-weight: 600; min-width: 8.5rem; min-height: 3rem; padding: 0.5rem 1rem; cursor: pointer;
  color: var(--ink); background: var(--page); border: 2px solid var(--accent); border-radius: 10px;
}
button:hover { background: var(--line); }
button:focus-visible, h2:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
kbd { font: 0.8em ui-monospace, Menlo, Consolas, monospace; color: var(--soft); margin-inline-start: 0.4rem; }
#feedback { min-height: 3.2em; margin-bottom: 0; }
.big { font-size: 1.5rem; font-weight: 650; margin-bottom: 0.25rem; }
.fooled { list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); gap: 1rem;
  padding: 0; max-width: none; }
.fooled img { display: block; width: 6rem; height: auto; image-rendering: pixelated; margin: 0 0 0.4rem; }
.fooled li { font-size: 0.85rem; line-height: 1.4; }
)css";

inline constexpr std::string_view turing_script = R"js(
"use strict";
const test = JSON.parse(document.getElementById("test").textContent);
const element = id => document.getElementById(id);
const { lang, dir } = document.documentElement;
const number = (x, digits = 0) =>
  x.toLocaleString(lang, { minimumFractionDigits: digits, maximumFractionDigits: digits });
const percent = x => x.toLocaleString(lang, { style: "percent", maximumFractionDigits: 0 });
const say = (key, ...values) => {
  let next = 0;
  return test.texts[key].replace(/\{(\d*)\}/g, (_, place) => values[place === "" ? next++ : Number(place)]);
};

const answers = [];  // of all rounds
let order = test.images.map((_, i) => i), at = 0, shown = 0;

// Wilson's interval (1927).
function interval(right, n) {
  const z = 1.959963984540054, p = right / n;
  const centre = (p + z * z / (2 * n)) / (1 + z * z / n);
  const half = z * Math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n);
  return [p === 0 ? 0 : Math.max(0, centre - half), p === 1 ? 1 : Math.min(1, centre + half)];
}

function score() {
  const right = answers.filter(a => a.said_real === a.real).length, n = answers.length;
  const [low, high] = interval(right, n);
  return { right, of: n, share: right / n, low, high };
}

function show() {
  element("place").textContent = say("place", number(at + 1), number(order.length));
  element("progress").value = at;
  element("picture").src = test.images[order[at]].src;
  element("picture").alt = element("place").textContent;
  shown = performance.now();
}

function keep() {
  const s = score();
  element("share").textContent = say("share", percent(s.share), percent(s.low), percent(s.high));
  element("count").textContent = say("count", number(s.right), number(s.of));
  element("verdict").textContent = say(s.low > 0.5 ? "above" : s.high < 0.5 ? "below" : "chance");
  element("score").hidden = false;
}

// Of one kind, most often fooled first; of as many times, the quickest answer.
function fooled(list, real) {
  const each = new Map();
  for (const a of answers.filter(a => a.real === real)) {
    const one = each.get(a.image) ?? { wrong: 0, of: 0, seconds: Infinity };
    one.of += 1;
    if (a.said_real !== real) {
      one.wrong += 1;
      one.seconds = Math.min(one.seconds, a.seconds);
    }
    each.set(a.image, one);
  }
  const those = [...each].filter(([, one]) => one.wrong > 0)
    .sort(([, a], [, b]) => b.wrong - a.wrong || a.seconds - b.seconds);
  list.replaceChildren(...those.map(([i, one]) => {
    const item = document.createElement("li"), image = document.createElement("img");
    image.src = test.images[i].src;
    image.alt = "";
    item.append(image, test.images[i].name, document.createElement("br"),
                say("times", number(one.wrong), number(one.of), number(one.seconds, 1)));
    return item;
  }));
  if (those.length === 0) list.textContent = say("none");
}

function finish() {
  element("progress").value = order.length;
  element("trial").hidden = true;
  fooled(element("taken_for_real"), false);
  fooled(element("taken_for_generated"), true);
  element("results").hidden = false;
  element("results_title").focus();
}

function answer(said_real) {
  if (element("trial").hidden) return;
  const i = order[at], image = test.images[i];
  answers.push({ image: i, name: image.name, real: image.real, said_real,
                 seconds: (performance.now() - shown) / 1000 });
  element("feedback").textContent =
    say(said_real === image.real ? "right" : "wrong", say(image.real ? "was_real" : "was_generated"), image.name);
  keep();
  at += 1;
  if (at < order.length) show(); else finish();
}

function again() {
  for (let i = order.length - 1; i > 0; --i) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  at = 0;
  element("feedback").textContent = "";
  element("results").hidden = true;
  element("trial").hidden = false;
  show();
  element("real").focus();
}

function save() {
  const results = { title: test.title, seed: test.seed, saved: new Date().toISOString(), ...score(), answers };
  const link = document.createElement("a");
  link.href = "data:application/json;charset=utf-8," + encodeURIComponent(JSON.stringify(results, null, 2));
  link.download = "turing.json";
  link.click();
}

element("real").addEventListener("click", () => answer(true));
element("generated").addEventListener("click", () => answer(false));
element("again").addEventListener("click", again);
element("save").addEventListener("click", save);
// By the key's place, whatever its language; arrows by where the buttons are.
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  const [first, second] = dir === "rtl" ? ["ArrowRight", "ArrowLeft"] : ["ArrowLeft", "ArrowRight"];
  if (event.code === "KeyR" || event.code === first) answer(true);
  else if (event.code === "KeyG" || event.code === second) answer(false);
  else return;
  event.preventDefault();
});
element("intro").textContent =
  say("intro", number(order.length), number(test.images.filter(image => image.real).length));
element("progress").max = order.length;
show();
)js";

}  // namespace pushforward::report
