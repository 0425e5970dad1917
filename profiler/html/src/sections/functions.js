// Functions and source lines by the cycles that they took.
import { h } from '../dom.js';
import * as f from '../format.js';
import { card, note, place, symbol } from '../widgets/parts.js';
import { stallBar } from '../widgets/bars.js';
import { table } from '../widgets/table.js';

// Of its own and not asleep.
const awake = (row) => row.cycles - (row.stalls?.sleep || 0);

export function functions(report) {
  const total = report.total_cycles - report.sleep_cycles;
  const rows = report.functions.filter((row) => row.cycles > 0 || row.inclusive_cycles > 0);
  if (!rows.length) return null;
  const full = rows.some((row) => row.calls > 0);
  return card(
    'Functions',
    table(
      [
        {
          title: 'Function',
          text: true,
          value: (row) => row.name,
          cell: (row) => [symbol(row.name), ' ', place(row.file, row.line)],
        },
        full && { title: 'Calls', value: (row) => row.calls },
        { title: 'Own cycles', hint: 'of its own, awake', value: awake },
        {
          title: 'Share',
          hint: 'of the cycles awake',
          value: awake,
          cell: (row) => f.percent(awake(row), total),
        },
        full && {
          title: 'With callees',
          hint: report.sleep_cycles > 0 ? 'sleep included' : null,
          value: (row) => row.inclusive_cycles,
        },
        rows.some((row) => row.stalls?.sleep > 0) && {
          title: 'Asleep',
          hint: 'of its own',
          value: (row) => row.stalls.sleep,
          cell: (row) => (row.stalls.sleep ? f.integer(row.stalls.sleep) : f.NONE),
        },
        full && {
          title: 'CPI',
          hint: 'Cycles per instruction, awake',
          value: (row) => (row.instructions ? awake(row) / row.instructions : null),
          cell: (row) => (row.instructions ? f.fixed(awake(row) / row.instructions, 2) : f.NONE),
        },
        full && {
          title: 'Causes',
          value: (row) => (awake(row) ? 1 - row.stalls.issue / awake(row) : null),
          cell: (row) =>
            stallBar({ ...row.stalls, sleep: 0 }, { title: row.name, height: '.7rem' }),
        },
      ].filter(Boolean),
      rows,
      {
        caption: 'Functions',
        sort: full ? 2 : 1,
        limit: 15,
        search: 'Filter functions',
        filter: (row) => `${row.name} ${row.file || ''}`,
      },
    ),
  );
}

export function lines(report) {
  if (!report.lines?.length)
    return card(
      'Source lines',
      note('No line of source is known: build the firmware with ', h('code', {}, '-g'), '.'),
    );
  const total = report.total_cycles - report.sleep_cycles;
  return card(
    'Source lines',
    table(
      [
        {
          title: 'Line',
          text: true,
          value: (row) => `${row.file}:${row.line}`,
          cell: (row) => place(row.file, row.line) || f.NONE,
        },
        {
          title: 'Function',
          text: true,
          value: (row) => row.function,
          cell: (row) => symbol(row.function),
        },
        { title: 'Instructions', value: (row) => row.count },
        { title: 'Cycles', value: (row) => row.cycles },
        {
          title: 'Share',
          hint: 'of the cycles awake',
          value: (row) => row.cycles,
          cell: (row) => f.percent(row.cycles, total),
        },
        {
          title: 'Causes',
          value: (row) => (row.cycles ? 1 - row.stalls.issue / row.cycles : null),
          cell: (row) =>
            stallBar(row.stalls, { title: `${row.file}:${row.line}`, height: '.7rem' }),
        },
      ],
      report.lines,
      {
        caption: 'Source lines',
        sort: 3,
        limit: 15,
        search: 'Filter lines',
        filter: (row) => `${row.file} ${row.function}`,
      },
    ),
  );
}
