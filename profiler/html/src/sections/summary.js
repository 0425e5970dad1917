// The figures somebody asks for first, and where the time went.
import { h } from '../dom.js';
import * as f from '../format.js';
import { elapsedNs, estimate, inferenceMacs, typicalInference } from '../report.js';
import { legend, meter, stackedBar, stallBar, stallLegend } from '../widgets/bars.js';
import { card } from '../widgets/parts.js';
import { colorOf } from '../palette.js';

function figure(id, label, [value, unit], ...details) {
  return h(
    'div',
    { class: 'figure', id: `figure-${id}` },
    h('h3', {}, label),
    h(
      'p',
      { class: 'big' },
      h('span', { class: 'value' }, value),
      unit && h('small', {}, ` ${unit}`),
    ),
    details.map(
      (detail) => detail && (detail instanceof Node ? detail : h('p', { class: 'faint' }, detail)),
    ),
  );
}

function latency(report, inference) {
  const group = report.groups?.find((one) => one.inferences.includes(inference.index));
  if (group && group.steady > 1) {
    const { mean, min, max } = group.milliseconds;
    return figure(
      'latency',
      'Latency',
      f.timeParts(mean * 1e6),
      `steady mean of ${group.steady}`,
      max > min && f.timeRange(min * 1e6, max * 1e6),
      `${f.integer(group.cycles.mean)} cycles`,
    );
  }
  return figure(
    'latency',
    'Latency',
    f.timeParts(elapsedNs(report, inference)),
    `${f.integer(inference.cycles)} cycles`,
    inference.interrupt_cycles > 0 && `+ ${f.integer(inference.interrupt_cycles)} in interrupts`,
  );
}

function efficiency(report, inference) {
  const macs = inferenceMacs(inference);
  if (!macs) return null;
  const rate = macs / inference.cycles;
  const roof = report.roof?.macs_per_cycle;
  return figure(
    'macs',
    'MACs per cycle',
    [f.fixed(rate, 3), ''],
    roof > 0 ? meter(rate, roof, 'Share of the roof') : null,
    roof > 0
      ? h(
          'p',
          { class: 'faint', title: report.roof.text },
          `${f.percent(rate, roof)} of roof ${f.significant(roof, 2)}`,
        )
      : null,
    `${f.short(macs)} MACs`,
  );
}

function figures(report) {
  const inference = report.inferences[typicalInference(report)];
  const memory = report.memory;
  const ram = memory.ram_peak_bytes || memory.static_ram_bytes + memory.stack_peak_bytes;
  const energy = estimate(report.energy, 'per_inference_uj');
  const total = estimate(report.energy, 'total_uj');
  const mean = estimate(report.energy, 'average_mw');
  const battery = report.energy.battery;
  const life = battery && estimate(battery, 'life_hours');
  return h(
    'div',
    { class: 'figures' },
    inference
      ? latency(report, inference)
      : figure(
          'run',
          'Run',
          f.timeParts(report.end_ns),
          `${f.integer(report.total_cycles)} cycles`,
        ),
    (energy || total?.value > 0) &&
      figure(
        'energy',
        energy ? 'Inference energy' : 'Energy',
        f.energyParts((energy || total).value),
        f.energyRange(energy || total),
        mean?.value > 0 && `run: ${f.power(mean.value)} on average`,
      ),
    ram > 0 &&
      figure(
        'ram',
        'RAM peak',
        f.bytesParts(ram),
        meter(ram, memory.ram_total_bytes, 'RAM in use'),
        memory.ram_total_bytes > 0 &&
          `${f.percent(ram, memory.ram_total_bytes)} of ${f.bytes(memory.ram_total_bytes)}`,
      ),
    memory.flash_bytes > 0 &&
      figure(
        'flash',
        'Flash',
        f.bytesParts(memory.flash_bytes),
        meter(memory.flash_bytes, memory.flash_total_bytes, 'Flash in use'),
        memory.flash_total_bytes > 0 &&
          `${f.percent(memory.flash_bytes, memory.flash_total_bytes)} of ${f.bytes(memory.flash_total_bytes)}`,
      ),
    inference && efficiency(report, inference),
    battery &&
      figure(
        'battery',
        'Battery life',
        f.hours(life.value).split('\u00a0'),
        life.high > life.low && `${f.hours(life.low)} \u2013 ${f.hours(life.high)}`,
        `${battery.battery.toUpperCase()}, every ${f.tick(battery.period_seconds * 1e9)}`,
      ),
  );
}

function phases(report) {
  if (!report.phases?.length) return null;
  const parts = report.phases
    .filter((phase) => phase.cycles > 0)
    .map((phase) => ({
      label: phase.name,
      value: phase.cycles,
      color: colorOf(phase.name),
      text: `${f.integer(phase.cycles)} cycles`,
    }));
  return card(
    'Phases of the whole run',
    stackedBar(parts, { title: 'Phases', height: '1.5rem' }),
    legend(parts.map((part) => ({ ...part, text: f.percent(part.value, report.total_cycles) }))),
  );
}

function causes(report) {
  const inference = report.inferences[typicalInference(report)];
  const stalls = inference ? inference.stalls : report.stalls;
  return card(
    inference ? 'Cycles of an inference by cause' : 'Cycles of the run by cause',
    stallBar(stalls, {
      title: inference ? `Inference ${inference.index + 1}` : 'Run',
      height: '1.5rem',
    }),
    stallLegend(stalls),
  );
}

export function summary(report) {
  return [
    figures(report),
    report.no_inference && h('p', { class: 'alert hint-box' }, report.no_inference),
    h('div', { class: 'pair' }, causes(report), phases(report)),
    h(
      'p',
      { class: 'faint' },
      `Simulated ${f.time(report.end_ns)}, ${f.integer(report.total_cycles)} cycles of which ${f.integer(report.sleep_cycles)} asleep, ${f.integer(report.instructions)} instructions. Stopped: ${report.stop_reason}.`,
    ),
  ];
}
