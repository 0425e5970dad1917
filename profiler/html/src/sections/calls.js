// The call tree as a flame graph, then functions and source lines.
import { h } from '../dom.js';
import { card, missing } from '../widgets/parts.js';
import { flameGraph } from '../flame/graph.js';
import { functions, lines } from './functions.js';

function treeOf(report) {
  const names = report.functions.map((row) => row.name);
  const root = { name: 'all', own: 0, calls: 0, children: [] };
  const handlers = new Map(report.interrupts.map((row) => [row.number, row.name]));
  const tops = new Map();
  const top = (exception) => {
    if (!tops.has(exception)) {
      const name =
        exception === 0 ? 'thread mode' : `interrupt ${handlers.get(exception) || exception}`;
      tops.set(exception, { name, own: 0, calls: 0, children: [] });
      root.children.push(tops.get(exception));
    }
    return tops.get(exception);
  };
  const nodes = [];
  for (const row of report.call_tree) {
    const name = names[row.function] ?? '?';
    const node = {
      name: row.layer >= 0 ? `layer ${row.layer}: ${name}` : name,
      own: row.cycles - (row.sleep_cycles || 0),
      calls: row.calls,
      children: [],
      color: row.layer >= 0 ? 'var(--flame-layer)' : undefined,
    };
    (row.parent < 0 ? top(row.exception) : nodes[row.parent]).children.push(node);
    nodes.push(node);
  }
  return root;
}

function flames(report) {
  if (!report.call_tree?.length) return card('Flame graph', missing('Calls were not recorded.'));
  const graph = flameGraph(treeOf(report), 'cycles');
  const awake = !report.sleep_cycles || report.call_tree.some((row) => row.sleep_cycles > 0);
  return card(
    'Flame graph',
    h(
      'div',
      { class: 'toolbar' },
      h('input', {
        type: 'search',
        placeholder: 'Search functions',
        'aria-label': 'Search the flame graph',
        oninput: (event) => graph.search(event.target.value),
      }),
      graph.found,
      graph.path,
    ),
    h('div', { class: 'scroll' }, graph.frames),
    h(
      'p',
      { class: 'faint' },
      `Cycles of the whole run, ${awake ? 'awake' : 'sleep included'}; callers above callees, layers are blue. Click a frame to zoom, Escape shows all.`,
    ),
  );
}

export const calls = (report) => [flames(report), functions(report), lines(report)];
