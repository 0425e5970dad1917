// What ran beside the inferences: interrupt handlers, threads of an RTOS, what has no owner.
import * as f from '../format.js';
import { badge, card, note, symbol } from '../widgets/parts.js';
import { stallBar } from '../widgets/bars.js';
import { table } from '../widgets/table.js';

function interrupts(report) {
  if (!report.interrupts.length) return card('Interrupts', note('No interrupt was taken.'));
  return card(
    'Interrupts',
    table(
      [
        { title: 'Handler', text: true, value: (row) => row.name, cell: (row) => symbol(row.name) },
        { title: 'Exception', value: (row) => row.number },
        { title: 'Taken', value: (row) => row.count },
        { title: 'Cycles', value: (row) => row.cycles, total: f.integer(report.interrupt_cycles) },
        { title: 'Each', unit: 'cycles', value: (row) => row.cycles / row.count },
        {
          title: 'Share',
          value: (row) => row.cycles,
          cell: (row) => f.percent(row.cycles, report.total_cycles, 2),
        },
        { title: 'Energy', value: (row) => row.energy_uj, cell: (row) => f.energy(row.energy_uj) },
        {
          title: 'Causes',
          value: (row) => row.stalls.interrupt,
          cell: (row) => stallBar(row.stalls, { title: row.name, height: '.7rem' }),
        },
      ],
      report.interrupts,
      { caption: 'Interrupts', sort: 3 },
    ),
  );
}

function threads(report) {
  const { rtos, rows, handler_cycles: handlers } = report.threads;
  if (!rows.length) return null;
  return card(
    `Threads of ${rtos}`,
    table(
      [
        {
          title: 'Thread',
          text: true,
          value: (row) => row.name,
          cell: (row) => [symbol(row.name), ' ', row.idle && badge('idle')],
        },
        { title: 'Cycles', value: (row) => row.cycles },
        { title: 'asleep', value: (row) => row.sleep_cycles },
        {
          title: 'Share',
          value: (row) => row.cycles,
          cell: (row) => f.percent(row.cycles, report.total_cycles),
        },
        { title: 'Starts', value: (row) => row.starts },
        {
          title: 'Stack peak',
          value: (row) => row.stack_peak_bytes,
          cell: (row) => [
            f.bytes(row.stack_peak_bytes),
            row.stack_bytes > 0 &&
              row.stack_peak_bytes > row.stack_bytes && [' ', badge('overflow', 'bad')],
          ],
        },
        {
          title: 'of',
          value: (row) => row.stack_bytes,
          cell: (row) => (row.stack_bytes ? f.bytes(row.stack_bytes) : f.NONE),
        },
      ],
      rows,
      { caption: 'Threads', sort: 1 },
    ),
    note(`Handlers took ${f.integer(handlers)} cycles more.`),
  );
}

function phaseTable(report) {
  if (!report.phases?.length) return null;
  return card(
    'Phases',
    table(
      [
        { title: 'Phase', text: true, value: (row) => row.name },
        { title: 'Entered', value: (row) => row.count },
        { title: 'Cycles', value: (row) => row.cycles, total: f.integer(report.total_cycles) },
        {
          title: 'Share',
          value: (row) => row.cycles,
          cell: (row) => f.percent(row.cycles, report.total_cycles, 2),
        },
        { title: 'Instructions', value: (row) => row.instructions },
        { title: 'Energy', value: (row) => row.energy_uj, cell: (row) => f.energy(row.energy_uj) },
        {
          title: 'Causes',
          value: (row) => row.stalls?.sleep,
          cell: (row) => stallBar(row.stalls, { title: row.name, height: '.7rem' }),
        },
      ],
      report.phases,
      { caption: 'Phases of the run', sort: 2 },
    ),
  );
}

export const system = (report) => [
  phaseTable(report),
  interrupts(report),
  threads(report),
  note(
    `Layers, interrupts and ${f.integer(report.unattributed_cycles)} cycles outside of both (sleep included) add up to the run's ${f.integer(report.total_cycles)}.`,
  ),
];
