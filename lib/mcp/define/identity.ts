/** An image of the server for MCP clients (MCP 2025-11-25, `Icon`). */
export type Icon = {
  /** A file in `public/`, such as `/icon.png`, or a `data:` URI with an image in base64. */
  src: string;
  /** Such as `image/png`. */
  mimeType?: string;
  /** Such as `48x48`, or `any` for SVG. */
  sizes?: string[];
  /** The background that it is made for. */
  theme?: 'light' | 'dark';
};

/** How a server introduces itself. Set yours in `lib/tools/identity.ts`. */
export type Identity = {
  /** The name for programs: it becomes the server's name in commands and client configurations. */
  name: string;
  version: string;
  /**
   * The name in the server card and in registries: a domain that is yours, reversed, then a slash and a name, such as
   * `com.example/notes` or `io.github.you/notes`. Default: the reversed host and `name`.
   */
  registryName?: string;
  /** The name for people, shown on every page. Default: `name`. */
  title?: string;
  /** What the server is for, in a sentence for people. */
  description?: string;
  /** What a model is told about the server as a whole: what it is for and when to use which tool. */
  instructions?: string;
  /** The server's own website. https only, like every link here. */
  websiteUrl?: string;
  /** Images for MCP clients. Only clients that accept them get them. */
  icons?: Icon[];
  /** The image on the pages: a file in `public/`, such as `/logo.svg`, or a `data:` URI with an image in base64. */
  logo?: string;
  /** Color of buttons and links as `#rrggbb`. It is made darker or lighter where it would be hard to read. */
  accentColor?: string;
  /** Things to ask for, shown on the front page. Claude's connector directory wants three. */
  examples?: string[];
  /** Who runs the server, a company or a person. Named on the privacy page. */
  operator?: string;
  /** What your tools store about users and for how long, a sentence for each kind of data. Shown on the privacy page. */
  storedData?: string[];
  /** Shown on every page, and to clients in the metadata documents. Each is https, or a path on this server. */
  links?: {
    /** Where people reach you. Can be a `mailto:` address too. */
    support?: string;
    /** `/privacy` is the privacy page of this project. */
    privacy?: string;
    terms?: string;
    /** `/` is the front page. */
    documentation?: string;
  };
};
