// The report and the timeline as the program wrote them into this page.
const STALLS = [
  ['issue', 'Issue', 'first cycle of each instruction'],
  ['load_use', 'Load-use', 'data or address of a load or store not ready, unpipelined access'],
  [
    'multi_cycle',
    'Multi-cycle',
    'further cycles of instructions that need several (LDM, STM, barriers)',
  ],
  ['branch', 'Branch', 'pipeline refill after a taken branch'],
  ['fetch', 'Fetch wait', 'instruction fetch waits for flash or its cache'],
  ['data', 'Data wait', 'data access waits for flash, a RAM bank, the data cache or a bridge'],
  ['contention', 'Contention', 'bus shared with DMA'],
  ['fpu', 'FPU', 'floating-point result or unit not ready'],
  ['divide', 'Divide', 'further cycles of a divide'],
  ['interrupt', 'Exception', 'exception entry, tail-chaining and return'],
  ['sleep', 'Sleep', 'WFI and WFE'],
].map(([key, label, text]) => ({
  key,
  label,
  text,
  color: `var(--stall-${key.replace('_', '-')})`,
}));

export { STALLS };

const parse = (id) => JSON.parse(document.getElementById(id).textContent);

// An energy with its bounds: written as KEY, KEY_low and KEY_high.
export function estimate(object, key) {
  const value = object ? object[key] : undefined;
  if (value === undefined || value === null) return null;
  if (typeof value === 'object') return value;
  return { value, low: object[`${key}_low`] ?? value, high: object[`${key}_high`] ?? value };
}

// Times are written as differences, names as indices: see profiler/exporters/html_timeline.hpp.
function readTimeline(data) {
  const spans = { track: [], name: [], start: [], end: [] };
  const packed = data.spans || [];
  const count = packed.length / 4;
  spans.track = new Uint16Array(count);
  spans.name = new Uint32Array(count);
  spans.start = new Float64Array(count);
  spans.end = new Float64Array(count);
  let now = 0;
  for (let i = 0; i < count; ++i) {
    now += packed[4 * i + 2];
    spans.track[i] = packed[4 * i];
    spans.name[i] = packed[4 * i + 1];
    spans.start[i] = now;
    spans.end[i] = now + packed[4 * i + 3];
  }
  const counters = (data.counters || []).map(({ name, unit, ns, values }) => {
    let at = 0;
    return { name, unit, ns: Float64Array.from(ns, (step) => (at += step)), values };
  });
  const signals = (data.signals || []).map(({ name, pin, ns, values }) => {
    let at = 0;
    return { name, pin, ns: Float64Array.from(ns, (step) => (at += step)), values };
  });
  return {
    tracks: data.tracks || [],
    names: data.names || [],
    spans,
    counters,
    signals,
    dropped: data.dropped || 0,
  };
}

export function readReport() {
  const report = parse('report-data');
  report.timeline = readTimeline(parse('timeline-data'));
  report.end_ns = report.simulated_seconds * 1e9;
  return report;
}

export const sum = (rows, value) => rows.reduce((total, row) => total + (value(row) || 0), 0);
export const elapsedNs = (report, inference) =>
  inference.end_ns > inference.start_ns
    ? inference.end_ns - inference.start_ns
    : (inference.elapsed_cycles / report.clock_hz) * 1e9;
export const inferenceMacs = (inference) => sum(inference.layers, (layer) => layer.macs);

// The inference that stands for the run: the one asked for, else the last complete one that is not a
// warm-up.
export function typicalInference(report) {
  const all = report.inferences;
  const asked = all.findIndex((row) => row.index === (report.shown_inference ?? -1));
  if (asked >= 0) return asked;
  const last = (test) => {
    for (let i = all.length - 1; i >= 0; --i) if (test(all[i])) return i;
    return -1;
  };
  const steady = last((row) => row.complete && !row.warm_up);
  if (steady >= 0) return steady;
  const complete = last((row) => row.complete);
  return complete >= 0 ? complete : all.length - 1;
}
