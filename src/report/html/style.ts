/** The one style of the page, in the colours that the reader's system prefers; nothing is loaded from elsewhere. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --paper: #ffffff; --shade: #f6f8fa; --line: #d1d9e0;
  --red: #b3232b; --green: #17692f; --amber: #7d4e00; --blue: #0757b8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa4af; --paper: #0d1117; --shade: #161b22;
  --line: #3d444d; --red: #ff7b72; --green: #4fcf68; --amber: #e3b341; --blue: #79b8ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; line-height: 1.3; margin: .5rem 0; padding-left: .75rem; border-left: .4rem solid var(--soft); }
h1.passed { border-color: var(--green); } h1@media (max-width: 40rem) { thead { display: none; } table, tbody, tr, td { display: block; }
  tr { border-bottom: 1px solid var(--line); padding: .35rem 0; } td { border: 0; padding: 0; }
  td::before { content: attr(data-label); color: var(--soft); display: inline-block; width: 5.5rem; } }
.failed { border-color: var(--red); } h1.errored { border-color: var(--amber); }
h2 { font-size: 1.1rem; margin: 1.75rem 0 .5rem; }
code, pre, svg { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { font-size: .875em; background: var(--shade); padding: .1em .3em; border-radius: .3em; }
pre { background: var(--shade); padding: .75rem; margin: .5rem 0; overflow-x: auto; font-size: .8125rem; border-radius: .4rem; }
.add { color: var(--green); } .del { color: var(--red); }
.soft, .more, footer { color: var(--soft); }
ul, ol { padding-left: 1.25rem; } li { margin: .25rem 0; }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .5rem 0; padding: 0 .75rem; }
summary { cursor: pointer; padding: .5rem 0; }
article { border-top: 1px solid var(--line); padding: .5rem 0; }
article p { margin: .25rem 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9375rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line);
  min-width: 6rem; overflow-wrap: break-word; }
@media (max-width: 40rem) { thead { display: none; } table, tbody, tr, td { display: block; }
  tr { border-bottom: 1px solid var(--line); padding: .35rem 0; } td { border: 0; padding: 0; }
  td::before { content: attr(data-label); color: var(--soft); display: inline-block; width: 5.5rem; } }
.failed { color: var(--red); } .errored { color: var(--amber); } h1.failed, h1.errored { color: inherit; }
svg.path { display: block; width: 100%; max-width: 28rem; margin: .5rem 0; font-size: 12px; }
svg.path rect { fill: var(--shade); stroke: var(--line); }
svg.path text { fill: var(--ink); }
svg.path .box text, svg.path .end text { font-weight: 600; }
svg.path .end rect { stroke: var(--red); stroke-width: 2; }
svg.path .end text { fill: var(--red); }
svg.path .object { fill: var(--soft); }
svg.path .place { fill: var(--blue); }
svg.path path { fill: none; stroke: var(--soft); stroke-width: 1.5; }
`;

/** SHA-256 of the style in base64: the only thing that the page allows. A test computes it anew. */
export const STYLE_HASH = 'rHbh3jqRSeDX07O1FJ/GSNo4VI6h0LDabslN6EJwTFY=';
