// Numbers for people: thousands separators, units, as many digits as are worth reading.
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export const NONE = '\u2013'; // en dash: not known, or does not apply

export const integer = (value) =>
  value === null || value === undefined ? NONE : whole.format(value);

// `digits` significant digits, but never fewer than the integer part has.
export function significant(value, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  if (value === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(value))) + 1;
  const decimals = Math.max(0, Math.min(8, digits - magnitude));
  return new Intl.NumberFormat('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(value);
}

export const fixed = (value, decimals) =>
  value === null || value === undefined || !Number.isFinite(value)
    ? NONE
    : new Intl.NumberFormat('en-US', {
        minimumFractionDigits: decimals,
        maximumFractionDigits: decimals,
      }).format(value);

function scaled(value, units, digits) {
  if (value === null || value === undefined || !Number.isFinite(value)) return [NONE, ''];
  let [unit, factor] = units[0];
  for (const [name, size] of units) {
    if (Math.abs(value) >= size) [unit, factor] = [name, size];
  }
  return [significant(value / factor, digits), unit];
}

const join = ([text, unit]) => (unit ? `${text}\u00a0${unit}` : text);

const TIME = [
  ['ns', 1],
  ['\u00b5s', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
];
export const timeParts = (ns, digits = 4) => scaled(ns, TIME, digits);
export const time = (ns, digits = 4) => (ns === 0 ? '0\u00a0s' : join(timeParts(ns, digits)));

// For the marks of an axis: no zeros that say nothing.
export const tick = (ns, digits = 6) => {
  const [text, unit] = scaled(ns, TIME, digits);
  return ns === 0 ? '0' : `${text.includes('.') ? text.replace(/\.?0+$/, '') : text}\u00a0${unit}`;
};

const ENERGY = [
  ['nJ', 1e-3],
  ['\u00b5J', 1],
  ['mJ', 1e3],
  ['J', 1e6],
];
export const energyParts = (uj, digits = 3) => scaled(uj, ENERGY, digits);
export const energy = (uj, digits = 3) =>
  uj === 0 ? '0\u00a0\u00b5J' : join(energyParts(uj, digits));

// "low – high unit", the unit being that of `value`.
function range(low, high, value, units, digits) {
  const [, unit] = scaled(value, units, digits);
  const factor = units.find(([name]) => name === unit)?.[1] || 1;
  return `${significant(low / factor, digits)} \u2013 ${significant(high / factor, digits)}\u00a0${unit}`;
}

export const timeRange = (low, high) => range(low, high, high, TIME, 4);
export const energyRange = ({ value, low, high }) =>
  high > low ? range(low, high, value, ENERGY, 3) : '';

const POWER = [
  ['nW', 1e-6],
  ['\u00b5W', 1e-3],
  ['mW', 1],
  ['W', 1e3],
];
export const powerRange = ({ value, low, high }) =>
  high > low ? range(low, high, value, POWER, 3) : '';
export const power = (mw, digits = 3) => (mw === 0 ? '0\u00a0mW' : join(scaled(mw, POWER, digits)));

const BYTES = [
  ['B', 1],
  ['KiB', 1024],
  ['MiB', 1024 * 1024],
];
export function bytesParts(value, digits = 3) {
  if (value === null || value === undefined) return [NONE, ''];
  return Math.abs(value) < 1024 ? [integer(value), 'B'] : scaled(value, BYTES, digits);
}
export const bytes = (value, digits = 3) => join(bytesParts(value, digits));

const LARGE = [
  ['', 1],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
];
export const short = (value, digits = 3) => {
  if (value < 1000) return integer(value);
  const [text, unit] = scaled(value, LARGE, digits);
  return unit ? `${text}\u00a0${unit}` : text;
};

const FREQUENCY = [
  ['Hz', 1],
  ['kHz', 1e3],
  ['MHz', 1e6],
  ['GHz', 1e9],
];
export const frequency = (hz) => {
  const [text, unit] = scaled(hz, FREQUENCY, 6);
  return `${text.includes('.') ? text.replace(/\.?0+$/, '') : text}\u00a0${unit}`;
};

export function percent(part, total, decimals = 1) {
  if (!(total > 0)) return NONE;
  const share = (100 * part) / total;
  const least = 10 ** -decimals;
  return share > 0 && share < least / 2
    ? `<\u2009${fixed(least, decimals)}\u00a0%`
    : `${fixed(share, decimals)}\u00a0%`;
}

export function hours(value) {
  if (!Number.isFinite(value)) return NONE;
  if (value < 48) return `${significant(value, 3)}\u00a0h`;
  if (value < 24 * 730) return `${significant(value / 24, 3)}\u00a0days`;
  return `${significant(value / 24 / 365.25, 3)}\u00a0years`;
}

// A C++ function without its parameters and template arguments; operators keep their signs.
export function shortName(name) {
  if (name.includes('operator')) return name;
  let depth = 0,
    text = '';
  for (const [i, sign] of [...name].entries()) {
    if (sign === '(' && depth === 0 && !name.startsWith('(anonymous namespace)', i)) {
      if (i > 0) break;
    }
    if (sign === '<' && i > 0) ++depth;
    if (depth === 0) text += sign;
    if (sign === '>' && depth > 0) --depth;
  }
  return text.trim() || name;
}

export const tail = (text, most) => (text.length > most ? `\u2026${text.slice(-most + 1)}` : text);
export const shape = (sizes) => (sizes && sizes.length ? sizes.join('\u00d7') : NONE);

// "CONV_2D" and "12" for one layer, everywhere the same.
export const layerName = (layer) => `${layer.index} ${layer.op}`;
