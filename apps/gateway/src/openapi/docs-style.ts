/** How the reference looks, by day and by night. */
export const DOCS_STYLE = `:root {
  color-scheme: light dark;
  --ink: light-dark(#1c2126, #dfe4e8);
  --soft: light-dark(#5f6b76, #94a1ad);
  --line: light-dark(#e2e6ea, #2c343b);
  --paper: light-dark(#ffffff, #14181c);
  --panel: light-dark(#f6f8fa, #1b2126);
  --warm: light-dark(#b4450d, #ff9d5c);
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
body {
  margin: 0; display: grid; grid-template-columns: 17rem minmax(0, 56rem); gap: 0 3rem;
  background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif;
}
nav {
  position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1.5rem;
  background: var(--panel); border-right: 1px solid var(--line); font-size: .85rem;
}
nav .name { font-size: 1.15rem; font-weight: 700; color: var(--warm); }
nav h2 { margin: 1.4rem 0 .3rem; font-size: .75rem; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); }
nav ul { margin: 0; padding: 0; list-style: none; }
nav li { margin: .25rem 0; overflow-wrap: anywhere; }
a { color: inherit; text-decoration: none; }
a:hover, main a { color: var(--warm); text-decoration: underline; }
main { padding: 2rem 1.5rem 6rem 0; }
h1 { margin: 0 0 1rem; font-size: 2rem; }
main > h2, #codes h2 { margin: 3rem 0 0; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
section { padding: 1.5rem 0; border-bottom: 1px solid var(--line); }
h3 { margin: 0 0 .3rem; font-size: 1.1rem; }
h4 { margin: 1.2rem 0 .4rem; font-size: .9rem; color: var(--soft); }
.summary { margin: .2rem 0 .6rem; font-weight: 600; }
.role { margin-left: .5rem; padding: .05rem .5rem; border: 1px solid var(--line); border-radius: 1rem; font-size: .75rem; font-weight: 400; color: var(--soft); }
.method { display: inline-block; min-width: 3.6rem; font: 700 .75rem ui-monospace, monospace; color: light-dark(#0a6b3d, #62d39a); }
.method.post { color: light-dark(#1b57b8, #7db2ff); }
.method.delete { color: light-dark(#b3261e, #ff8a80); }
code, pre { font-family: ui-monospace, monospace; font-size: .86em; }
pre {
  margin: .3rem 0 .8rem; padding: .8rem 1rem; overflow: auto; max-height: 24rem;
  background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; white-space: pre-wrap; overflow-wrap: anywhere;
}
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th, td { padding: .4rem .8rem .4rem 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top; font-weight: 400; }
th { white-space: nowrap; }
details { margin: .3rem 0; }
summary { cursor: pointer; }
.s2 { color: light-dark(#0a6b3d, #62d39a); }
.s4 { color: light-dark(#96590a, #f1b95d); }
.s5 { color: light-dark(#b3261e, #ff8a80); }
.eg, .kind, .type { color: var(--soft); font-size: .85rem; }
.eg { margin: .5rem 0 0; }
.fields { margin: .3rem 0; padding-left: 1.1rem; font-size: .9rem; }
@media (max-width: 60rem) {
  body { display: block; }
  nav { position: static; height: auto; border: 0; }
  main { padding: 1.5rem; }
}
`;
