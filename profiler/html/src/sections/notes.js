// What the figures rest on: assumptions, and hardware that was touched and is not modelled.
import * as f from '../format.js';
import { h } from '../dom.js';
import { card, note, source } from '../widgets/parts.js';
import { table } from '../widgets/table.js';

// The function and line that came first; DMA has none.
function firstPlace(row) {
  if (!row.pc) return '';
  const name = h('code', {}, row.function || row.pc);
  if (!row.file) return name;
  return [name, ' ', source(`${row.file.split('/').pop()}:${row.line}`)];
}

export function notes(report) {
  const { assumptions, unmodelled, firmware, host } = report;
  return [
    card(
      'Assumptions',
      assumptions.length
        ? table(
            [
              {
                title: 'About',
                text: true,
                value: (row) => row.topic,
                cell: (row) => h('code', {}, row.topic),
              },
              { title: 'Assumed', text: true, value: (row) => row.text },
              {
                title: 'Source',
                text: true,
                value: (row) => row.source,
                cell: (row) => source(row.source),
              },
            ],
            assumptions,
            { caption: 'Assumptions' },
          )
        : note('None were made.'),
    ),
    card(
      'Accesses to hardware that is not modelled',
      unmodelled.length
        ? table(
            [
              {
                title: 'Block',
                text: true,
                value: (row) => row.block,
                cell: (row) => [h('code', {}, row.block), row.stub && ' (stub)'],
              },
              { title: 'What', text: true, value: (row) => row.what },
              { title: 'Bits seen set', text: true, value: (row) => row.fields },
              {
                title: 'Address',
                text: true,
                value: (row) => row.address,
                cell: (row) => h('code', {}, row.address),
              },
              { title: 'Access', text: true, value: (row) => row.access },
              { title: 'Times', value: (row) => row.count },
              {
                title: 'First value',
                text: true,
                value: (row) => row.first_value,
                cell: (row) => h('code', {}, row.first_value),
              },
              {
                title: 'Last value',
                text: true,
                value: (row) => row.last_value,
                cell: (row) => h('code', {}, row.last_value),
              },
              {
                title: 'First in',
                text: true,
                value: (row) => row.function || row.pc || '',
                cell: (row) => firstPlace(row),
              },
            ],
            unmodelled,
            { caption: 'Unmodelled accesses', limit: 20 },
          )
        : note('None: everything that the firmware touched is modelled.'),
    ),
    card(
      'This run',
      h(
        'dl',
        { class: 'facts' },
        [
          ['Firmware', `${firmware.path} (${firmware.format})`],
          ['SHA-256', h('code', { class: 'hash' }, firmware.sha256)],
          ['Board', `${report.board}, ${report.soc} at ${f.frequency(report.clock_hz)}`],
          ['Stopped', report.stop_reason],
          ['Written by', `tinyscope ${host.tinyscope_version}`],
          host.seconds > 0 && [
            'Host',
            `${f.time(host.seconds * 1e9, 3)}, ${f.fixed(host.mips, 0)} MIPS, ${f.significant(host.real_time_factor, 3)} times real time`,
          ],
        ]
          .filter(Boolean)
          .map(([label, value]) => h('div', {}, h('dt', {}, label), h('dd', {}, value))),
      ),
    ),
  ];
}
