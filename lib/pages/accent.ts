import { darkestLightGround, lightestDarkGround } from './style.ts';

/** Contrast of text with its background (WCAG 2.2, success criterion 1.4.3). */
const minContrast = 4.5;
/** How much further a color goes when the pointer is over it. */
const overShare = 0.2;
const steps = 40;

/**
 * The style rules for an accent color. In each color scheme the color is used as it is if it can be read there, else
 * darker (light scheme) or lighter (dark scheme), just as much as is needed.
 *
 * @param color `#rrggbb`
 */
export function accentStyle(color: string): string {
  const light = readable(color, '#000000', darkestLightGround);
  const dark = readable(color, '#ffffff', lightestDarkGround);
  return `
:root { --accent: ${light}; --accent-over: ${mix(light, '#000000', overShare)}; }
@media (prefers-color-scheme: dark) { :root { --accent: ${dark}; --accent-over: ${mix(dark, '#ffffff', overShare)}; } }
`;
}

/** The color itself, or the first one on the way to `target` that can be read on `ground`. */
function readable(color: string, target: string, ground: string): string {
  for (let step = 0; step < steps; step++) {
    const candidate = mix(color, target, step / steps);
    if (contrast(candidate, ground) >= minContrast) return candidate;
  }
  return target;
}

/** Contrast ratio of two colors, 1 to 21 (WCAG 2.2, "contrast ratio"). */
export function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

/** Relative luminance, 0 to 1 (WCAG 2.2, "relative luminance"). */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = channels(color).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mix(from: string, to: string, share: number): string {
  const target = channels(to);
  const mixed = channels(from).map((channel, at) =>
    Math.round(channel + ((target[at] ?? 0) - channel) * share),
  );
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

function channels(color: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}
