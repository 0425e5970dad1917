// What to change, with what it would save and how that is known.
import { h } from '../dom.js';
import * as f from '../format.js';
import { badge, card, note } from '../widgets/parts.js';

const saving = (label, value, text) =>
  value
    ? h(
        'li',
        { class: value > 0 ? 'gain' : 'loss' },
        h('b', {}, `${value > 0 ? '\u2212' : '+'}${text(Math.abs(value))}`),
        ` ${label}`,
      )
    : null;

const advised = (row) =>
  h(
    'li',
    { class: 'card advice' },
    h('div', {}, h('h3', {}, row.title), h('p', {}, row.text), h('p', { class: 'faint' }, row.how)),
    h(
      'ul',
      { class: 'savings' },
      saving('cycles', row.cycles_saved, f.integer),
      saving('time', row.milliseconds_saved, (ms) => f.time(ms * 1e6, 3)),
      saving('energy', row.uj_saved, f.energy),
      saving('RAM', row.ram_bytes_saved, f.bytes),
      saving('flash', row.flash_bytes_saved, f.bytes),
    ),
  );

export function advice(report) {
  const { lint = [], advice: rows = [] } = report;
  return [
    rows.length
      ? [
          h('ol', { class: 'advised' }, rows.map(advised)),
          h('p', { class: 'faint' }, 'Savings are for one inference.'),
        ]
      : note(
          h('code', {}, '--advice'),
          ' replays the run with other settings and says what each would save.',
        ),
    lint.length > 0 &&
      card(
        'Configuration',
        h(
          'ul',
          { class: 'lint' },
          lint.map((row) =>
            h(
              'li',
              {},
              badge(row.rule, 'warn'),
              ' ',
              row.text,
              h('p', { class: 'faint' }, row.fix),
            ),
          ),
        ),
      ),
  ];
}
