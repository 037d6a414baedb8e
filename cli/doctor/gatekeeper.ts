import { type Answer, mediaType } from './probe.ts';

/**
 * Recognises an answer from something in front of the server, by the marks of Vercel, Cloudflare and AWS. Undefined if
 * the answer is the server's own.
 */
export function gatekeeper(
  answer: Answer,
): { id: 'deployment-protection' | 'bot-challenge'; detail: string } | undefined {
  const { status, headers, text } = answer;
  const page = mediaType(answer) === 'text/html' ? text : '';

  const mitigated = headers.get('x-vercel-mitigated');
  if (mitigated || page.includes('Vercel Security Checkpoint'))
    return challengedBy('Vercel’s firewall', status, mitigated);
  const cloudflare = headers.get('cf-mitigated');
  if (cloudflare || /<title>Just a moment/i.test(page)) return challengedBy('Cloudflare', status, cloudflare);
  const amazon = headers.get('x-amzn-waf-action');
  if (amazon) return challengedBy('AWS WAF', status, amazon);

  // Vercel has used three forms: a redirect to its login, a page, and JSON for callers that accept it.
  const redirected = URL.parse(headers.get('location') ?? '');
  const toVercelLogin = redirected?.host === 'vercel.com' && redirected.pathname.startsWith('/sso-api');
  const page401 =
    status === 401 &&
    (/vercel\.com\/sso-api|Vercel Authentication|Vercel SSO|x-vercel-protection-bypass|_vercel_password/i.test(
      page,
    ) ||
      headers.get('set-cookie')?.includes('_vercel_sso_nonce') === true ||
      (headers.has('x-vercel-id') && /Authentication Required/i.test(page)));
  const marked = status === 401 && headers.get('x-vercel-error') === 'UNAUTHORIZED';
  const json401 =
    status === 401 &&
    !headers.has('www-authenticate') &&
    /"Protected deployment|deployment[ -]protection/i.test(text);
  if (toVercelLogin || page401 || marked || json401)
    return {
      id: 'deployment-protection',
      detail: `Vercel answered ${status} instead of the server and asked for a login to Vercel.`,
    };
  return undefined;
}

function challengedBy(who: string, status: number, action: string | null) {
  const what = action ? `“${action}”` : 'a page that only browsers can pass';
  return {
    id: 'bot-challenge' as const,
    detail: `${who} answered ${status} instead of the server: ${what}.`,
  };
}
