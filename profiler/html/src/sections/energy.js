// Where the energy went, each figure with the bounds that its source allows.
import { h } from '../dom.js';
import * as f from '../format.js';
import { estimate } from '../report.js';
import { estimateBar, stackedBar } from '../widgets/bars.js';
import { card, missing, source } from '../widgets/parts.js';
import { table } from '../widgets/table.js';

const range = (value) => [
  f.energy(value.value),
  ' ',
  h('span', { class: 'faint nowrap' }, f.energyRange(value)),
];
const fact = (label, ...value) => h('div', {}, h('dt', {}, label), h('dd', {}, value));

function totals(report) {
  const { energy } = report;
  const each = estimate(energy, 'per_inference_uj');
  const mean = estimate(energy, 'average_mw');
  return h(
    'dl',
    { class: 'facts' },
    fact('Whole run', range(estimate(energy, 'total_uj'))),
    each && fact('Each inference', range(each)),
    mean?.value > 0 &&
      fact(
        'On average',
        f.power(mean.value),
        ' ',
        h('span', { class: 'faint' }, f.powerRange(mean)),
      ),
    fact('Supply', `${f.significant(energy.supply_volts, 3)}\u00a0V`),
  );
}

function battery(one) {
  if (!one) return null;
  const active = estimate(one, 'active_uj'),
    sleep = estimate(one, 'sleep_uj'),
    life = estimate(one, 'life_hours');
  return card(
    `Battery: ${one.battery.toUpperCase()}`,
    h(
      'dl',
      { class: 'facts' },
      fact(
        'Lasts',
        f.hours(life.value),
        ' ',
        h('span', { class: 'faint' }, `${f.hours(life.low)} \u2013 ${f.hours(life.high)}`),
      ),
      fact('Capacity', `${f.significant(one.capacity_mah, 3)}\u00a0mAh`),
      fact('One inference every', f.tick(one.period_seconds * 1e9)),
      fact('of that awake', f.tick(one.active_seconds * 1e9)),
      one.sleep_state && fact('Asleep in', one.sleep_state),
    ),
    stackedBar(
      [
        {
          label: 'awake',
          value: active.value,
          text: f.energy(active.value),
          color: 'var(--energy)',
        },
        {
          label: 'asleep',
          value: sleep.value,
          text: f.energy(sleep.value),
          color: 'var(--stall-sleep)',
        },
      ],
      { title: 'Energy of one period', height: '1.25rem' },
    ),
    h(
      'p',
      { class: 'faint' },
      `${f.fixed(one.sleep_percent, 1)}\u00a0% of the energy goes while asleep. Capacity: ${one.capacity_source}`,
    ),
  );
}

export function energy(report) {
  const { parts } = report.energy;
  if (!parts.length)
    return [missing('No current of this chip is described, so energy is not known.')];
  const most = Math.max(...parts.map((part) => estimate(part, 'energy_uj').high));
  const total = report.energy.total_uj;
  return [
    card(
      null,
      totals(report),
      table(
        [
          {
            title: 'Part',
            text: true,
            value: (row) => row.unit,
            cell: (row) => h('b', {}, row.unit),
          },
          {
            title: 'State',
            text: true,
            value: (row) => row.state,
            cell: (row) => [
              row.state,
              row.condition && h('div', { class: 'faint' }, row.condition),
            ],
          },
          {
            title: 'For',
            value: (row) => row.seconds,
            cell: (row) =>
              row.events > 0 ? `${f.integer(row.events)} times` : f.time(row.seconds * 1e9),
          },
          {
            title: 'Energy',
            value: (row) => row.energy_uj,
            cell: (row) => f.energy(row.energy_uj),
          },
          {
            title: 'Share',
            value: (row) => row.energy_uj,
            cell: (row) => f.percent(row.energy_uj, total),
          },
          {
            title: 'Low \u2013 high',
            value: (row) => row.energy_uj_high - row.energy_uj_low,
            cell: (row) =>
              h('span', { class: 'nowrap' }, f.energyRange(estimate(row, 'energy_uj'))),
          },
          {
            title: 'With bounds',
            value: (row) => row.energy_uj,
            cell: (row) => estimateBar(estimate(row, 'energy_uj'), most),
          },
          {
            title: 'Source',
            text: true,
            value: (row) => row.source,
            cell: (row) => source(row.source),
          },
        ],
        parts,
        { caption: 'Energy by part', sort: 3 },
      ),
    ),
    battery(report.energy.battery),
  ];
}
