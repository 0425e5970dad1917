// One colour for one name, the same in every drawing of the page.
import { isDark } from './theme.js';

const HUES = [211, 28, 152, 340, 262, 46, 188, 8, 232, 96, 312, 170];

const known = new Map();

function hash(name) {
  let value = 2166136261;
  for (let i = 0; i < name.length; ++i) value = Math.imul(value ^ name.charCodeAt(i), 16777619);
  return value >>> 0;
}

// Names met first get the hues that are furthest apart; many names share by hash.
function hueOf(name) {
  if (!known.has(name)) {
    known.set(name, known.size < HUES.length ? HUES[known.size] : HUES[hash(name) % HUES.length]);
  }
  return known.get(name);
}

// "[3] CONV_2D" and "[7] CONV_2D", or "model #0" and "model #1", are of one kind.
const kindOf = (name) => name.replace(/^\[?\d+\]?\s+/, '').replace(/\s+#?\d+$/, '');

export function colorOf(text) {
  const name = kindOf(text);
  if (/^(idle|sleep|asleep)/i.test(name)) return isDark() ? '#4a4f57' : '#cfd3d9';
  if (/^(other|\[unattributed\])/i.test(name)) return isDark() ? '#6d747e' : '#a6adb7';
  return isDark() ? `hsl(${hueOf(name)} 38% 52%)` : `hsl(${hueOf(name)} 52% 66%)`;
}

// For functions, of which there are many: warm and quiet, so that marks stand out.
export function flameColor(name) {
  const value = hash(name);
  const hue = 18 + (value % 34);
  const light = (value >>> 8) % 9;
  return isDark() ? `hsl(${hue} 38% ${38 + light}%)` : `hsl(${hue} 74% ${72 + light}%)`;
}
