/** Markup that is already safe. Only the `html` tag creates it. */
export type Html = { readonly markup: string };

type Value = Html | Html[] | string | number | undefined | false;

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

function render(value: Value): string {
  if (value === undefined || value === false) return '';
  if (Array.isArray(value)) return value.map((each) => each.markup).join('');
  return typeof value === 'object' ? value.markup : escapeText(String(value));
}

/**
 * Template tag for HTML. Escapes every interpolated value, for text and for quoted attributes, unless the
 * value is `Html`. `undefined` and `false` render as nothing.
 */
export function html(strings: TemplateStringsArray, ...values: Value[]): Html {
  return {
    markup: strings.reduce((markup, part, index) => `${markup}${render(values[index - 1])}${part}`),
  };
}
