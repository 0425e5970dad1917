// One row per layer: a chart that shows cycles, stalls, energy or memory, and the table below it.
import { h, replace } from '../dom.js';
import * as f from '../format.js';
import { elapsedNs, estimate, sum, typicalInference } from '../report.js';
import {
  stackedBar,
  stallParts,
  stallLegend,
  estimateBar,
  legend,
  stallBar,
} from '../widgets/bars.js';
import { badge, card, shortSymbol, symbol } from '../widgets/parts.js';
import { choice } from '../widgets/choice.js';
import { table } from '../widgets/table.js';
import { tooltip } from '../tooltip.js';

const MEMORY = [
  ['arena_live_bytes', 'Tensors alive in the arena', 'var(--memory-arena)'],
  ['stack_peak_bytes', 'Stack', 'var(--memory-stack)'],
  ['heap_peak_bytes', 'Heap', 'var(--memory-heap)'],
];

const cpi = (layer) => (layer.instructions > 0 ? layer.cycles / layer.instructions : 0);

const MEASURES = {
  cycles: {
    label: 'Cycles',
    value: (layer) => layer.cycles,
    text: (layer, total) => [f.integer(layer.cycles), f.percent(layer.cycles, total)],
    bar: (layer, most) =>
      h(
        'span',
        { class: 'plain' },
        h('i', { style: { width: `${(100 * layer.cycles) / most}%` } }),
      ),
  },
  stalls: {
    label: 'Stalls',
    value: (layer) => layer.cycles,
    text: (layer, total) => [f.integer(layer.cycles), f.percent(layer.cycles, total)],
    bar: (layer, most) =>
      stackedBar(stallParts(layer.stalls), { total: most, title: f.layerName(layer) }),
    legend: (inference) => stallLegend(inference.stalls),
  },
  cpi: {
    label: 'CPI',
    value: cpi,
    text: (layer) => [f.fixed(cpi(layer), 3), 'cycles/instr.'],
    bar: (layer, most) =>
      stackedBar(stallParts(layer.stalls), {
        total: most * layer.instructions,
        title: `${f.layerName(layer)}, cycles per instruction`,
      }),
    legend: (inference) => stallLegend(inference.stalls),
  },
  energy: {
    label: 'Energy',
    value: (layer) => layer.energy_uj,
    most: (layer) => estimate(layer, 'energy_uj').high,
    text: (layer, total) => [f.energy(layer.energy_uj), f.percent(layer.energy_uj, total)],
    bar: (layer, most) => estimateBar(estimate(layer, 'energy_uj'), most),
    legend: () =>
      legend([{ label: 'estimate, with its low and high bound', color: 'var(--energy)' }]),
  },
  memory: {
    label: 'Memory',
    value: (layer) => sum(MEMORY, ([key]) => layer[key]),
    text: (layer) => [f.bytes(sum(MEMORY, ([key]) => layer[key])), ''],
    bar: (layer, most) =>
      stackedBar(
        MEMORY.map(([key, label, color]) => ({
          label,
          color,
          value: layer[key] || 0,
          text: f.bytes(layer[key] || 0),
        })),
        { total: most, title: f.layerName(layer) },
      ),
    legend: () => legend(MEMORY.map(([, label, color]) => ({ label, color }))),
  },
};

function details(layer, inference) {
  return {
    title: f.layerName(layer),
    rows: [
      ['Kernel', layer.kernel],
      ['Cycles', `${f.integer(layer.cycles)} (${f.percent(layer.cycles, inference.cycles)})`],
      ['MACs', layer.macs ? f.integer(layer.macs) : ''],
      ['Energy', layer.energy_uj > 0 ? f.energy(layer.energy_uj) : ''],
      ['Stack', f.bytes(layer.stack_peak_bytes)],
    ],
  };
}

function chart(report, inference, measure) {
  const { value, most, text, bar, legend: keys } = MEASURES[measure];
  const total = sum(inference.layers, value);
  const longest = Math.max(...inference.layers.map(most || value), 0) || 1;
  return [
    h(
      'ol',
      { class: 'layer-chart', 'data-measure': measure },
      inference.layers.map((layer) => {
        const [amount, share] = text(layer, total);
        const name = h(
          'a',
          { href: `#layer-${layer.index}`, class: 'name' },
          h('small', {}, layer.index),
          ' ',
          layer.op,
        );
        return h(
          'li',
          {},
          tooltip(name, () => details(layer, inference)),
          bar(layer, longest),
          h('span', { class: 'amount' }, amount),
          h('span', { class: 'share' }, share),
        );
      }),
    ),
    keys && keys(inference),
  ];
}

function rows(report, inference) {
  const macs = sum(inference.layers, (layer) => layer.macs);
  const has = (value) => inference.layers.some(value);
  const columns = [
    { title: '#', value: (layer) => layer.index },
    {
      title: 'Operator',
      text: true,
      value: (layer) => layer.op,
      total: `${inference.layers.length} layers`,
      cell: (layer) => [
        h('b', {}, layer.op),
        layer.name && h('div', { class: 'faint clip', title: layer.name }, layer.name),
      ],
    },
    {
      title: 'Kernel',
      text: true,
      value: (layer) => layer.kernel,
      cell: (layer) => [
        shortSymbol(layer.kernel || f.NONE),
        layer.kernel_kind &&
          layer.kernel_kind !== 'unknown' &&
          h(
            'div',
            {},
            badge(layer.kernel_kind, layer.kernel_kind === 'optimised' ? 'good' : 'warn'),
          ),
      ],
    },
    {
      title: 'Output',
      text: true,
      value: (layer) => (layer.output_shape || []).reduce((a, b) => a * b, 1),
      cell: (layer) => h('span', { class: 'nowrap' }, f.shape(layer.output_shape)),
    },
    {
      title: 'Cycles',
      hint: 'and time, and share of the inference',
      value: (layer) => layer.cycles,
      total: f.integer(sum(inference.layers, (layer) => layer.cycles)),
      cell: (layer) => [
        h('span', { class: 'cycles' }, f.integer(layer.cycles)),
        h(
          'div',
          {},
          h(
            'small',
            {},
            `${f.time((layer.cycles / report.clock_hz) * 1e9, 3)} · ${f.percent(layer.cycles, inference.cycles)}`,
          ),
        ),
      ],
    },
    {
      title: 'Causes',
      hint: 'Cycles by cause, see Stalls',
      value: (layer) => 1 - layer.stalls.issue / layer.cycles,
      cell: (layer) => stallBar(layer.stalls, { title: f.layerName(layer), height: '.7rem' }),
    },
  ];
  if (macs > 0)
    columns.push(
      {
        title: 'MACs',
        value: (layer) => layer.macs,
        cell: (layer) => (layer.macs ? f.integer(layer.macs) : f.NONE),
        total: f.integer(macs),
      },
      {
        title: 'Each',
        unit: 'cycles',
        hint: 'Cycles per MAC',
        value: (layer) => (layer.macs ? layer.cycles / layer.macs : null),
        cell: (layer) => (layer.macs ? f.fixed(layer.cycles / layer.macs, 2) : f.NONE),
        total: f.fixed(inference.cycles / macs, 2),
      },
    );
  if (has((layer) => layer.roof_percent != null))
    columns.push({
      title: 'Roof',
      hint: report.roof?.text,
      value: (layer) => layer.roof_percent,
      cell: (layer) =>
        layer.roof_percent == null ? f.NONE : `${f.fixed(layer.roof_percent, 1)}\u00a0%`,
    });
  if (has((layer) => layer.energy_uj > 0))
    columns.push({
      title: 'Energy',
      value: (layer) => layer.energy_uj,
      cell: (layer) => f.energy(layer.energy_uj),
      total: f.energy(inference.energy_uj),
    });
  columns.push({
    title: 'Stack',
    value: (layer) => layer.stack_peak_bytes,
    cell: (layer) => f.bytes(layer.stack_peak_bytes),
  });
  if (has((layer) => layer.arena_live_bytes > 0))
    columns.push({
      title: 'Arena',
      hint: 'Tensors alive while the layer runs',
      value: (layer) => layer.arena_live_bytes,
      cell: (layer) => f.bytes(layer.arena_live_bytes),
    });
  if (has((layer) => layer.heap_peak_bytes > 0))
    columns.push({
      title: 'Heap',
      value: (layer) => layer.heap_peak_bytes,
      cell: (layer) => f.bytes(layer.heap_peak_bytes),
    });
  if (has((layer) => layer.weight_bytes > 0))
    columns.push({
      title: 'Weights',
      value: (layer) => layer.weight_bytes,
      cell: (layer) => f.bytes(layer.weight_bytes),
      total: f.bytes(sum(inference.layers, (layer) => layer.weight_bytes)),
    });
  return table(columns, inference.layers, {
    caption: `Layers of inference ${inference.index + 1}`,
    rowId: (layer) => `layer-${layer.index}`,
    detail: (layer) =>
      layer.notes?.length > 0 &&
      h(
        'ul',
        { class: 'notes' },
        layer.notes.map((text) => h('li', {}, text)),
      ),
  });
}

function about(report, inference) {
  return h(
    'p',
    { class: 'faint' },
    inference.model && [h('b', {}, inference.model), ', '],
    symbol(inference.function),
    `, rules ${inference.rules}, `,
    `${f.integer(inference.cycles)} cycles in ${f.time(elapsedNs(report, inference))}`,
    inference.own_cycles > 0 && `, ${f.integer(inference.own_cycles)} of them between layers`,
    inference.interrupt_cycles > 0 && `, interrupts ${f.integer(inference.interrupt_cycles)} more`,
    '. ',
    inference.warm_up && badge('warm-up'),
    !inference.complete && badge('cut off', 'warn'),
  );
}

export function layers(report) {
  if (!report.inferences.length)
    return [h('p', { class: 'missing' }, 'No inference was seen.')];
  let chosen = typicalInference(report);
  let measure = 'cycles';
  const heading = h('div');
  const drawing = h('div', { 'aria-live': 'polite' });
  const list = h('div');
  const draw = () => replace(drawing, chart(report, report.inferences[chosen], measure));
  const show = () => {
    const inference = report.inferences[chosen];
    replace(heading, about(report, inference));
    replace(list, rows(report, inference));
    draw();
  };
  const select =
    report.inferences.length > 1 &&
    h(
      'label',
      { class: 'select' },
      'Inference ',
      h(
        'select',
        {
          onchange: (event) => {
            chosen = Number(event.target.value);
            show();
          },
        },
        report.inferences.map((row, index) =>
          h(
            'option',
            { value: index, selected: index === chosen },
            `${row.index + 1}${row.warm_up ? ', warm-up' : ''}${row.complete ? '' : ', cut off'}: ${f.integer(row.cycles)} cycles`,
          ),
        ),
      ),
    );
  show();
  return [
    h(
      'div',
      { class: 'card' },
      h(
        'div',
        { class: 'toolbar' },
        select,
        choice(
          'Measure',
          Object.entries(MEASURES).map(([key, { label }]) => [key, label]),
          measure,
          (value) => {
            measure = value;
            draw();
          },
        ),
      ),
      heading,
      drawing,
    ),
    card(null, list),
    report.roof?.macs_per_cycle > 0 && h('p', { class: 'faint' }, `Roof: ${report.roof.text}.`),
  ];
}
