import { connect } from 'node:tls';
import { type Check, type Outcome, problem } from '../check.ts';
import type { Examination } from '../examination.ts';
import { timeoutMsFor } from '../send.ts';

/** Whether the host's certificate is valid, as every client requires. */
export const tls: Check = {
  id: 'tls',
  phase: 'Reach',
  title: 'The connection is secure',
  async run(examination) {
    if (examination.url.protocol !== 'https:') return { skipped: 'plain http' };
    if (examination.lost) return { skipped: examination.lost };
    const outcome = await handshake(examination);
    if ('problems' in outcome) examination.lost = 'there is no secure connection';
    return outcome;
  },
};

/** Connects even if the certificate is not trusted, so that the finding can describe it. */
function handshake(examination: Examination): Promise<Outcome> {
  const { url } = examination;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const socket = connect({
    host,
    port: Number(url.port || 443),
    servername: /^[\d.]+$|:/.test(host) ? '' : host,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: false,
    timeout: timeoutMsFor(examination),
  });
  socket.once('secureConnect', () => {
    const certificate = socket.getPeerCertificate();
    const until = new Date(certificate.valid_to);
    const issuer = [certificate.issuer?.O ?? certificate.issuer?.CN].flat()[0] ?? 'an unnamed authority';
    if (until.getTime() < Date.now()) resolve(problem('tls-expired', `Expired on ${certificate.valid_to}.`));
    else if (!socket.authorized)
      resolve(problem('tls-untrusted', `${socket.authorizationError}, issued by ${issuer}.`));
    else
      resolve({
        detail: `${socket.getProtocol()}, issued by ${issuer}, valid until ${until.toISOString().slice(0, 10)}.`,
      });
    socket.destroy();
  });
  socket.once('error', (error: NodeJS.ErrnoException) =>
    resolve(problem('tls-failed', `${error.code ?? error.message}.`)),
  );
  socket.once('timeout', () => {
    resolve(problem('tls-failed', 'The handshake timed out.'));
    socket.destroy();
  });
  return promise;
}
