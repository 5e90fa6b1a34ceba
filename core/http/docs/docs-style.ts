/** Style sheet of the documentation page. */
export const DOCS_STYLE = `
:root {
  --ink: #1c2024; --soft: #60646c; --line: #e0e1e6; --paper: #ffffff; --panel: #f7f8fa; --accent: #4a46c8; --bad: #c62a2f;
  --get: #1f7a4d; --post: #2a5fc4; --put: #9a5b00; --patch: #7a4fbf; --delete: #c62a2f;
  --code: ui-monospace, monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #edeef0; --soft: #a0a4ad; --line: #33363d; --paper: #16181c; --panel: #1e2126; --accent: #a5a2ff; --bad: #ff8a8d;
    --get: #5fce96; --post: #82aeff; --put: #f0b35a; --patch: #c2a1ff; --delete: #ff8a8d;
  }
}
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: var(--paper); font: 15px/1.55 system-ui, sans-serif; }
a { color: var(--accent); }
header { display: flex; align-items: baseline; gap: 1rem; padding: .9rem 1.5rem; border-bottom: 1px solid var(--line);
  position: sticky; top: 0; background: var(--paper); z-index: 1; }
header h1 { margin: 0; font-size: 1.25rem; }
header p { margin: 0; color: var(--soft); flex: 1; }
#columns { display: grid; grid-template-columns: 19rem minmax(0, 1fr); max-width: 80rem; margin: 0 auto; }
nav { padding: 1.25rem 1rem 3rem 1.5rem; position: sticky; top: 3.4rem; align-self: start; max-height: calc(100vh - 3.4rem);
  overflow-y: auto; font-size: .86rem; }
nav h2 { margin: 1.1rem 0 .3rem; font-size: .72rem; text-transform: uppercase; letter-spacing: .08em; color: var(--soft); }
nav h2:first-child { margin-top: 0; }
nav a { display: block; padding: .16rem .5rem; margin-left: -.5rem; border-radius: .3rem; text-decoration: none; color: var(--ink); }
nav a:hover { background: var(--panel); }
main { padding: 1.25rem 1.5rem 6rem; }
section { border: 1px solid var(--line); border-radius: .6rem; margin-bottom: 1rem; scroll-margin-top: 4.2rem; overflow: hidden; }
section > button { all: unset; box-sizing: border-box; display: flex; gap: .8rem; align-items: baseline; width: 100%;
  padding: .7rem 1rem; cursor: pointer; flex-wrap: wrap; }
section > button:focus-visible, .send:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
section > button:hover { background: var(--panel); }
.method { font: 700 .74rem var(--code); width: 3.8rem; }
.GET { color: var(--get); } .POST { color: var(--post); } .PUT { color: var(--put); }
.PATCH { color: var(--patch); } .DELETE { color: var(--delete); }
.path { font: .88rem var(--code); overflow-wrap: anywhere; }
.summary { color: var(--soft); margin-left: auto; text-align: right; }
.inside { padding: .2rem 1rem 1.1rem; border-top: 1px solid var(--line); }
.inside h3 { font-size: .8rem; margin: 1rem 0 .4rem; color: var(--soft); font-weight: 600; }
label { display: grid; grid-template-columns: 11rem minmax(0, 1fr); gap: .2rem .8rem; align-items: center; margin: .35rem 0; }
label code { font-family: var(--code); font-size: .84rem; }
label small { grid-column: 2; color: var(--soft); }
input, textarea, select { font: .85rem/1.5 var(--code); color: inherit; background: var(--panel); border: 1px solid var(--line);
  border-radius: .35rem; padding: .4rem .55rem; width: 100%; }
textarea { min-height: 7rem; resize: vertical; }
.row { display: flex; gap: .8rem; align-items: center; margin-top: .8rem; flex-wrap: wrap; }
.send { font: 600 .88rem system-ui, sans-serif; color: #fff; background: #4a46c8; border: 0; border-radius: .4rem;
  padding: .45rem 1.1rem; cursor: pointer; }
.send:disabled { opacity: .5; }
.status { font: .85rem var(--code); }
.bad { color: var(--bad); }
pre { background: var(--panel); border-radius: .4rem; padding: .8rem; margin: .6rem 0 0; overflow: auto; max-height: 28rem;
  font: .8rem/1.5 var(--code); white-space: pre-wrap; overflow-wrap: anywhere; }
details summary { cursor: pointer; color: var(--soft); font-size: .84rem; }
@media (max-width: 50rem) {
  #columns { grid-template-columns: minmax(0, 1fr); }
  nav { display: none; }
  .summary { margin-left: 0; text-align: left; width: 100%; }
  label { grid-template-columns: minmax(0, 1fr); }
  label small { grid-column: 1; }
}
`
