import type { Implementation } from '@modelcontextprotocol/server';
import type { Identity } from '../define/identity.ts';

/**
 * The `serverInfo` that a client gets. Only what the protocol defines: the pages' logo, color and links stay here.
 *
 * @param iconsAt the origin that the icons' paths belong to; undefined leaves the icons out.
 */
export function implementationOf(identity: Identity, iconsAt: string | undefined): Implementation {
  const { name, version, title, description, websiteUrl, icons } = identity;
  return {
    name,
    version,
    ...(title && { title }),
    ...(description && { description }),
    ...(websiteUrl && { websiteUrl }),
    ...(icons?.length &&
      iconsAt !== undefined && {
        icons: icons.map((icon) => ({
          ...icon,
          src: icon.src.startsWith('/') ? iconsAt + icon.src : icon.src,
        })),
      }),
  };
}
