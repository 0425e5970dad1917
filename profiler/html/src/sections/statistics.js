// Several inferences of one model: warm-up apart from the steady state, and how much they differ.
import { h, svg } from '../dom.js';
import * as f from '../format.js';
import { badge, card, note, symbol } from '../widgets/parts.js';
import { legend } from '../widgets/bars.js';
import { table } from '../widgets/table.js';
import { tooltip } from '../tooltip.js';

const spread = ({ mean, deviation }) => (mean > 0 ? f.percent(deviation, mean, 2) : f.NONE);

// Cycles of each inference as a dot; the axis begins where the values do, so that small
// differences show, and says so.
function dots(inferences) {
  const height = 120,
    margin = 12;
  const values = inferences.map((row) => row.cycles);
  const low = Math.min(...values),
    high = Math.max(...values);
  const x = (i) => `${(100 * (i + 0.5)) / inferences.length}%`;
  const y = (value) =>
    high > low ? margin + ((height - 2 * margin) * (high - value)) / (high - low) : height / 2;
  const radius = inferences.length > 120 ? 2 : 4;
  return h(
    'figure',
    { class: 'dots' },
    svg(
      'svg',
      {
        height,
        role: 'img',
        'aria-label': `Cycles of ${inferences.length} inferences, ${f.integer(low)} to ${f.integer(high)}`,
      },
      inferences.map((row, i) =>
        tooltip(
          svg('circle', {
            cx: x(i),
            cy: y(row.cycles),
            r: radius,
            class: row.warm_up ? 'warm-up' : row.complete ? 'steady' : 'cut',
          }),
          () => ({
            title: `Inference ${row.index + 1}${row.warm_up ? ', warm-up' : ''}`,
            rows: [['Cycles', f.integer(row.cycles)]],
          }),
        ),
      ),
    ),
    h(
      'figcaption',
      { class: 'faint' },
      high > low
        ? `Each dot one inference, from ${f.integer(low)} (bottom) to ${f.integer(high)} (top) cycles.`
        : `Each dot one inference; all took ${f.integer(low)} cycles.`,
    ),
  );
}

function layerStatistics(report, group) {
  const inference = report.inferences.find(
    (row) =>
      group.inferences.includes(row.index) && row.layers.length === group.layer_cycles.length,
  );
  if (!inference) return null;
  const rows = group.layer_cycles.map((statistics, i) => ({
    ...statistics,
    layer: inference.layers[i],
  }));
  return h(
    'details',
    {},
    h('summary', {}, `Spread of each of the ${rows.length} layers`),
    table(
      [
        { title: '#', value: (row) => row.layer.index },
        { title: 'Operator', text: true, value: (row) => row.layer.op },
        { title: 'Mean', unit: 'cycles', value: (row) => row.mean },
        { title: 'Least', value: (row) => row.min },
        { title: 'Most', value: (row) => row.max },
        {
          title: 'Deviation',
          value: (row) => row.deviation,
          cell: (row) => f.integer(row.deviation),
        },
        {
          title: 'of mean',
          value: (row) => (row.mean ? row.deviation / row.mean : 0),
          cell: spread,
        },
      ],
      rows,
      { caption: 'Layers over the steady inferences' },
    ),
  );
}

function group(report, one) {
  const members = report.inferences.filter((row) => one.inferences.includes(row.index));
  const figures = [
    ['Cycles', one.cycles, f.integer],
    ['Elapsed time', one.milliseconds, (ms) => f.time(ms * 1e6)],
    ['Energy', one.energy_uj, f.energy],
  ].filter(([, statistics]) => statistics && statistics.max > 0);
  const cut = members.filter((row) => !row.complete).length;
  return card(
    one.model || one.function,
    h(
      'p',
      {},
      symbol(one.function),
      ' ',
      badge(`${one.steady} steady`, 'good'),
      ' ',
      one.warm_up > 0 && [badge(`${one.warm_up} warm-up`), ' '],
      cut > 0 && badge(`${cut} cut off`, 'warn'),
    ),
    one.steady === 1 &&
      note('One inference has no spread: ', h('code', {}, '--until inferences:10'), ' runs more.'),
    one.steady > 1 &&
      h(
        'div',
        { class: 'scroll' },
        h(
          'table',
          {},
          h('caption', { class: 'unseen' }, 'Statistics of the steady inferences'),
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              ['', 'Mean', 'Least', 'Most', 'Standard deviation', 'of mean'].map((title) =>
                h('th', { scope: 'col', class: title ? 'number' : 'text' }, title),
              ),
            ),
          ),
          h(
            'tbody',
            {},
            figures.map(([title, statistics, text]) =>
              h(
                'tr',
                {},
                h('th', { scope: 'row', class: 'text' }, title),
                [statistics.mean, statistics.min, statistics.max, statistics.deviation].map(
                  (value) => h('td', { class: 'number' }, text(value)),
                ),
                h('td', { class: 'number' }, spread(statistics)),
              ),
            ),
          ),
        ),
      ),
    members.length > 1 && [
      dots(members),
      legend(
        [
          { label: 'steady', color: 'var(--accent)' },
          members.some((row) => row.warm_up) && { label: 'warm-up', color: 'var(--warm)' },
          cut > 0 && { label: 'cut off', color: 'var(--faint)' },
        ].filter(Boolean),
      ),
    ],
    one.layer_cycles?.length > 0 && one.steady > 1 && layerStatistics(report, one),
  );
}

export const statistics = (report) => (report.groups || []).map((one) => group(report, one));
