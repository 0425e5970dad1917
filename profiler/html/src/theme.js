// Light or dark: what the system prefers until somebody chooses. Drawings on canvases ask to be
// told, since they read their colours from the style sheet when they draw.
const listeners = [];
const root = document.documentElement;
const dark = matchMedia('(prefers-color-scheme: dark)');
let chosen = null;

function show(theme) {
  if (root.dataset.theme === theme) return;
  root.dataset.theme = theme;
  for (const listener of listeners) listener();
}

const current = () => chosen || (dark.matches ? 'dark' : 'light');

export function startTheme() {
  try {
    chosen = localStorage.getItem('tinyscope-theme');
  } catch {
    chosen = null;
  }
  show(current());
  dark.addEventListener('change', () => show(current()));
  addEventListener('beforeprint', () => show('light')); // paper is white
  addEventListener('afterprint', () => show(current()));
}

export function toggleTheme() {
  chosen = root.dataset.theme === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem('tinyscope-theme', chosen);
  } catch {
    /* files may have no storage */
  }
  show(chosen);
}

export const isDark = () => root.dataset.theme === 'dark';
export const onTheme = (listener) => listeners.push(listener);
