import type { ConfigProblem } from '../environment.ts';
import type { Health, Reachability } from '../health.ts';
import { serverLine } from './brand.ts';
import { type Html, html } from './html.ts';
import { type ClientLinks, clientLinks } from './landing-clients.ts';
import { landingScript } from './landing-script.ts';
import { landingStyle } from './landing-style.ts';
import { page } from './layout.ts';
import { privacyPath } from './privacy.ts';
import { setupSteps } from './setup-steps.ts';

export type LandingView = {
  /** The public origin of this server. */
  origin: string;
  /** The MCP endpoint's URL. */
  url: string;
  name: string;
  /** The name for people. */
  title: string;
  /** What the server is for, in a sentence. */
  description: string | undefined;
  /** Things to ask for. */
  examples: string[];
  version: string;
  /** Whether users sign in. */
  signIn: boolean;
  tools: { name: string; title: string; description: string; scopes: string[] }[];
  /** What works but should be set up better. Names variables, never their values. */
  warnings: ConfigProblem[];
  /** Undefined if the checks did not finish in time. */
  health: Health | undefined;
};

/** The front page: what this server is, how to add it to an app, its tools and its status. */
export function landingPage(view: LandingView): Response {
  const { origin, url, name, title, description, signIn } = view;
  const links = clientLinks(name, url, title);
  // Hosted apps connect from their vendor's servers, which cannot reach a local server.
  const reachable = new URL(origin).protocol === 'https:';
  return page({
    origin,
    notLinked: ['/'],
    title: `${title} – MCP server`,
    style: landingStyle,
    script: landingScript,
    body: html`${serverLine(origin, false)}
<h1>${title}</h1>
<p class="quiet">${description ?? 'An MCP server that gives Claude and other AI apps tools to use.'}</p>
<p class="quiet">Add its URL to your app${signIn ? ', then sign in and choose what the app can do' : ''}.</p>
<div class="copy url">${copyable('url', url, 'the server URL')}</div>
<p id="said" class="unseen" role="status"></p>
<h2>Add it to your app</h2>
${clients(links, { reachable, signIn })}
${signIn && html`<p>Already connected? <a href="/connections">See your connections</a>, and disconnect apps that you no longer use.</p>`}
${view.examples.length > 0 && html`<h2>Try asking</h2>\n<ul class="rows">${view.examples.map((example) => html`<li>“${example}”</li>\n`)}</ul>`}
<h2>What it can do</h2>
${tools(view)}
${view.warnings.length > 0 && setupNotice(view.warnings)}
<footer>
<h2 class="unseen">Status</h2>
${status(view)}
</footer>`,
  });
}

/** The front page of a deployment whose configuration is incomplete. It names variables, never their values. */
export function unfinishedPage(problems: ConfigProblem[]): Response {
  return page({
    title: 'Not configured yet – MCP server',
    notLinked: ['/', privacyPath],
    status: 503,
    style: landingStyle,
    body: html`<h1>This server is not configured yet</h1>
<p>These settings are missing or invalid. Take the steps in this order, then reload this page.</p>
${setupSteps(problems, 2)}`,
  });
}

function setupNotice(warnings: ConfigProblem[]): Html {
  return html`<h2>Still to set up</h2>
${setupSteps(warnings, 3)}`;
}

function copyable(id: string, text: string, what: string): Html {
  return html`<code id="${id}">${text}</code>
<button type="button" data-copies="${id}" hidden><span>Copy</span><span class="unseen"> ${what}</span></button>`;
}

function clients(links: ClientLinks, { reachable, signIn }: { reachable: boolean; signIn: boolean }): Html {
  const unreachable =
    'Connects from its own servers, which cannot reach this machine. Deploy the server first.';
  const button = (href: string, label: string) => html`<a class="button" href="${href}">${label}</a>`;
  return html`<ul class="rows">
<li class="client"><div><h3>Claude</h3>
<p>${reachable ? 'For web, desktop and mobile.' : unreachable}</p></div>
${reachable && button(links.claude, 'Add to Claude')}</li>
<li class="client"><div><h3>Claude Code</h3><p>${
    signIn
      ? html`Run this command, then use <code>/mcp</code> in a session to sign in.`
      : 'Run this command in a terminal.'
  }</p></div>
<div class="copy">${copyable('claude-code', links.claudeCode, 'the Claude Code command')}</div></li>
<li class="client"><div><h3>ChatGPT</h3>
<p>${
    reachable
      ? 'Go to Settings → Apps, turn on developer mode under Advanced, then create an app with the URL above.'
      : unreachable
  }</p></div>
${reachable && button(links.chatgpt, 'Open ChatGPT settings')}</li>
<li class="client"><div><h3>VS Code</h3><p>VS Code opens and asks before it adds the server.</p></div>
${button(links.vscode, 'Add to VS Code')}</li>
<li class="client"><div><h3>Cursor</h3><p>Cursor opens and asks before it adds the server.</p></div>
${button(links.cursor, 'Add to Cursor')}</li>
</ul>`;
}

function tools({ tools, signIn }: LandingView): Html {
  return html`<ul class="rows">
${tools.map(
  ({ name, title, description, scopes }) => html`<li class="tool"><h3>${title} <code>${name}</code></h3>
${signIn && html`<span class="scope-name"><span class="unseen">needs </span>${scopes.map((scope) => html`<code>${scope}</code> `)}</span>`}
<p>${description}</p></li>`,
)}
</ul>`;
}

const words: Record<Reachability, string> = {
  reachable: 'working',
  unreachable: 'not reachable right now',
  'not configured': 'not set up',
};

function status({ name, version, signIn, health }: LandingView): Html {
  const line = (label: string, state: Reachability) =>
    html`<li><span class="dot ${state === 'reachable' ? 'reachable' : 'unreachable'}" aria-hidden="true"></span>${label}: ${words[state]}</li>`;
  return html`<ul class="health">
${health && signIn && line('Sign-in', health.tenant.state)}
${health && line('Store', health.store.state)}
<li>${name} ${version}</li>
<li><a href="/health">Health as JSON</a></li>
</ul>`;
}
