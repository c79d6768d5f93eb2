"""How the page looks: one ink, one paper, which change places in the dark; shapes, no colours."""

from __future__ import annotations

from typing import Final

__all__ = ["STYLE"]

_RULES: Final = """
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --faint: #595959; --line: #c8c8c8; --band: #f3f3f3; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --paper: #151515; --faint: #a8a8a8; --line: #4a4a4a; --band: #202020; } }
* { box-sizing: border-box; }
html { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); scroll-padding-top: 1rem; }
body { max-width: 76rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; } bdi, dd, li, td > code { overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; } h2 { font-size: 1.35rem; margin-top: 3rem; border-bottom: 2px solid var(--ink); }
h3 { font-size: 1.12rem; margin-top: 2.2rem; }
a { color: inherit; } a:focus-visible, summary:focus-visible, .wide:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem; }
nav ul { padding: 0; display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; list-style: none; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 1rem 0; } dt { color: var(--faint); } dd { margin: 0; }
code, small { font-size: .875em; } small { color: var(--faint); }
.note { border-left: 4px solid var(--ink); padding-left: .8rem; }
.wide { overflow-x: auto; margin: 1.2rem 0; }
table { border-collapse: collapse; min-width: min(28rem, 100%); font-variant-numeric: tabular-nums; font-size: .9rem; }
caption { text-align: start; font-weight: 600; padding-bottom: .4rem; }
th, td { padding: .2rem .55rem; text-align: start; vertical-align: middle; border-bottom: 1px solid var(--line); }
thead th { vertical-align: bottom; border-bottom: 2px solid var(--ink); } tbody th { font-weight: 500; min-width: 9rem; max-width: 20rem; }
.n { text-align: end; } td { white-space: nowrap; } td:has(bdi, code) { white-space: normal; } tbody tr:nth-child(even) { background: var(--band); }
figure { margin: 1.2rem 0; } figcaption { color: var(--faint); font-size: .9rem; margin: .3rem 0; }
summary { cursor: pointer; }
svg { display: block; fill: currentColor; font: 11px system-ui, sans-serif; }
.plot { width: 100%; max-width: 44rem; height: auto; font-size: 12px; } .bar { width: 12.5rem; height: 1rem; font-weight: 400; }
.grid { fill: none; stroke: var(--line); stroke-width: 1; } .line { fill: none; stroke: currentColor; stroke-width: 1.5; }
.area { fill: currentColor; opacity: .55; } .before { fill: none; stroke: currentColor; stroke-width: 1.5; stroke-dasharray: 5 3; }
.ring { fill: var(--paper); stroke: currentColor; stroke-width: 1.5; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
@media print {
  :root { color-scheme: light; --ink: #000; --paper: #fff; --faint: #333; --line: #999; --band: #fff; }
  body { max-width: none; padding: 0; } nav, .skip { display: none; } .wide { overflow: visible; } table { font-size: .75rem; }
  details::details-content { content-visibility: visible; block-size: auto; } h2, h3, caption { break-after: avoid; } tr, figure svg { break-inside: avoid; }
}
"""

STYLE: Final = " ".join(_RULES.split())  # one line: the page shows line ends in texts as escapes
