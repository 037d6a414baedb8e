/** Where a view may load from or connect to, as origins such as `https://api.example.com`. By default nowhere. */
export type ViewOrigins = {
  /** For `fetch`, WebSocket and so on. */
  connectDomains?: string[];
  /** For scripts, styles, images, fonts and media. */
  resourceDomains?: string[];
  /** For frames inside the view. */
  frameDomains?: string[];
  /** For `<base>`. */
  baseUriDomains?: string[];
};

/**
 * What shows a tool's results in clients that can show HTML (MCP Apps). Every other client sees the tool without it. The
 * view's input is the `structuredContent` of the results, so give the tool an `output`.
 *
 * @example
 * view: { document: new URL('./view.bundle.html', import.meta.url) },
 */
export type View = {
  /**
   * The document, made of `view.html` in the same folder. Write the URL exactly as in the example: the deployment finds
   * the file by it.
   */
  document: URL;
  /** The client makes the view's Content Security Policy of it. */
  csp?: ViewOrigins;
  /** What the view wants to use. The client may refuse, so check for it in the view. */
  permissions?: {
    camera?: Record<never, never>;
    microphone?: Record<never, never>;
    geolocation?: Record<never, never>;
    clipboardWrite?: Record<never, never>;
  };
  /** Whether the client should draw a border and a background around the view. By default the client decides. */
  prefersBorder?: boolean;
};
