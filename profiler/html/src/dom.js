// Elements made from plain calls. Text is always text: names come from firmware and are never
// parsed as HTML.
const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key === 'style') {
      for (const [name, part] of Object.entries(value)) node.style.setProperty(name, part);
    } else if (key.startsWith('on')) {
      node.addEventListener(key.slice(2), value);
    } else {
      node.setAttribute(key, value === true ? '' : String(value));
    }
  }
  append(node, children);
  return node;
}

export function append(node, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

export const h = (tag, attributes, ...children) =>
  fill(document.createElement(tag), attributes, children);
export const svg = (tag, attributes, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

export const replace = (node, ...children) => {
  node.replaceChildren();
  return append(node, children);
};

// A colour (or any value) that the style sheet defines, as it is right now.
export const css = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();
