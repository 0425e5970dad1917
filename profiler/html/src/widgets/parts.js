// Pieces that several sections are made of.
import { h } from '../dom.js';
import { significant, energyParts } from '../format.js';

export const card = (title, ...content) =>
  h('div', { class: 'card' }, title && h('h3', {}, title), content);

// What is not there, why, and which option brings it.
export const missing = (text, option) =>
  h('p', { class: 'missing' }, text, option && [' ', h('code', {}, option), ' records it.']);

export const note = (...content) => h('p', { class: 'note' }, content);

export function energyRange({ value, low, high }) {
  if (!(high > low)) return '';
  const [, unit] = energyParts(value);
  const factor = { nJ: 1e-3, '\u00b5J': 1, mJ: 1e3, J: 1e6 }[unit] || 1;
  return `${significant(low / factor)} \u2013 ${significant(high / factor)}\u00a0${unit}`;
}

export const badge = (text, kind = '') => h('span', { class: `badge ${kind}` }, text);

// Long C++ names may break behind their separators.
export function symbol(name) {
  return h('code', { class: 'symbol', title: name }, name.split(/(?<=::|_|<|,)/).flatMap((part) => [part, h('wbr')]));
}

export const place = (file, line) => (file ? h('span', { class: 'place', title: `${file}:${line}` },
  file.replace(/^.*\//, ''), line ? `:${line}` : '') : null);
