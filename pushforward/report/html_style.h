// The report's one style sheet.
#pragma once

#include <string_view>

namespace pushforward::report {

/// Plots are drawn dark on nothing; in the dark they are turned around by a filter that keeps their hues.
inline constexpr std::string_view style_sheet = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1b232b; --soft: #5a6673; --line: #e1e5ea; --accent: #0072b2;
  --stripe: #f8f9fb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #101418; --card: #191f25; --ink: #e6eaee; --soft: #9aa6b2; --line: #2c343c; --accent: #5cb3e6;
    --stripe: #1d242b;
  }
  img.plot { filter: invert(0.93) hue-rotate(180deg) saturate(1.15); }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 60rem; margin: 0 auto; padding: 3rem 1.25rem 4rem; }
h1 { font-size: clamp(1.6rem, 5vw, 2.3rem); line-height: 1.2; letter-spacing: -0.015em; margin: 0; text-wrap: balance; }
h2 { font-size: 1.35rem; line-height: 1.3; letter-spacing: -0.01em; margin: 0 0 1rem; }
h3 { font-size: 1.05rem; margin: 1.75rem 0 0.5rem; }
p { margin: 0 0 1rem; max-width: 44rem; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
h1, h2, h3, p, li, figcaption, dd { overflow-wrap: anywhere; }
.subtitle { color: var(--soft); font-size: 1.05rem; margin: 0.5rem 0 0; }
nav { margin: 1.5rem 0 0; }
nav ol { list-style: none; display: flex; flex-wrap: wrap; gap: 0.35rem 1.25rem; margin: 0; padding: 0; }
section {
  background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  padding: 1.5rem; margin: 1.5rem 0 0; scroll-margin-top: 1rem;
}
section > :last-child { margin-bottom: 0; }
ul { margin: 0 0 1rem; padding-inline-start: 1.25rem; max-width: 44rem; }
figure { margin: 0 0 1.75rem; overflow-x: auto; }
figure img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
figure img.pixels { image-rendering: pixelated; border-radius: 4px; }
figcaption { color: var(--soft); font-size: 0.9rem; margin: 0.5rem auto 0; max-width: 44rem; text-align: center; }
figure.table figcaption { color: var(--ink); font-weight: 600; font-size: 1rem; margin: 0 0 0.5rem; text-align: start; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.45rem 0.8rem; text-align: start; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 600; font-size: 0.85rem; border-bottom-width: 2px; vertical-align: bottom;
  white-space: normal; min-width: 4.5rem; }
td:first-child { white-space: normal; min-width: 11rem; }
td.sentence { white-space: normal; min-width: 14rem; }
tbody tr:nth-child(even) { background: var(--stripe); }
.number { text-align: end; unicode-bidi: plaintext; }
.note { color: var(--soft); font-size: 0.85rem; margin: 0.5rem 0 0; }
.headline { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 0.75rem; margin: 0 0 1.5rem; }
.headline div { display: flex; flex-direction: column-reverse; justify-content: flex-end; border-inline-start: 3px solid var(--accent); padding: 0.1rem 0; padding-inline-start: 0.8rem; }
.headline dd { font-size: 1.5rem; font-weight: 650; line-height: 1.25; margin: 0; font-variant-numeric: tabular-nums; }
.headline dt { color: var(--soft); font-size: 0.85rem; line-height: 1.4; }
.pairs { display: grid; grid-template-columns: minmax(8rem, max-content) minmax(0, 1fr); margin: 0 0 1.5rem; font-size: 0.92rem; }
.pairs dt { color: var(--soft); padding: 0.3rem 0; padding-inline-end: 1.5rem; border-top: 1px solid var(--line); }
.pairs dd { margin: 0; padding: 0.3rem 0; border-top: 1px solid var(--line); font-variant-numeric: tabular-nums; }
pre {
  direction: ltr; text-align: left;  /* code and formulas run that way in every language */
  background: var(--page); border: 1px solid var(--line); border-radius: 8px; padding: 0.9rem 1rem; margin: 0 0 1.5rem;
  overflow-x: auto; font: 0.85rem/1.55 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
math { display: block; margin: 0 0 1.1rem; padding: 0.1rem 0; overflow-x: auto; overflow-y: hidden; font-size: 1.05rem; }
aside { border-inline-start: 3px solid var(--accent); background: var(--page); border-radius: 0 8px 8px 0;
  padding: 0.9rem 1.1rem 0.1rem; margin: 0 0 1.5rem; }
aside h3 { margin-top: 0; }
@media (max-width: 36rem) {
  main { padding: 1.75rem 0.75rem 2.5rem; }
  section { padding: 1.1rem 0.9rem; border-radius: 10px; }
  figure img.plot { min-width: 26rem; }
  .pairs { grid-template-columns: 1fr; }
  .pairs dd { border-top: 0; padding-top: 0; }
}
@media print {
  :root { --page: #ffffff; --card: #ffffff; --ink: #000000; --soft: #444444; --line: #cccccc; --stripe: #ffffff; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  section { border: 0; border-radius: 0; padding: 0; }
  figure, tr, pre { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  pre, .scroll { overflow: visible; white-space: pre-wrap; }
  img.plot { filter: none; }
}
)css";

}  // namespace pushforward::report
