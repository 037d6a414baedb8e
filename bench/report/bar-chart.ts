export type Bar = { label: string; value: number; text: string; ours: boolean };

const width = 720;
const labelWidth = 250;
const rowHeight = 26;
const top = 44;

/**
 * Horizontal bars as an SVG that reads on light and dark backgrounds.
 *
 * @param target where a vertical line marks what was aimed for.
 */
export function barChart(title: string, bars: Bar[], target?: number): string {
  const largest = Math.max(...bars.map(({ value }) => value), target ?? 0);
  const scale = (width - labelWidth - 90) / largest;
  const height = top + bars.length * rowHeight + 10;
  const rows = bars.map(({ label, value, text, ours }, index) => {
    const y = top + index * rowHeight;
    const length = Math.max(1, value * scale).toFixed(1);
    return [
      `<text x="${labelWidth - 8}" y="${y + 15}" text-anchor="end">${escaped(label)}</text>`,
      `<rect x="${labelWidth}" y="${y + 2}" width="${length}" height="${rowHeight - 8}" rx="2" fill="${ours ? '#3b82f6' : '#94a3b8'}"/>`,
      `<text x="${(labelWidth + Number(length) + 6).toFixed(1)}" y="${y + 15}">${escaped(text)}</text>`,
    ].join('');
  });
  const x = (labelWidth + (target ?? 0) * scale).toFixed(1);
  const line =
    target === undefined
      ? ''
      : `<line x1="${x}" x2="${x}" y1="${top - 4}" y2="${height - 8}" stroke="#ef4444" stroke-dasharray="4 3"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}" font-family="system-ui, sans-serif" font-size="13" fill="#64748b"><text x="8" y="22" font-size="15" font-weight="600">${escaped(title)}</text>${rows.join('')}${line}</svg>
`;
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
