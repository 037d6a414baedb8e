/** Rules of the front page, after the common ones. */
export const landingStyle = `
body { grid-template-columns: minmax(0, 44rem); }
h2 { margin: 2.25rem 0 0; font-size: 1.125rem; line-height: 1.3; font-weight: 650; }
h3 { margin: 0; font-size: 1rem; font-weight: 600; }
ul, ol { margin: .75rem 0 0; padding: 0; list-style: none; }
ol { counter-reset: step; }
ol > li > :is(h2, h3)::before { counter-increment: step; content: counter(step) ". "; }
ol h2 { margin-top: 0; }
[hidden] { display: none !important; }
.copy { display: flex; gap: .5rem; align-items: center; margin-top: .5rem; padding: .375rem .375rem .375rem 1rem;
  border: 1px solid var(--line); border-radius: .75rem; background: var(--raised); }
.copy code { flex: 1; padding: .5rem 0; user-select: all; }
.copy button { flex: none; min-width: 5.5rem; min-height: 2.5rem; }
.url { margin-top: 1.25rem; }
.url code { font-size: 1rem; }
.client { display: grid; grid-template-columns: 1fr auto; gap: .25rem 1rem; align-items: center; }
.client .copy { grid-column: 1 / -1; }
.button { display: inline-flex; align-items: center; min-height: 2.75rem; padding: .375rem 1rem; border: 1px solid var(--line);
  border-radius: .625rem; background: var(--surface); color: var(--text); font-weight: 600; text-decoration: none; }
.button:hover { background: var(--raised); color: var(--text); }
.tool { display: flex; flex-wrap: wrap; gap: .25rem .75rem; justify-content: space-between; align-items: baseline; }
.tool p { flex-basis: 100%; }
.tool h3 code { font-size: .9375rem; }
.scope-name { color: var(--quiet); }
.health { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
.health li { display: flex; gap: .5rem; align-items: center; }
.dot { flex: none; width: .625rem; height: .625rem; border-radius: 50%; border: 2px solid var(--quiet); }
.dot.reachable { border-color: var(--good); background: var(--good); }
.dot.unreachable { border-color: var(--caution); }
:root { --good: #1a7f37; }
@media (prefers-color-scheme: dark) { :root { --good: #4ac26b; } }
@media (max-width: 32rem) {
  .copy { flex-wrap: wrap; padding: .375rem 1rem .75rem; }
  .copy code { flex-basis: 100%; }
  .copy button { flex: 1; }
  .client { grid-template-columns: 1fr; }
  .client .button { justify-content: center; margin-top: .5rem; }
}
`;
