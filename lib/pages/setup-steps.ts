import type { ConfigProblem } from '../environment.ts';
import { type Html, html } from './html.ts';

type Step = { title: string; about: RegExp; how: Html; link?: { href: string; label: string } };

/** Vercel completes this address with the reader's team and project. */
const projectPage = (page: string) =>
  `https://vercel.com/d?to=${encodeURIComponent(`/[team]/[project]/${page}`)}&title=${encodeURIComponent('Open your project')}`;

const environment = {
  href: projectPage('settings/environment-variables'),
  label: 'Environment variables on Vercel',
};

/** In the order in which one needs the other. A variable belongs to the first step that is about it. */
const steps: Step[] = [
  {
    title: 'Connect your Auth0 tenant',
    about: /^(?:AUTH0_|OAUTH_)/,
    how: html`Run <code>npm run setup</code> in your clone. It makes what the tenant needs and prints these values.`,
    link: { href: 'https://manage.auth0.com/', label: 'Auth0 dashboard' },
  },
  {
    title: 'Add the store',
    about: /^(?:UPSTASH_|KV_)/,
    how: html`Add Upstash for Redis to the project and connect it. That sets these variables.`,
    link: { href: projectPage('stores'), label: 'Storage on Vercel' },
  },
  {
    title: 'Say where the server is',
    about: /^(?:SERVER_URL|ALLOWED_ORIGINS)$/,
    how: html`Set these to the addresses that people use.`,
    link: environment,
  },
  {
    title: 'Give it secrets of its own',
    about: /_SECRET(?:_PREVIOUS)?$/,
    how: html`<code>npm run setup</code> makes them, and so does <code>openssl rand -base64 32</code>. Use different ones for previews.`,
    link: environment,
  },
  {
    title: 'Correct the rest',
    about: /^/,
    how: html`These settings cannot be used as they are.`,
    link: environment,
  },
];

/**
 * What is still to be set up, as steps in order. Names variables, never their values.
 *
 * @param level of the steps' headings.
 */
export function setupSteps(problems: ConfigProblem[], level: 2 | 3): Html {
  const rest = new Set(problems);
  const open = steps.flatMap((step) => {
    const its = [...rest].filter(({ variable }) => step.about.test(variable));
    for (const each of its) rest.delete(each);
    return its.length ? [{ step, its }] : [];
  });
  const heading = (text: string) => (level === 2 ? html`<h2>${text}</h2>` : html`<h3>${text}</h3>`);
  return html`<ol class="rows">
${open.map(
  ({ step: { title, how, link }, its }) => html`<li>${heading(title)}
<p>${how}${link && html` <a href="${link.href}">${link.label}</a>`}</p>
<ul>${its.map(({ variable, fix }) => html`<li><code>${variable}</code>: ${fix}</li>`)}</ul></li>`,
)}
<li>${heading('Deploy again')}
<p>A deployment keeps the settings that it was made with. <a href="${projectPage('deployments')}">Deployments on Vercel</a></p></li>
</ol>`;
}
