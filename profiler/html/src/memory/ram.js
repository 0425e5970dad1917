// The one RAM peak, what it consists of, and how it came about over time.
import { h } from '../dom.js';
import * as f from '../format.js';
import { legend, stackedBar } from '../widgets/bars.js';
import { badge, card, missing, note, place, symbol } from '../widgets/parts.js';
import { table } from '../widgets/table.js';
import { ramChart } from './ram_chart.js';

export function ramSection(report) {
  const { memory } = report;
  const peak = memory.ram_peak_bytes;
  const parts = [
    { label: 'Static data', value: memory.static_ram_bytes, color: 'var(--memory-static)' },
  ];
  if (peak > memory.static_ram_bytes) {
    parts.push({
      label: memory.heap?.peak_bytes > 0 ? 'Stack and heap at the peak' : 'Main stack at the peak',
      value: peak - memory.static_ram_bytes,
      color: 'var(--memory-stack)',
    });
  } else if (!peak) {
    parts.push({
      label: 'Main stack, deepest use',
      value: memory.stack_peak_bytes,
      color: 'var(--memory-stack)',
    });
  }
  for (const part of parts) part.text = f.bytes(part.value);
  const used = parts.reduce((sum, part) => sum + part.value, 0);
  return card(
    'RAM at the peak',
    stackedBar(parts, {
      total: Math.max(memory.ram_total_bytes, used),
      title: 'RAM',
      height: '1.5rem',
    }),
    legend([
      ...parts,
      ...(memory.ram_total_bytes > used
        ? [{ label: 'free', color: 'var(--track)', text: f.bytes(memory.ram_total_bytes - used) }]
        : []),
    ]),
    peak > 0 &&
      h(
        'p',
        {},
        h('b', {}, f.bytes(peak)),
        ` (${f.integer(peak)} bytes) of ${f.bytes(memory.ram_total_bytes)} at ${f.time(memory.ram_peak_ns, 6)}.`,
      ),
    memory.findings?.map((text) => h('p', { class: 'alert' }, text)),
    ramChart(report),
  );
}

export function stacks(report) {
  const rows = report.memory.stacks || [];
  if (!rows.length)
    return card(
      'Stacks',
      note(`Main stack: ${f.bytes(report.memory.stack_peak_bytes)} at its deepest.`),
    );
  return card(
    'Stacks',
    table(
      [
        {
          title: 'Stack',
          text: true,
          value: (row) => row.name,
          cell: (row) => [h('b', {}, row.name), row.overflow && [' ', badge('overflow', 'bad')]],
        },
        { title: 'Peak', value: (row) => row.peak_bytes, cell: (row) => f.bytes(row.peak_bytes) },
        {
          title: 'Room',
          value: (row) => row.size_bytes,
          cell: (row) =>
            row.size_bytes
              ? h('span', { title: row.size_source }, f.bytes(row.size_bytes))
              : f.NONE,
        },
        {
          title: 'Used',
          value: (row) => row.peak_bytes / row.size_bytes,
          cell: (row) => f.percent(row.peak_bytes, row.size_bytes),
        },
        { title: 'Peak at', value: (row) => row.peak_ns, cell: (row) => f.time(row.peak_ns) },
      ],
      rows,
      {
        caption: 'Stacks',
        sort: 1,
        detail: (row) =>
          row.path?.length > 0 &&
          h(
            'details',
            { open: row === rows[0] },
            h('summary', {}, `Calls at the peak of ${row.name}`),
            h(
              'ol',
              { class: 'path' },
              row.path.map((name) => h('li', {}, symbol(name))),
            ),
          ),
      },
    ),
  );
}

export function heap(report) {
  const one = report.memory.heap;
  if (!one?.allocator)
    return card('Heap', note('No allocator that is known by name ran, so no heap was seen.'));
  const facts = [
    ['Allocator', symbol(one.allocator)],
    ['Peak', `${f.bytes(one.peak_bytes)} at ${f.time(one.peak_ns)}`],
    ['Live at the end', f.bytes(one.live_bytes)],
    ['Allocations', f.integer(one.allocations)],
    ['Frees', f.integer(one.frees)],
    one.failures > 0 && ['Failed', badge(f.integer(one.failures), 'bad')],
    one.reserved_bytes > 0 && ['Taken from the system', f.bytes(one.reserved_bytes)],
    one.room_bytes > 0 && ['Room', f.bytes(one.room_bytes)],
  ];
  return card(
    'Heap',
    h(
      'dl',
      { class: 'facts' },
      facts
        .filter(Boolean)
        .map(([label, value]) => h('div', {}, h('dt', {}, label), h('dd', {}, value))),
    ),
    one.sites?.length > 0 &&
      table(
        [
          {
            title: 'Allocated in',
            text: true,
            value: (row) => row.function,
            cell: (row) => [symbol(row.function), ' ', place(row.file, row.line)],
          },
          { title: 'Allocations', value: (row) => row.allocations },
          { title: 'Bytes in all', value: (row) => row.bytes },
          {
            title: 'Peak live',
            value: (row) => row.peak_live_bytes,
            cell: (row) => f.bytes(row.peak_live_bytes),
          },
          {
            title: 'Live at the end',
            value: (row) => row.live_bytes,
            cell: (row) => f.bytes(row.live_bytes),
          },
        ],
        one.sites,
        { caption: 'Heap by call site', sort: 3, limit: 20 },
      ),
  );
}

const ACCESS = [
  { title: 'Reads', value: (row) => row.reads },
  { title: 'Read', unit: 'bytes', value: (row) => row.read_bytes },
  { title: 'Writes', value: (row) => row.writes },
  { title: 'Written', unit: 'bytes', value: (row) => row.written_bytes },
  {
    title: 'Working set',
    hint: 'Distinct bytes touched',
    value: (row) => row.working_set_bytes,
    cell: (row) => f.bytes(row.working_set_bytes),
  },
];

export function traffic(report, inference) {
  const rows = report.memory.traffic || [];
  if (!rows.length)
    return card(
      'Memory traffic',
      missing('Data accesses by memory were not counted.', '--traffic'),
    );
  const byLayer = (inference?.layers || []).flatMap((layer) =>
    (layer.traffic || []).map((row) => ({ ...row, layer })),
  );
  return card(
    'Memory traffic',
    table(
      [
        {
          title: 'Memory',
          text: true,
          value: (row) => row.region,
          cell: (row) => h('b', {}, row.region),
        },
        ...ACCESS,
      ],
      rows,
      { caption: 'Data accesses of the whole run' },
    ),
    byLayer.length > 0 &&
      h(
        'details',
        {},
        h('summary', {}, `By layer, inference ${inference.index + 1}`),
        table(
          [
            { title: '#', value: (row) => row.layer.index },
            { title: 'Operator', text: true, value: (row) => row.layer.op },
            { title: 'Memory', text: true, value: (row) => row.region },
            ...ACCESS,
          ],
          byLayer,
          { caption: 'Data accesses by layer', limit: 40 },
        ),
      ),
  );
}

export function caches(report, inference) {
  const rows = report.memory.caches || [];
  if (!rows.length) return null;
  const columns = [
    { title: 'Hits', value: (row) => row.hits },
    { title: 'Misses', value: (row) => row.misses },
    {
      title: 'Hit rate',
      value: (row) => (row.hits + row.misses ? row.hits / (row.hits + row.misses) : null),
      cell: (row) => f.percent(row.hits, row.hits + row.misses, 2),
    },
  ];
  const byLayer = (inference?.layers || []).flatMap((layer) =>
    (layer.caches || []).map((row) => ({ ...row, layer })),
  );
  return card(
    'Caches',
    table(
      [
        {
          title: 'Cache',
          text: true,
          value: (row) => row.name,
          cell: (row) => h('b', {}, row.name),
        },
        ...columns,
      ],
      rows,
      { caption: 'Caches over the whole run' },
    ),
    byLayer.length > 0 &&
      h(
        'details',
        {},
        h('summary', {}, `By layer, inference ${inference.index + 1}`),
        table(
          [
            { title: '#', value: (row) => row.layer.index },
            { title: 'Operator', text: true, value: (row) => row.layer.op },
            { title: 'Cache', text: true, value: (row) => row.name },
            ...columns,
          ],
          byLayer,
          { caption: 'Caches by layer', limit: 40 },
        ),
      ),
  );
}
