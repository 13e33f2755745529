"""How the page looks, and the little that it does: filter, search, keys."""

from __future__ import annotations

from gracelint.report.trace.svg import STYLE as DRAWING

STYLE = (
    DRAWING
    + """
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0;
 --ground: #ffffff; --code: #f6f8fa; --bad: #cf222e; --warn: #9a6700; --good: #1a7f37;
 --note: #0969da; --open: #6e7781 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d;
 --ground: #0d1117; --code: #151b23; --bad: #f85149; --warn: #d29922; --good: #3fb950;
 --note: #4493f8; --open: #8b949e } }
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground);
 max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem }
h1 { font-size: 1.6rem; margin: 0 0 .25rem } h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem }
a { color: var(--note) } .soft { color: var(--soft) }
.lead { font-size: 1.15rem; margin: .5rem 0 1rem; max-width: 46rem }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
code { font-size: .9em } pre { font-size: 13px; line-height: 1.45; overflow-x: auto;
 background: var(--code); border-radius: 6px; padding: .75rem; margin: .5rem 0 }
.share { display: flex; height: 14px; border-radius: 7px; overflow: hidden; gap: 2px }
.share span { min-width: 4px }
.counts { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .6rem 0 0; padding: 0;
 list-style: none }
.dot { display: inline-block; width: .7em; height: .7em; border-radius: 50%; margin-right: .4em }
.graceful { --is: var(--good) } .cut-off, .exits { --is: var(--warn) }
.killed, .abandoned { --is: var(--bad) } .unknown { --is: var(--open) }
.share span, .dot { background: var(--is) } .share .assumed, .dot.assumed { opacity: .45 }
.tools { position: sticky; top: 0; background: var(--ground); padding: .6rem 0; margin: 1.5rem 0 0;
 display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; z-index: 1;
 border-bottom: 1px solid var(--line) }
.tools input[type=search] { font: inherit; color: inherit; background: var(--code); flex: 1 1 14rem;
 border: 1px solid var(--line); border-radius: 6px; padding: .3rem .6rem }
.tools label { white-space: nowrap }
article { border: 1px solid var(--line); border-left: 5px solid var(--is, var(--line));
 border-radius: 6px; padding: .75rem 1rem; margin: 1rem 0; scroll-margin-top: 4rem }
article:focus { outline: 2px solid var(--note); outline-offset: 2px }
article > header { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline }
article h3 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere }
.badge { color: var(--ground); background: var(--is); border-radius: 1em; padding: 0 .6em;
 font-size: .85rem; font-weight: 600; white-space: nowrap }
.drawing { overflow-x: auto; margin: .5rem 0; scrollbar-width: thin }
.drawing svg { width: 100%; min-width: 42rem; max-width: 46rem; display: block }
.finding { border-top: 1px solid var(--line); margin-top: .75rem; padding-top: .5rem }
.finding h4 { font-size: 1rem; margin: 0 } .finding p { margin: .35rem 0 }
.error { color: var(--bad) } .warning { color: var(--warn) } .info { color: var(--note) }
summary { cursor: pointer } ins, del { text-decoration: none; display: block }
ins { color: var(--good) } del { color: var(--bad) } [hidden] { display: none !important }
@media screen and (max-width: 40rem) {
 .drawing .run { transform: scaleX(.2); transform-origin: 78px 0 }
 .drawing .event { transform: translateX(-192px) } }
@media (hover: none) { .tools .keys { display: none } }
@media print { .tools { display: none } article { break-inside: avoid } a { color: inherit }
 body { max-width: none; padding: 0 } pre { white-space: pre-wrap } }
"""
)

SCRIPT = """
const search = document.querySelector('input[type=search]');
const boxes = [...document.querySelectorAll('.tools input[type=checkbox]')];
const cards = [...document.querySelectorAll('article')];
const none = document.querySelector('#none');
const texts = cards.map(card => card.textContent.toLowerCase());
function choose() {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  const kinds = new Set(boxes.filter(box => box.checked).map(box => box.value));
  let shown = 0;
  cards.forEach((card, at) => {
    const kind = card.dataset.kind;
    card.hidden = !((kind === 'other' || kinds.has(kind))
      && words.every(word => texts[at].includes(word)));
    shown += !card.hidden;
  });
  none.hidden = shown > 0;
}
search.addEventListener('input', choose);
boxes.forEach(box => box.addEventListener('change', choose));
document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target === search) {
    if (event.key === 'Escape') { search.value = ''; choose(); search.blur(); }
    return;
  }
  if (event.key === '/') { search.focus(); event.preventDefault(); return; }
  const step = {j: 1, k: -1}[event.key];
  if (!step) return;
  const seen = cards.filter(card => !card.hidden);
  const at = seen.indexOf(document.activeElement);
  const next = seen[at < 0 ? (step > 0 ? 0 : seen.length - 1) : at + step];
  if (next) { next.focus(); next.scrollIntoView(); }
});
choose();
"""
