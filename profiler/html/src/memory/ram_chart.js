// RAM over time: what stack and heap take on top of static data, the peak marked.
import { h } from '../dom.js';
import * as f from '../format.js';
import { missing } from '../widgets/parts.js';
import { counterChart } from '../timeline/counter_chart.js';
import { whenShown } from '../widgets/when_shown.js';

// The values of several step functions at all times at which any of them changes.
function together(counters, end) {
  const ns = [...new Set(counters.flatMap((counter) => [...counter.ns, end]))].sort(
    (a, b) => a - b,
  );
  return [
    ns,
    counters.map((counter) => {
      let at = -1;
      return ns.map((time) => {
        while (at + 1 < counter.ns.length && counter.ns[at + 1] <= time) ++at;
        return at < 0 ? 0 : counter.values[at];
      });
    }),
  ];
}

export function ramChart(report) {
  const counters = ['stack', 'heap']
    .map((name) => report.timeline.counters.find((one) => one.name === name))
    .filter((one) => one && one.ns.length > 1);
  if (!counters.length)
    return missing('Stack and heap over time are not in this report.', 'tinyscope profile --html');
  const [ns, values] = together(counters, report.end_ns);
  const { static_ram_bytes: fixed, ram_peak_bytes: peak, ram_peak_ns: at } = report.memory;
  // Static data is the same all the time and would squeeze the rest, so it is the floor. Each is
  // drawn up to the sum so far, the largest first and behind.
  const series = [];
  let below = ns.map(() => 0);
  counters.forEach((counter, i) => {
    below = below.map((value, k) => value + values[i][k]);
    series.unshift({
      label: counter.name,
      color: `--memory-${counter.name}`,
      values: below,
      shown: values[i],
    });
  });
  const parent = h('div', {
    class: 'plot',
    role: 'img',
    'aria-label': `RAM over time, ${f.bytes(peak)} at the peak`,
  });
  whenShown(parent, () => {
    const chart = counterChart(parent, Float64Array.from(ns), series, {
      unit: 'bytes',
      height: 240,
      stacked: true,
      gutter: 76,
      xAxis: true,
      legend: true,
      most: peak - fixed,
      mark: peak > 0 ? { ns: at, value: peak - fixed, text: `peak ${f.bytes(peak)}` } : null,
      reset: () => chart.show(ns[0], Math.max(report.end_ns, ns[ns.length - 1])),
      range: { start: 0, end: Math.max(report.end_ns, ns[ns.length - 1]) },
    });
  });
  return [
    h(
      'h4',
      {},
      `${counters.length > 1 ? 'Stack and heap' : counters[0].name === 'stack' ? 'Stack' : 'Heap'} over time, on top of ${f.bytes(fixed)} of static data`,
    ),
    parent,
    h('p', { class: 'faint' }, 'Drag to zoom, double-click for all of it.'),
  ];
}
