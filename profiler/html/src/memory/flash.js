// Flash by section, and by symbol as areas.
import { hierarchy, treemap } from 'd3-hierarchy';
import { h } from '../dom.js';
import * as f from '../format.js';
import { legend, stackedBar } from '../widgets/bars.js';
import { card, missing, symbol } from '../widgets/parts.js';
import { table } from '../widgets/table.js';
import { tooltip } from '../tooltip.js';

const KINDS = {
  function: 'var(--flash-function)',
  object: 'var(--flash-object)',
  'model weights': 'var(--flash-weights)',
  section: 'var(--flash-other)',
};
const colorOf = (kind) => KINDS[kind] || 'var(--flash-other)';
const WIDTH = 1000,
  HEIGHT = 340;
const MOST = 240; // boxes; what is smaller than these shows in the table

function areas(symbols, rest) {
  const shown = symbols.slice(0, MOST);
  const left = symbols.slice(MOST).reduce((sum, row) => sum + row.flash_bytes, 0) + rest;
  if (left > 0) shown.push({ name: 'all the rest', kind: 'rest', flash_bytes: left });
  const groups = new Map();
  for (const row of shown) groups.set(row.kind, [...(groups.get(row.kind) || []), row]);
  const root = hierarchy({ children: [...groups.values()].map((children) => ({ children })) })
    .sum((row) => row.flash_bytes || 0)
    .sort((a, b) => b.value - a.value);
  treemap().size([WIDTH, HEIGHT]).paddingInner(1.5).round(false)(root);
  return h(
    'div',
    {
      class: 'treemap',
      role: 'img',
      'aria-label': 'Flash by symbol; the table below has the same figures',
    },
    root.leaves().map(({ data, x0, x1, y0, y1 }) =>
      tooltip(
        h(
          'div',
          {
            style: {
              left: `${(100 * x0) / WIDTH}%`,
              width: `${(100 * (x1 - x0)) / WIDTH}%`,
              top: `${(100 * y0) / HEIGHT}%`,
              height: `${(100 * (y1 - y0)) / HEIGHT}%`,
              background: colorOf(data.kind),
            },
          },
          x1 - x0 > 46 && y1 - y0 > 16 && h('span', {}, data.name),
        ),
        () => ({
          title: data.name,
          rows: [
            ['Kind', data.kind],
            ['Flash', `${f.integer(data.flash_bytes)} bytes`],
          ],
        }),
      ),
    ),
  );
}

export function flash(report) {
  const { memory } = report;
  const sections = (memory.sections || []).filter((row) => row.flash_bytes > 0);
  const symbols = (memory.symbols || [])
    .filter((row) => row.flash_bytes > 0)
    .sort((a, b) => b.flash_bytes - a.flash_bytes);
  const parts = sections.map((row) => ({
    label: row.name,
    value: row.flash_bytes,
    text: f.bytes(row.flash_bytes),
    color: `var(--part-${1 + (sections.indexOf(row) % 5)})`,
  }));
  const named = symbols.reduce((sum, row) => sum + row.flash_bytes, 0);
  return card(
    'Flash',
    h(
      'p',
      {},
      h('b', {}, f.bytes(memory.flash_bytes)),
      ` (${f.integer(memory.flash_bytes)} bytes) of ${f.bytes(memory.flash_total_bytes)}.`,
    ),
    parts.length > 0 && [
      stackedBar(parts, { title: 'Flash by section', height: '1.5rem' }),
      legend(parts),
    ],
    symbols.length > 0
      ? [
          areas(symbols, Math.max(0, memory.flash_bytes - named)),
          legend(
            [
              ['functions', 'function'],
              ['objects', 'object'],
              ['model weights', 'model weights'],
              ['other', 'rest'],
            ].map(([label, kind]) => ({ label, color: colorOf(kind) })),
          ),
          h(
            'details',
            {},
            h('summary', {}, `${f.integer(symbols.length)} symbols`),
            table(
              [
                {
                  title: 'Symbol',
                  text: true,
                  value: (row) => row.name,
                  cell: (row) => symbol(row.name),
                },
                { title: 'Kind', text: true, value: (row) => row.kind },
                {
                  title: 'Address',
                  text: true,
                  value: (row) => row.address,
                  cell: (row) => h('code', {}, row.address),
                },
                { title: 'Flash', unit: 'bytes', value: (row) => row.flash_bytes },
                {
                  title: 'Share',
                  value: (row) => row.flash_bytes,
                  cell: (row) => f.percent(row.flash_bytes, memory.flash_bytes),
                },
                { title: 'RAM', unit: 'bytes', value: (row) => row.ram_bytes },
              ],
              symbols,
              {
                caption: 'Flash by symbol',
                sort: 3,
                limit: 25,
                search: 'Filter symbols',
                filter: (row) => row.name,
              },
            ),
          ),
        ]
      : !parts.length &&
          missing('What it consists of is not known: the image has neither sections nor symbols.'),
  );
}
