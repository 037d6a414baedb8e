/** The sandbox proxy of SEP-1865: loads a view's HTML under the policy of this page, and passes messages on. */
const host = new URL(document.referrer).origin;
const view = document.createElement('iframe');
view.title = 'View';
document.body.append(view);

window.addEventListener('message', ({ source, origin, data }) => {
  if (source === window.parent && origin === host) {
    if (data?.method === 'ui/notifications/sandbox-resource-ready') load(data.params);
    else view.contentWindow?.postMessage(data, '*');
  } else if (source === view.contentWindow && !String(data?.method).startsWith('ui/notifications/sandbox-')) {
    window.parent.postMessage(data, host);
  }
});

type Permissions = Partial<Record<'camera' | 'microphone' | 'geolocation' | 'clipboardWrite', object>>;

/** The frame has an origin of its own, and inherits the policy that this page was served with. */
function load({ html, permissions = {} }: { html: string; permissions?: Permissions }): void {
  view.sandbox.value = 'allow-scripts';
  view.allow = Object.keys(permissions)
    .map((name) => (name === 'clipboardWrite' ? 'clipboard-write' : name))
    .join('; ');
  view.srcdoc = html;
}

window.parent.postMessage(
  { jsonrpc: '2.0', method: 'ui/notifications/sandbox-proxy-ready', params: {} },
  host,
);
