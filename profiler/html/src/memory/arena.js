// The tensor arena over the layers: each tensor a box as wide as its life and, where its offset is
// known, at its place; else the lives stacked as the model plans them.
import { h, svg } from '../dom.js';
import * as f from '../format.js';
import { colorOf } from '../palette.js';
import { card, note } from '../widgets/parts.js';
import { tooltip } from '../tooltip.js';
import { onTheme } from '../theme.js';

const WIDTH = 920,
  HEIGHT = 320,
  LEFT = 72,
  BOTTOM = 26,
  TOP = 8,
  RIGHT = 10;

// Where offsets are not known: the lowest place that is free during the tensor's whole life,
// largest tensors first. Only how it is drawn, and said so.
function placed(tensors) {
  const done = [];
  for (const tensor of [...tensors].sort((a, b) => b.bytes - a.bytes)) {
    const beside = done
      .filter((one) => one.first_layer <= tensor.last_layer && tensor.first_layer <= one.last_layer)
      .sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const one of beside) {
      if (offset + tensor.bytes <= one.offset) break;
      offset = Math.max(offset, one.offset + one.bytes);
    }
    done.push({ ...tensor, offset });
  }
  return done;
}

function map(arena, layers) {
  const known = arena.tensors.every((tensor) => tensor.offset >= 0);
  const tensors = known ? arena.tensors : placed(arena.tensors);
  const count = Math.max(layers.length, ...tensors.map((tensor) => tensor.last_layer + 1));
  const top = Math.max(
    ...tensors.map((tensor) => tensor.offset + tensor.bytes),
    known ? arena.used_bytes : 0,
  );
  const x = (layer) => LEFT + ((WIDTH - LEFT - RIGHT) * layer) / count;
  const y = (offset) => HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - TOP) * offset) / top;
  const every = Math.ceil(count / 24);
  const boxes = tensors.map((tensor) => {
    const width = x(tensor.last_layer + 1) - x(tensor.first_layer),
      tall = y(tensor.offset) - y(tensor.offset + tensor.bytes);
    const box = svg(
      'g',
      {
        class: 'tensor',
        tabindex: '0',
        role: 'img',
        'aria-label': `${tensor.name}, ${f.bytes(tensor.bytes)}, layers ${tensor.first_layer} to ${tensor.last_layer}`,
      },
      svg('rect', {
        x: x(tensor.first_layer) + 0.5,
        y: y(tensor.offset + tensor.bytes),
        width: Math.max(1, width - 1),
        height: Math.max(1, tall),
        style: { fill: colorOf(tensor.name) },
      }),
      width > 60 &&
        tall > 14 &&
        svg(
          'text',
          { x: x(tensor.first_layer) + 6, y: y(tensor.offset + tensor.bytes / 2) + 4 },
          f.tail(tensor.name, Math.floor(width / 7)),
        ),
    );
    return tooltip(box, () => ({
      title: tensor.name || 'tensor',
      rows: [
        ['Size', `${f.integer(tensor.bytes)} bytes`],
        ['Layers', `${tensor.first_layer} \u2013 ${tensor.last_layer}`],
        known ? ['Offset', f.integer(tensor.offset)] : ['Offset', 'not known'],
      ],
    }));
  });
  const step = 2 ** Math.ceil(Math.log2(top / 6));
  const marks = Array.from({ length: Math.floor(top / step) + 1 }, (_, i) => i * step);
  const grid = marks.map((bytes) => [
    svg('line', { class: 'grid', x1: LEFT, x2: WIDTH - RIGHT, y1: y(bytes), y2: y(bytes) }),
    svg(
      'text',
      { class: 'tick', x: LEFT - 8, y: y(bytes) + 4, 'text-anchor': 'end' },
      f.bytes(bytes),
    ),
  ]);
  const ticks = Array.from({ length: count }, (_, i) => i)
    .filter((i) => i % every === 0)
    .map((i) =>
      svg(
        'text',
        { class: 'tick', x: (x(i) + x(i + 1)) / 2, y: HEIGHT - 8, 'text-anchor': 'middle' },
        i,
      ),
    );
  const peak = svg('rect', {
    class: 'peak',
    x: x(arena.peak_layer),
    y: TOP,
    width: x(arena.peak_layer + 1) - x(arena.peak_layer),
    height: HEIGHT - TOP - BOTTOM,
  });
  return [
    h(
      'div',
      { class: 'scroll' },
      svg(
        'svg',
        {
          class: 'arena',
          viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
          role: 'group',
          'aria-label': 'Tensors in the arena over the layers',
        },
        grid,
        peak,
        boxes,
        ticks,
      ),
    ),
    h(
      'p',
      { class: 'faint' },
      known
        ? 'Across: layers. Upwards: offset within the arena. Marked: the layer at which most is alive.'
        : 'Across: layers. Upwards: bytes; the places within the arena are not known, so tensors are stacked as compactly as they go. Marked: the layer at which most is alive.',
    ),
  ];
}

export function arena(report, inference) {
  const one = report.memory.arena;
  const bytes = one?.bytes || report.memory.arena_bytes;
  if (!bytes)
    return card(
      'Tensor arena',
      note(
        'No arena was found: name one with a rule file (',
        h('code', {}, 'arena = ["*arena*"]'),
        ').',
      ),
    );
  const layers = inference?.layers || [];
  const facts = [
    ['Symbol', h('code', {}, one?.symbol || report.memory.arena_symbol)],
    ['Size', `${f.integer(bytes)} bytes`],
    one?.used_bytes > 0 && [
      'In use',
      [
        `${f.integer(one.used_bytes)} bytes (${f.percent(one.used_bytes, bytes)})`,
        one.used_source && h('div', { class: 'source' }, one.used_source),
      ],
    ],
    one?.tensor_peak_bytes > 0 && [
      'Tensors alive at once',
      `${f.integer(one.tensor_peak_bytes)} bytes, layer ${one.peak_layer}`,
    ],
    one?.suggested_bytes > 0 && [
      'Suggested size',
      `${f.integer(one.suggested_bytes)} bytes, ${f.bytes(bytes - one.suggested_bytes)} less`,
    ],
  ];
  const drawing = h('div');
  const draw = () => one?.tensors?.length && drawing.replaceChildren(...map(one, layers));
  draw();
  onTheme(draw);
  return card(
    'Tensor arena',
    h(
      'dl',
      { class: 'facts' },
      facts
        .filter(Boolean)
        .map(([label, value]) => h('div', {}, h('dt', {}, label), h('dd', {}, value))),
    ),
    drawing,
  );
}
