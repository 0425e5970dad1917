// What ran when: spans above, values below on the same time axis.
import { h } from '../dom.js';
import * as f from '../format.js';
import { typicalInference } from '../report.js';
import { missing, note } from '../widgets/parts.js';
import { counterChart } from '../timeline/counter_chart.js';
import { timelineView } from '../timeline/view.js';
import { whenShown } from '../widgets/when_shown.js';

const COLORS = { power: '--energy', stack: '--memory-stack', heap: '--memory-heap' };

// Pins and power states become tracks of their own: a span for each value that is held.
function withSignals(timeline, end) {
  if (!timeline.signals.length) return timeline;
  const { spans } = timeline;
  const tracks = [...timeline.tracks],
    names = [...timeline.names];
  const index = new Map(names.map((name, i) => [name, i]));
  const nameIndex = (name) => {
    if (!index.has(name)) {
      index.set(name, names.length);
      names.push(name);
    }
    return index.get(name);
  };
  const more = { track: [], name: [], start: [], end: [] };
  for (const signal of timeline.signals) {
    const track = tracks.push(signal.name) - 1;
    signal.values.forEach((value, i) => {
      if (value === '' || value === 'off' || (signal.pin && value === '0')) return;
      more.track.push(track);
      more.name.push(nameIndex(signal.pin ? (value === '1' ? 'high' : value) : value));
      more.start.push(signal.ns[i]);
      more.end.push(signal.ns[i + 1] ?? end);
    });
  }
  const joined = (Type, key) => {
    const all = new Type(spans[key].length + more[key].length);
    all.set(spans[key]);
    all.set(more[key], spans[key].length);
    return all;
  };
  return {
    ...timeline,
    tracks,
    names,
    spans: {
      track: joined(Uint16Array, 'track'),
      name: joined(Uint32Array, 'name'),
      start: joined(Float64Array, 'start'),
      end: joined(Float64Array, 'end'),
    },
  };
}

// A counter holds its last value until the run ends.
function heldUntil(counter, end) {
  if (counter.ns.at(-1) >= end) return counter;
  return {
    ...counter,
    ns: Float64Array.from([...counter.ns, end]),
    values: [...counter.values, counter.values.at(-1)],
  };
}

export function timeline(report) {
  const recorded = report.timeline;
  const counters = recorded.counters
    .filter((counter) => counter.ns.length > 0)
    .map((counter) => heldUntil(counter, report.end_ns));
  if (!recorded.spans.start.length && !counters.length)
    return [missing('What ran when is not in this report.', 'tinyscope profile --html')];
  const end = Math.max(report.end_ns, ...recorded.spans.end.slice(-1));
  const charts = [];
  let shown = [0, end],
    waiting = false;
  const follow = (start, stop) => {
    shown = [start, stop];
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      charts.forEach((chart) => chart.show(...shown));
    });
  };
  const view = timelineView(withSignals(recorded, end), end, follow);
  const inference = report.inferences[typicalInference(report)];
  const button = (text, label, onclick) =>
    h('button', { type: 'button', 'aria-label': label, title: label, onclick }, text);
  const lanes = counters.map((counter) => {
    const plot = h('div', { class: 'plot' });
    whenShown(plot, () =>
      charts.push(
        counterChart(
          plot,
          counter.ns,
          [
            {
              label: counter.name,
              color: COLORS[counter.name] || '--accent',
              values: counter.values,
            },
          ],
          {
            unit: counter.unit,
            height: 92,
            sync: 'timeline',
            range: { start: shown[0], end: shown[1] },
            onselect: (start, stop) => view.show(start, stop),
            reset: () => view.all(),
          },
        ),
      ),
    );
    return h('div', { class: 'lane' }, h('h4', {}, counter.name), plot);
  });
  return [
    h(
      'div',
      { class: 'card timeline' },
      h(
        'div',
        { class: 'toolbar' },
        button('+', 'Zoom in', () => view.zoom(0.5)),
        button('\u2212', 'Zoom out', () => view.zoom(2)),
        button('All', 'Show the whole run', () => view.all()),
        inference &&
          inference.end_ns > inference.start_ns &&
          button('Inference', `Show inference ${inference.index + 1}`, () => {
            const room = (inference.end_ns - inference.start_ns) * 0.03;
            view.show(inference.start_ns - room, inference.end_ns + room);
          }),
        h(
          'span',
          { class: 'faint hint' },
          'Drag to pan, Ctrl + wheel to zoom, double-click a span to fill the width',
        ),
      ),
      view.plane,
      view.detail,
      lanes,
      !recorded.tracks.some((name) => name.startsWith('functions')) &&
        note('With ', h('code', {}, '--timeline-functions'), ', functions are shown as well.'),
      recorded.dropped > 0 && note(`${f.integer(recorded.dropped)} further events were not kept.`),
    ),
  ];
}
