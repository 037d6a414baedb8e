/** Rules of the connections page, after the common ones. */
export const connectionsStyle = `
body { grid-template-columns: minmax(0, 36rem); }
h2, h3 { font-size: 1.125rem; line-height: 1.3; font-weight: 650; }
.section { margin: 2rem 0 0; }
.rows h3 { margin: 0; }
ul { padding: 0; list-style: none; }
.rows { margin: 1.5rem 0 0; }
.permissions { margin: .75rem 0 0; }
.permissions li { padding-left: 1rem; position: relative; }
.permissions li::before { content: '–'; position: absolute; left: 0; color: var(--quiet); }
.rows dl { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: .75rem 0 0; font-size: .875rem; }
.rows dl div { display: flex; gap: .375rem; }
.rows dt { flex: none; color: var(--quiet); }
.rows dd { margin: 0; }
.rows form { margin-top: .75rem; }
.rows .unconfirmed { color: var(--caution); }
.actions button { width: 100%; height: 100%; }
.actions form:only-child { grid-column: 1 / -1; }
`;
