// One box that follows the pointer or sits beside what has the focus.
import { h, replace } from './dom.js';

const box = h('div', { class: 'tooltip', role: 'tooltip', id: 'tooltip', hidden: true });

function place(x, y) {
  const { offsetWidth: width, offsetHeight: height } = box;
  const left = x + 14 + width > innerWidth ? Math.max(4, x - width - 14) : x + 14;
  const top = y + 14 + height > innerHeight ? Math.max(4, y - height - 14) : y + 14;
  box.style.setProperty('transform', `translate(${left}px, ${top}px)`);
}

export function showTooltip(content, x, y) {
  if (!box.isConnected) document.body.append(box);
  replace(box, content);
  box.hidden = false;
  place(x, y);
}

export const hideTooltip = () => {
  box.hidden = true;
};

// `content` gives the rows [[label, value], …] or nodes when they are needed.
export function tooltip(node, content) {
  const rows = () => tooltipRows(content());
  node.addEventListener('pointermove', (event) =>
    showTooltip(rows(), event.clientX, event.clientY),
  );
  node.addEventListener('pointerleave', hideTooltip);
  node.addEventListener('focus', () => {
    if (!node.matches(':focus-visible')) return;
    const { left, bottom } = node.getBoundingClientRect();
    showTooltip(rows(), left, bottom - 8);
  });
  node.addEventListener('blur', hideTooltip);
  return node;
}

export const tooltipRows = ({ title, rows = [] }) => [
  h('strong', {}, title),
  h(
    'dl',
    {},
    rows
      .filter(([, value]) => value !== null && value !== undefined && value !== '')
      .map(([label, value, color]) => [
        h('dt', {}, color && h('i', { class: 'swatch', style: { background: color } }), label),
        h('dd', {}, value),
      ]),
  ),
];

addEventListener('scroll', hideTooltip, { passive: true, capture: true });
addEventListener('keydown', (event) => {
  if (event.key === 'Escape') hideTooltip();
});
