// A table whose columns sort when their heading is pressed. Numbers stand right and line up.
import { h, replace } from '../dom.js';
import { integer } from '../format.js';

// columns: { title, hint?, unit?, value: row => number|string|null, cell?: row => node|text,
//            text?: true (left, wraps), total?: text, firstOrder?: 'ascending' }
// options: { caption, sort?: column index, limit?: rows shown at first, filter?: row => text,
//            detail?: row => node|null, rowId?: row => string, onrow?: row => void }
export function table(columns, rows, options = {}) {
  let order = options.sort === undefined ? null : { column: options.sort, down: true };
  let limit = options.limit || Infinity;
  let needle = '';

  const body = h('tbody');
  const more = h('button', {
    class: 'quiet',
    type: 'button',
    onclick: () => {
      limit = Infinity;
      show();
    },
  });
  const headings = columns.map((column, index) =>
    h(
      'th',
      {
        scope: 'col',
        class: column.text ? 'text' : 'number',
        title: column.hint,
      },
      h(
        'button',
        { type: 'button', onclick: () => sortBy(index) },
        column.title,
        column.unit && h('small', {}, ` ${column.unit}`),
      ),
    ),
  );

  function sortBy(index) {
    const same = order && order.column === index;
    order = { column: index, down: same ? !order.down : !columns[index].text };
    show();
  }

  function sorted() {
    const kept =
      needle && options.filter
        ? rows.filter((row) => options.filter(row).toLowerCase().includes(needle))
        : rows.slice();
    if (!order) return kept;
    const { value } = columns[order.column];
    const sign = order.down ? -1 : 1;
    return kept
      .map((row, index) => [value(row), index, row])
      .sort(([a, i], [b, j]) => {
        if (a === b) return i - j;
        if (a === null || a === undefined) return 1;
        if (b === null || b === undefined) return -1;
        return sign * (typeof a === 'string' ? a.localeCompare(b, 'en', { numeric: true }) : a - b);
      })
      .map(([, , row]) => row);
  }

  function cells(row) {
    return columns.map((column, index) =>
      h(
        index === 0 && options.rowHeads ? 'th' : 'td',
        {
          class: column.text ? 'text' : 'number',
          scope: index === 0 && options.rowHeads ? 'row' : null,
        },
        column.cell
          ? column.cell(row)
          : column.text
            ? column.value(row)
            : integer(column.value(row)),
      ),
    );
  }

  function show() {
    headings.forEach((heading, index) => {
      const by = order && order.column === index;
      if (by) heading.setAttribute('aria-sort', order.down ? 'descending' : 'ascending');
      else heading.removeAttribute('aria-sort');
    });
    const all = sorted();
    replace(
      body,
      all.slice(0, limit).map((row) => {
        const detail = options.detail && options.detail(row);
        const line = h('tr', { id: options.rowId && options.rowId(row) }, cells(row));
        return detail
          ? [line, h('tr', { class: 'detail' }, h('td', { colspan: columns.length }, detail))]
          : line;
      }),
    );
    if (!all.length) {
      replace(
        body,
        h('tr', {}, h('td', { class: 'text faint', colspan: columns.length }, 'Nothing matches.')),
      );
    }
    more.hidden = all.length <= limit;
    more.textContent = `Show all ${integer(all.length)}`;
  }

  const search =
    options.filter &&
    h('input', {
      type: 'search',
      placeholder: options.search || 'Filter',
      'aria-label': options.search || 'Filter rows',
      oninput: (event) => {
        needle = event.target.value.trim().toLowerCase();
        show();
      },
    });
  show();
  return h(
    'div',
    { class: 'table' },
    search && h('div', { class: 'toolbar' }, search),
    h(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': options.caption },
      h(
        'table',
        {},
        h('caption', { class: options.showCaption ? null : 'unseen' }, options.caption),
        h('thead', {}, h('tr', {}, headings)),
        body,
        columns.some((column) => column.total !== undefined) &&
          h(
            'tfoot',
            {},
            h(
              'tr',
              {},
              columns.map((column) =>
                h('td', { class: column.text ? 'text' : 'number' }, column.total ?? ''),
              ),
            ),
          ),
      ),
    ),
    more,
  );
}
