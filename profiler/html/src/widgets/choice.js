// A row of buttons of which one is on: a radio group, so arrows move within it.
import { h } from '../dom.js';

export function choice(label, options, chosen, onchange) {
  const name = `choice-${label.toLowerCase().replace(/\W+/g, '-')}`;
  return h(
    'fieldset',
    { class: 'choice' },
    h('legend', { class: 'unseen' }, label),
    options.map(([value, text]) =>
      h(
        'label',
        {},
        h('input', {
          type: 'radio',
          name,
          value,
          checked: value === chosen,
          onchange: (event) => event.target.checked && onchange(value),
        }),
        h('span', {}, text),
      ),
    ),
  );
}
