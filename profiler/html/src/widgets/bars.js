// Bars made of boxes: they print, scale with the text and need no drawing code.
import { h } from '../dom.js';
import { integer, percent, fixed } from '../format.js';
import { STALLS } from '../report.js';
import { tooltip } from '../tooltip.js';

// parts: [{ label, value, color, text? }]; the bar is `total` long (default: their sum).
export function stackedBar(parts, { total, title, label, height } = {}) {
  const shown = parts.filter((part) => part.value > 0);
  const sum = shown.reduce((all, part) => all + part.value, 0);
  const whole = total || sum || 1;
  const bar = h(
    'div',
    {
      class: 'stacked',
      role: 'img',
      style: height ? { '--bar': height } : {},
      'aria-label': `${label || title}: ${shown.map((part) => `${part.label} ${fixed((100 * part.value) / whole, 1)} %`).join(', ')}`,
    },
    shown.map((part) =>
      h('i', {
        style: { width: `${(100 * part.value) / whole}%`, background: part.color },
      }),
    ),
  );
  return tooltip(bar, () => ({
    title: title || label,
    rows: shown.map((part) => [
      part.label,
      `${part.text || integer(part.value)} · ${percent(part.value, whole)}`,
      part.color,
    ]),
  }));
}

export const stallParts = (stalls) =>
  STALLS.map((stall) => ({
    label: stall.label,
    value: stalls[stall.key] || 0,
    color: stall.color,
  }));

export const stallBar = (stalls, options) => stackedBar(stallParts(stalls), options);

export function legend(parts) {
  return h(
    'ul',
    { class: 'legend' },
    parts.map((part) =>
      h(
        'li',
        { title: part.hint },
        h('i', { class: 'swatch', style: { background: part.color } }),
        part.label,
        part.text && h('span', { class: 'faint' }, part.text),
      ),
    ),
  );
}

// What a run never had is left out of its legends.
export const stallLegend = (stalls) =>
  legend(
    STALLS.filter((stall) => stalls[stall.key] > 0).map((stall) => ({
      label: stall.label,
      color: stall.color,
      hint: stall.text,
    })),
  );

// A bar for an estimate, with a whisker from its low to its high bound.
export function estimateBar({ value, low, high }, most, color = 'var(--energy)') {
  const at = (x) => `${Math.min(100, (100 * x) / (most || 1))}%`;
  return h(
    'span',
    { class: 'estimate', 'aria-hidden': 'true' },
    h('i', { class: 'value', style: { width: at(value), background: color } }),
    high > low &&
      h('i', {
        class: 'whisker',
        style: { left: at(low), width: `${(100 * (high - low)) / (most || 1)}%` },
      }),
  );
}

// How much of something is used.
export function meter(used, total, label) {
  const share = total > 0 ? used / total : 0;
  return h(
    'div',
    {
      class: `meter${share > 1 ? ' over' : share > 0.9 ? ' tight' : ''}`,
      role: 'meter',
      'aria-label': label,
      'aria-valuemin': 0,
      'aria-valuemax': total,
      'aria-valuenow': used,
    },
    h('i', { style: { width: `${Math.min(100, 100 * share)}%` } }),
  );
}
