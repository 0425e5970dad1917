// A flame graph, roots on top. Click or Enter zooms, Escape shows all; arrows move between frames.
import { hierarchy, partition } from 'd3-hierarchy';
import { h, replace } from '../dom.js';
import * as f from '../format.js';
import { flameColor } from '../palette.js';
import { onTheme } from '../theme.js';
import { tooltip } from '../tooltip.js';

const ROW = 20;
const LEAST = 0.0008; // of the width; narrower frames are left out until one zooms in

// root: { name, own, children, layer?, calls }
export function flameGraph(root, unit) {
  const tree = partition()(
    hierarchy(root)
      .sum((node) => node.own)
      .sort((a, b) => b.value - a.value),
  );
  let focus = tree,
    needle = '',
    active = tree;
  const frames = h('div', { class: 'flame', role: 'tree', 'aria-label': 'Flame graph' });
  const path = h('nav', { class: 'faint flame-path', 'aria-label': 'Zoomed to' });
  const found = h('span', { class: 'faint', 'aria-live': 'polite' });
  const elements = new Map();
  const matches = (node) => needle !== '' && node.data.name.toLowerCase().includes(needle);

  function frame(node, depth) {
    const inside = node.depth > focus.depth;
    const scale = 1 / (focus.x1 - focus.x0);
    const left = inside ? (node.x0 - focus.x0) * scale : 0,
      width = inside ? (node.x1 - node.x0) * scale : 1;
    const element = h(
      'div',
      {
        class: `frame${matches(node) ? ' match' : needle ? ' dim' : ''}${node.depth < focus.depth ? ' above' : ''}`,
        role: 'treeitem',
        tabindex: node === active ? '0' : '-1',
        'aria-label': `${node.data.name}, ${f.percent(node.value, tree.value)}`,
        'aria-level': node.depth + 1,
        'data-name': node.data.name,
        style: {
          left: `${100 * left}%`,
          width: `calc(${100 * width}% - 1px)`,
          top: `${depth * ROW}px`,
          background: node.data.color || flameColor(node.data.name),
        },
        onclick: () => zoom(node),
      },
      width > 0.02 && h('span', {}, node.data.name),
    );
    elements.set(node, element);
    return tooltip(element, () => ({
      title: node.data.name,
      rows: [
        [
          `With callees`,
          `${f.integer(node.value)} ${unit} (${f.percent(node.value, tree.value, 2)})`,
        ],
        ['Own', `${f.integer(node.data.own)} ${unit}`],
        ['Calls', node.data.calls ? f.integer(node.data.calls) : ''],
        ['Of what is shown', focus === tree ? '' : f.percent(node.value, focus.value, 2)],
      ],
    }));
  }

  function draw() {
    elements.clear();
    const shown = [...focus.ancestors().reverse().slice(0, -1)];
    const least = LEAST * (focus.x1 - focus.x0);
    const walk = (node) => {
      shown.push(node);
      for (const child of node.children || []) if (child.x1 - child.x0 >= least) walk(child);
    };
    walk(focus);
    if (!shown.includes(active)) active = focus;
    const depth = Math.max(...shown.map((node) => node.depth)) + 1;
    frames.style.setProperty('height', `${depth * ROW}px`);
    replace(
      frames,
      shown.map((node) => frame(node, node.depth)),
    );
    replace(
      path,
      focus === tree
        ? null
        : [
            h('button', { type: 'button', class: 'quiet', onclick: () => zoom(tree) }, 'Show all'),
            ' ',
            focus.data.name,
            `, ${f.percent(focus.value, tree.value)} of all`,
          ],
    );
  }

  function zoom(node) {
    focus = node === focus && node.parent ? node.parent : node;
    active = focus;
    const held = frames.contains(document.activeElement);
    draw();
    if (held) elements.get(active).focus();
  }

  function search(text) {
    needle = text.trim().toLowerCase();
    // What lies below a match is part of it and counts once.
    const total = (node) =>
      matches(node)
        ? node.value
        : (node.children || []).reduce((sum, child) => sum + total(child), 0);
    found.textContent = needle
      ? `${f.percent(total(tree), tree.value)} in functions that match`
      : '';
    draw();
  }

  frames.addEventListener('keydown', (event) => {
    const siblings = active.parent ? active.parent.children : [active];
    const beside = (step) => siblings[siblings.indexOf(active) + step];
    const next = {
      ArrowUp: () => active.parent,
      ArrowDown: () => active.children?.[0],
      ArrowLeft: () => beside(-1),
      ArrowRight: () => beside(1),
    }[event.key];
    if (next) {
      event.preventDefault();
      const node = next();
      if (!node || !elements.has(node)) return;
      elements.get(active).tabIndex = -1;
      active = node;
      elements.get(active).tabIndex = 0;
      elements.get(active).focus();
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      zoom(active);
    } else if (event.key === 'Escape') {
      zoom(tree);
    }
  });
  draw();
  onTheme(draw);
  return { frames, path, found, search };
}
