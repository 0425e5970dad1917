// Pieces that several sections are made of.
import { h } from '../dom.js';
import * as f from '../format.js';

export const card = (title, ...content) =>
  h('div', { class: 'card' }, title && h('h3', {}, title), content);

// What is not there, why, and which option brings it.
export const missing = (text, option) =>
  h('p', { class: 'missing' }, text, option && [' ', h('code', {}, option), ' records it.']);

export const note = (...content) => h('p', { class: 'note' }, content);

export const badge = (text, kind = '') => h('span', { class: `badge ${kind}` }, text);

// Long C++ names may break behind their separators.
export function symbol(name) {
  return h(
    'code',
    { class: 'symbol' },
    name.split(/(?<=::|_|<|,)/).flatMap((part) => [part, h('wbr')]),
  );
}

// The same on one line, cut where there is no room.
export const shortSymbol = (name) =>
  h('code', { class: 'symbol short', title: name }, f.shortName(name));

export const place = (file, line) =>
  file
    ? h(
        'span',
        { class: 'place', title: `${file}:${line}` },
        file.replace(/^.*\//, ''),
        line ? `:${line}` : '',
      )
    : null;

// Where a figure is from; a guess is marked as one.
export function source(text) {
  const [, guess, rest] = /^(estimate\b)?[:,; ]*(.*)$/s.exec(text);
  return [guess && [badge('estimate', 'warn'), ' '], rest && h('span', { class: 'source' }, rest)];
}
