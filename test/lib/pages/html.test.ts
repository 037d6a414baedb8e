import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html } from '../../../lib/pages/html.ts';

describe('the html tag', () => {
  it('escapes interpolated values but not the template itself', () => {
    expect(html`<p title="${`"'&`}">${'<script>'}</p>`.markup).toBe(
      '<p title="&quot;&#39;&amp;">&lt;script&gt;</p>',
    );
  });

  it('does not escape its own results, alone or in a list', () => {
    expect(html`<ul>${['a', '<'].map((each) => html`<li>${each}</li>`)}</ul>${html`<br>`}`.markup).toBe(
      '<ul><li>a</li><li>&lt;</li></ul><br>',
    );
  });

  it('renders undefined and false as nothing, but renders 0 and the empty string', () => {
    expect(html`[${undefined}${false}${0}${''}]`.markup).toBe('[0]');
  });

  it('never lets text open a tag or end an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(html`${text}`.markup).not.toMatch(/[<>"']/);
      }),
    );
  });
});
