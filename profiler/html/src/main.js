import { h, replace } from './dom.js';
import * as f from './format.js';
import { readReport } from './report.js';
import { startTheme, toggleTheme } from './theme.js';
import { advice } from './sections/advice.js';
import { calls } from './sections/calls.js';
import { energy } from './sections/energy.js';
import { layers } from './sections/layers.js';
import { memory } from './sections/memory.js';
import { notes } from './sections/notes.js';
import { statistics } from './sections/statistics.js';
import { summary } from './sections/summary.js';
import { system } from './sections/system.js';
import { timeline } from './sections/timeline.js';

const SECTIONS = [
  ['summary', 'Summary', summary],
  ['layers', 'Layers', layers],
  ['advice', 'Advice', advice],
  ['inferences', 'Inferences', statistics],
  ['timeline', 'Timeline', timeline],
  ['functions', 'Functions', calls],
  ['memory', 'Memory', memory],
  ['energy', 'Energy', energy],
  ['system', 'System', system],
  ['notes', 'Notes', notes],
];

// A section that cannot be shown says so; the others are shown all the same.
function content(render, report) {
  try {
    return [render(report)].flat(Infinity).filter(Boolean);
  } catch (error) {
    console.error(error);
    return [h('p', { class: 'alert' }, `This section could not be shown: ${error.message}`)];
  }
}

function markCurrent(links) {
  const seen = new Map();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) seen.set(entry.target.id, entry.isIntersecting);
      const first = SECTIONS.find(([id]) => seen.get(id));
      if (!first) return;
      for (const link of links) {
        if (link.hash === `#${first[0]}`) link.setAttribute('aria-current', 'true');
        else link.removeAttribute('aria-current');
      }
    },
    { rootMargin: '-80px 0px -55% 0px' },
  );
  for (const link of links) observer.observe(document.querySelector(link.hash));
}

function start() {
  startTheme();
  const report = readReport();
  document.title = `${report.firmware.path} on ${report.board} \u2013 tinyscope`;
  const sections = SECTIONS.map(([id, title, render]) => [
    id,
    title,
    content(render, report),
  ]).filter(([, , parts]) => parts.length);
  const links = sections.map(([id, title]) => h('a', { href: `#${id}` }, title));
  replace(
    document.body,
    h('a', { class: 'skip', href: '#main' }, 'Skip to the report'),
    h(
      'header',
      {},
      h(
        'div',
        { class: 'title' },
        h('span', { class: 'mark' }, 'tinyscope'),
        h('h1', {}, report.firmware.path),
      ),
      h(
        'p',
        {},
        report.board,
        h('span', { class: 'dot' }, '\u00b7'),
        report.soc,
        h('span', { class: 'dot' }, '\u00b7'),
        f.frequency(report.clock_hz),
      ),
      h(
        'button',
        {
          class: 'theme',
          type: 'button',
          onclick: toggleTheme,
          'aria-label': 'Switch between light and dark',
          title: 'Light or dark',
        },
        h('span', { 'aria-hidden': 'true' }, '\u25d0'),
      ),
    ),
    h(
      'div',
      { class: 'page' },
      h('nav', { class: 'contents', 'aria-label': 'Sections' }, links),
      h(
        'main',
        { id: 'main', tabindex: '-1' },
        sections.map(([id, title, parts]) =>
          h(
            'section',
            { id, 'aria-labelledby': `${id}-title` },
            h('h2', { id: `${id}-title` }, h('a', { href: `#${id}` }, title)),
            parts,
          ),
        ),
      ),
    ),
  );
  markCurrent(links);
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  document.documentElement.dataset.ready = performance.now().toFixed(0);
}

start();
