import type { ProblemKind } from './kind.ts';

/** Why Claude's connector directory refuses a server. Only reported with `--directory`. */
export const directoryProblems = {
  'tool-untitled': {
    level: 'failure',
    title: 'Tools have no title',
    fix: 'Give every tool a title for people. The directory requires one.',
  },
  'tool-unhinted': {
    level: 'failure',
    title: 'Tools do not say whether they change anything',
    fix: 'Set the annotation readOnlyHint: true on tools that only read, and destructiveHint on all others. Both must be true to what the tool does.',
  },
  'tool-contradictory': {
    level: 'failure',
    title: 'Tools say that they only read and that they destroy',
    fix: 'Set readOnlyHint: true or destructiveHint: true, not both.',
  },
  'tool-name-refused': {
    level: 'failure',
    title: 'The directory does not accept the names of tools',
    fix: 'Use at most 64 letters, digits, _ and -.',
  },
  'claude-callback-refused': {
    level: 'failure',
    title: 'The server refuses one of Claude’s callback URLs',
    fix: 'Accept both https://claude.ai/api/mcp/auth_callback and https://claude.com/api/mcp/auth_callback as redirect URIs.',
  },
  'privacy-policy-missing': {
    level: 'failure',
    title: 'The metadata has no link to a privacy policy',
    fix: 'Publish one, and set resource_policy_uri (RFC 9728) or op_policy_uri (RFC 8414). In this project: links.privacy in lib/tools/identity.ts.',
  },
  'documentation-missing': {
    level: 'failure',
    title: 'The metadata has no link to documentation',
    fix: 'Publish it, with a support contact, and set resource_documentation (RFC 9728) or service_documentation (RFC 8414). In this project: links.documentation in lib/tools/identity.ts.',
  },
  'link-not-https': {
    level: 'failure',
    title: 'A link in the metadata is not an https URL',
    fix: 'Use links that anyone can open, with https.',
  },
  'link-broken': {
    level: 'failure',
    title: 'A page that the metadata links to does not open',
    fix: 'Serve it to anyone, without a sign-in. In this project: links in lib/tools/identity.ts, where /privacy and / are pages of the server.',
  },
  'operator-missing': {
    level: 'warning',
    title: 'The privacy page does not say who runs the server',
    fix: 'Set operator and links.support in lib/tools/identity.ts.',
  },
  'icons-sent-to-claude': {
    level: 'failure',
    title: 'The server sends icons to Claude when it connects',
    fix: 'Leave icons out of serverInfo for clients whose user agent begins with Claude-User: claude.ai has been seen to give up connecting because of them (anthropics/claude-ai-mcp#474). Give the logo in the directory’s form.',
  },
} as const satisfies Record<string, ProblemKind>;
