"""The style of the page: one column, light and dark, on a phone and on paper."""

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1c1f23; --quiet: #565d66; --line: #d9dde2; --wash: #f3f5f8; --accent: #1f5f99;
  --mark: #e4f0fb; --caution: #b3470a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181c; --ink: #e6e8eb; --quiet: #a3abb5; --line: #363c44; --wash: #1e2329; --accent: #7cb9f2;
    --mark: #1d3246; --caution: #f0a35e;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.25rem 1rem 4rem; max-width: 54rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: anywhere;
}
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.5rem 0 1rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 0.6rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.6rem 0 0.4rem; }
p, ul, ol { margin: 0.5rem 0; }
li { margin: 0.35rem 0; }
.verdict {
  font-size: 1.15rem; background: var(--mark); border-left: 0.35rem solid var(--accent); padding: 0.8rem 1rem;
  border-radius: 0.3rem;
}
.caution { border-left-color: var(--caution); }
.verdict-details { padding: 0 0.2rem; }
.facts { display: flex; flex-wrap: wrap; gap: 0.75rem; margin: 1rem 0; padding: 0; list-style: none; }
.facts li {
  flex: 1 1 8.5rem; margin: 0; padding: 0.6rem 0.8rem; background: var(--wash); border-radius: 0.4rem;
  color: var(--quiet); font-size: 0.9rem;
}
.facts b { display: block; font-size: 1.3rem; color: var(--ink); font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; margin: 0.8rem 0; }
table { border-collapse: collapse; font-size: 0.92rem; min-width: 100%; }
th, td { text-align: left; padding: 0.35rem 0.7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
td { overflow-wrap: normal; max-width: 22rem; }
#choice td:first-child { min-width: 9rem; }
#questions td, #check td { white-space: nowrap; }
#questions td:nth-child(2), #questions td:nth-child(3) { white-space: normal; min-width: 10rem; }
.whole { white-space: nowrap; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.marked td { background: var(--mark); font-weight: 600; }
figure { margin: 1rem 0; }
figure div { overflow-x: auto; background: #ffffff; border: 1px solid var(--line); border-radius: 0.4rem; }
img { display: block; width: 100%; min-width: 30rem; max-width: 46rem; height: auto; margin: 0 auto; padding: 0.5rem; }
figcaption, .quiet { color: var(--quiet); font-size: 0.92rem; }
figcaption { margin-top: 0.4rem; }
pre {
  white-space: pre-wrap; background: var(--wash); border: 1px solid var(--line); border-radius: 0.4rem;
  padding: 0.7rem 0.9rem; font: 0.88rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
}
a { color: var(--accent); }
dt { font-weight: 600; margin-top: 0.6rem; }
dd { margin: 0.1rem 0 0; }
@media print {
  :root {
    color-scheme: light;
    --paper: #ffffff; --ink: #000000; --quiet: #333333; --line: #999999; --wash: #ffffff; --accent: #1f5f99;
    --mark: #eeeeee;
  }
  body { max-width: none; font-size: 10.5pt; }
  h2, h3 { break-after: avoid; }
  figure, tr, pre { break-inside: avoid; }
  img { min-width: 0; }
  .wide { overflow: visible; }
  table { width: 100%; font-size: 9pt; }
  th, td, #questions td, #check td, .number { white-space: normal; overflow-wrap: anywhere; }
}
"""
