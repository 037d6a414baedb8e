/** The backgrounds that text is hardest to read on, in the light and the dark scheme. */
export const darkestLightGround = '#f4f5f7';
export const lightestDarkGround = '#1e222a';

/** The common style of all pages. It is inline, because pages load no files except the logo. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: ${darkestLightGround}; --surface: #fff; --raised: #f7f8fa; --line: #dcdfe5; --text: #171a21; --quiet: #565d6b;
  --accent: #2250c9; --on-accent: #fff; --accent-over: #1a41a8;
  --caution: #8a4b00; --caution-ground: #fff6e6; --caution-line: #f0cf95;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1014; --surface: #171a20; --raised: ${lightestDarkGround}; --line: #313743; --text: #eceef2; --quiet: #a4acba;
    --accent: #8fb2ff; --on-accent: #0b1533; --accent-over: #adc6ff;
    --caution: #ffcf85; --caution-ground: #2a2114; --caution-line: #5c4520;
  }
}
*, ::before, ::after { box-sizing: border-box; }
body {
  margin: 0; min-height: 100dvh; padding: 2rem 1rem; display: grid; place-content: center;
  grid-template-columns: minmax(0, 28rem);
  background: var(--ground); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere;
}
main {
  padding: 2rem; background: var(--surface); border: 1px solid var(--line); border-radius: 1rem;
  box-shadow: 0 1px 2px rgb(0 0 0 / .05), 0 12px 32px rgb(0 0 0 / .06);
}
h1 { margin: 0; font-size: 1.5rem; line-height: 1.25; font-weight: 650; letter-spacing: -.012em; text-wrap: balance; }
p { margin: .75rem 0 0; }
code { font: .8125rem/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
a { color: var(--accent); text-underline-offset: .2em; }
a:hover { color: var(--accent-over); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.quiet { color: var(--quiet); }
.small { font-size: .875rem; }
.server { display: flex; gap: .625rem; align-items: center; margin: 0 0 1.25rem; color: var(--quiet); font-size: .875rem; line-height: 1.3; }
.server svg, .server img { flex: none; }
.server img { border-radius: .375rem; object-fit: contain; }
.server strong { display: block; color: var(--text); font-size: 1rem; font-weight: 600; }
.facts { margin: 1.5rem 0 0; border: 1px solid var(--line); border-radius: .75rem; background: var(--raised); }
.facts div { padding: .75rem 1rem; }
.facts div + div { border-top: 1px solid var(--line); }
.facts dt { color: var(--quiet); font-size: .8125rem; }
.facts dd { margin: 0; }
.facts .host { font-size: 1.125rem; font-weight: 600; }
.notice { margin-top: 1rem; padding: .75rem 1rem; border: 1px solid var(--caution-line); border-radius: .75rem;
  background: var(--caution-ground); color: var(--caution); font-size: .9375rem; }
fieldset { margin: 1.5rem 0 0; padding: 0; border: 0; min-width: 0; }
legend { padding: 0; font-weight: 600; }
.scope { display: grid; grid-template-columns: auto 1fr; gap: 0 .75rem; padding: .75rem 0; cursor: pointer; }
.scope + .scope { border-top: 1px solid var(--line); }
.scope input { width: 1.25rem; height: 1.25rem; margin: .125rem 0 0; accent-color: var(--accent); cursor: pointer; }
.scope code { color: var(--quiet); }
.scope span { display: block; }
.stack { display: grid; gap: .75rem; margin-top: 1.5rem; }
.actions { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; margin-top: 1.25rem; }
button {
  min-height: 2.875rem; padding: .5rem 1rem; border: 1px solid var(--line); border-radius: .625rem;
  background: var(--surface); color: var(--text); font: inherit; font-weight: 600; cursor: pointer;
  animation: arm .5s;
}
button:hover { background: var(--raised); }
button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button.primary:hover { background: var(--accent-over); border-color: var(--accent-over); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.scope:focus-within { border-radius: .25rem; }
footer { margin-top: 1.5rem; padding-top: 1.25rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .875rem; }
footer p:first-child { margin-top: 0; }
.about { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin-top: 1rem; font-size: .875rem; }
.rows { border: 1px solid var(--line); border-radius: .75rem; }
.rows > li { padding: 1rem; }
.rows > li + li { border-top: 1px solid var(--line); }
.rows h2 { margin: 0; }
.rows p { margin: .125rem 0 0; color: var(--quiet); font-size: .9375rem; }
/* If the page appears in the middle of a double click, the second click must not count as consent. */
@keyframes arm { from, to { pointer-events: none; } }
@media (max-width: 32rem) {
  body { padding: 0; place-content: start stretch; background: var(--surface); }
  main { padding: 1.5rem 1.25rem 2rem; border: 0; border-radius: 0; box-shadow: none; }
}
`;
