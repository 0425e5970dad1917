// Spans on a canvas. Pointer: drag pans, wheel with Ctrl zooms, click selects, double click zooms
// to a span. Keyboard: arrows pan, + and - zoom, 0 shows all, [ and ] walk the spans, Enter zooms.
import { css, h, replace } from '../dom.js';
import * as f from '../format.js';
import { colorOf } from '../palette.js';
import { onTheme } from '../theme.js';
import { hideTooltip, showTooltip, tooltipRows } from '../tooltip.js';
import { GUTTER } from './counter_chart.js';
import { firstAfter, rowsOf } from './rows.js';

const ROW = 19,
  GAP = 7,
  RULER = 24,
  RIGHT = 12;
const FOLDED_ABOVE = 12; // tracks that nest deeper begin with their first rows only
const FOLDED_ROWS = 4;

function tickStep(range, most) {
  const rough = range / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough);
}

export function timelineView(timeline, end, onchange) {
  const { spans, names } = timeline;
  const tracks = rowsOf(timeline).map((track) => ({
    ...track,
    folded: track.rows.length > FOLDED_ABOVE,
  }));
  const whole = { start: 0, end: Math.max(end, 1) };
  let view = { ...whole };
  let selected = -1,
    pending = false;
  let colors = names.map(colorOf);

  const canvas = h('canvas', {
    class: 'spans',
    tabindex: '0',
    role: 'application',
    'aria-label':
      'Timeline. Arrow keys pan, plus and minus zoom, 0 shows all, brackets walk the spans, Enter zooms to the span.',
  });
  const labels = h('div', { class: 'track-labels', style: { width: `${GUTTER - 14}px` } });
  const detail = h('p', { class: 'detail', 'aria-live': 'polite' });
  const plane = h('div', { class: 'plane' }, labels, canvas);
  const context = canvas.getContext('2d');

  const visibleRows = (track) => (track.folded ? track.rows.slice(0, FOLDED_ROWS) : track.rows);
  const width = () => Math.max(50, canvas.clientWidth - GUTTER - RIGHT);
  const toX = (ns) => GUTTER + ((ns - view.start) / (view.end - view.start)) * width();
  const toNs = (x) => view.start + ((x - GUTTER) / width()) * (view.end - view.start);

  function layout() {
    let top = RULER;
    for (const track of tracks) {
      track.top = top;
      top += visibleRows(track).length * ROW + GAP;
    }
    canvas.style.height = `${top}px`;
    canvas.dataset.height = top;
    replace(
      labels,
      tracks.map((track) => {
        const folds = track.rows.length > FOLDED_ROWS;
        return h(
          folds ? 'button' : 'div',
          {
            type: folds ? 'button' : null,
            class: 'track-label',
            style: { top: `${track.top}px` },
            'aria-expanded': folds ? String(!track.folded) : null,
            onclick: folds
              ? () => {
                  track.folded = !track.folded;
                  layout();
                  draw();
                }
              : null,
          },
          track.name,
          folds &&
            h('small', {}, track.folded ? ` +${track.rows.length - FOLDED_ROWS}` : ' \u2212'),
        );
      }),
    );
  }

  function ruler(height) {
    const step = tickStep(view.end - view.start, width() / 110);
    context.font = `11px ${css('--sans')}`;
    context.textBaseline = 'middle';
    context.textAlign = 'left';
    const line = css('--grid'),
      ink = css('--faint');
    const digits = Math.max(1, Math.ceil(Math.log10(Math.max(1, view.end) / step)) + 1);
    for (let ns = Math.ceil(view.start / step) * step; ns <= view.end; ns += step) {
      const x = Math.round(toX(ns)) + 0.5;
      context.strokeStyle = line;
      context.beginPath();
      context.moveTo(x, 4);
      context.lineTo(x, height);
      context.stroke();
      context.fillStyle = ink;
      context.fillText(f.tick(ns, digits), x + 4, 11);
    }
  }

  function drawRow(row, y, ink, ground) {
    const { start, end: ends } = spans;
    const scale = width() / (view.end - view.start);
    let filled = -1; // pixels up to here are taken by spans too short to tell apart
    for (let k = firstAfter(row, ends, view.start); k < row.length; ++k) {
      const i = row[k];
      if (start[i] >= view.end) break;
      const left = Math.max(GUTTER, GUTTER + (start[i] - view.start) * scale);
      const right = Math.min(GUTTER + width(), GUTTER + (ends[i] - view.start) * scale);
      const wide = right - left;
      if (wide < 1) {
        const pixel = Math.floor(left);
        if (pixel > filled) {
          filled = pixel;
          context.fillStyle = colors[spans.name[i]];
          context.fillRect(pixel, y, 1, ROW - 2);
        }
        // On with the first span that reaches into the next pixel.
        k = Math.max(k, firstAfter(row, ends, toNs(pixel + 1)) - 1);
        continue;
      }
      context.fillStyle = colors[spans.name[i]];
      context.fillRect(left, y, Math.max(1, wide - (wide > 3 ? 1 : 0)), ROW - 2);
      if (i === selected) {
        context.strokeStyle = ink;
        context.lineWidth = 2;
        context.strokeRect(left + 1, y + 1, Math.max(1, wide - 2), ROW - 4);
        context.lineWidth = 1;
      }
      if (wide > 26) {
        const room = Math.floor((wide - 8) / 6.1);
        const name = names[spans.name[i]];
        context.fillStyle = ground;
        context.fillText(
          name.length > room ? `${name.slice(0, Math.max(1, room - 1))}\u2026` : name,
          left + 4,
          y + ROW / 2,
        );
      }
    }
  }

  function paint() {
    pending = false;
    const began = performance.now();
    const ratio = devicePixelRatio || 1;
    const height = Number(canvas.dataset.height);
    if (
      canvas.width !== Math.round(canvas.clientWidth * ratio) ||
      canvas.height !== Math.round(height * ratio)
    ) {
      canvas.width = Math.round(canvas.clientWidth * ratio);
      canvas.height = Math.round(height * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, canvas.clientWidth, height);
    ruler(height);
    const ink = css('--ink'),
      onSpan = css('--on-span');
    for (const track of tracks) {
      visibleRows(track).forEach((row, depth) =>
        drawRow(row, track.top + depth * ROW, ink, onSpan),
      );
    }
    canvas.dataset.drawMs = (performance.now() - began).toFixed(1);
    canvas.dataset.start = view.start;
    canvas.dataset.end = view.end;
  }

  function draw() {
    if (pending) return;
    pending = true;
    requestAnimationFrame(paint);
  }

  function show(start, stop) {
    const least = 20;
    let range = Math.min(Math.max(stop - start, least), whole.end - whole.start);
    start = Math.min(Math.max(start, whole.start), whole.end - range);
    view = { start, end: start + range };
    draw();
    onchange(view.start, view.end);
  }

  function zoom(factor, around = (view.start + view.end) / 2) {
    show(around - (around - view.start) * factor, around + (view.end - around) * factor);
  }

  const pan = (share) => {
    const by = (view.end - view.start) * share;
    show(view.start + by, view.end + by);
  };

  function describe(i) {
    return {
      title: names[spans.name[i]],
      rows: [
        ['Took', f.time(spans.end[i] - spans.start[i], 5)],
        ['From', f.time(spans.start[i], 7)],
        ['To', f.time(spans.end[i], 7)],
        ['Track', timeline.tracks[spans.track[i]]],
      ],
    };
  }

  function select(i) {
    selected = i;
    const { title, rows } = i < 0 ? { title: '', rows: [] } : describe(i);
    replace(
      detail,
      h('b', {}, title),
      rows.map(([label, value]) => [' · ', h('span', { class: 'faint' }, label), ' ', value]),
    );
    draw();
  }

  function hit(event) {
    const box = canvas.getBoundingClientRect();
    const x = event.clientX - box.left,
      y = event.clientY - box.top;
    if (x < GUTTER) return -1;
    for (const track of tracks) {
      const depth = Math.floor((y - track.top) / ROW);
      const row = y >= track.top ? visibleRows(track)[depth] : null;
      if (!row) continue;
      const near = (view.end - view.start) / width();
      const k = firstAfter(row, spans.end, toNs(x));
      if (k < row.length && spans.start[row[k]] <= toNs(x) + near) return row[k];
    }
    return -1;
  }

  function walk(step) {
    const all =
      tracks.find(
        (track) => selected >= 0 && track.name === timeline.tracks[spans.track[selected]],
      ) || tracks[0];
    if (!all) return;
    const row = all.rows.find((one) => one.includes(selected)) || all.rows[0];
    const at = row.indexOf(selected);
    const next = at < 0 ? firstAfter(row, spans.end, view.start) : at + step;
    if (next < 0 || next >= row.length) return;
    select(row[next]);
    const [start, stop] = [spans.start[row[next]], spans.end[row[next]]];
    if (start < view.start || stop > view.end) {
      const range = Math.max(view.end - view.start, stop - start);
      show((start + stop - range) / 2, (start + stop + range) / 2);
    }
  }

  const zoomTo = (i) => {
    const room = (spans.end[i] - spans.start[i]) * 0.05;
    show(spans.start[i] - room, spans.end[i] + room);
  };

  const keys = {
    ArrowLeft: () => pan(-0.2),
    ArrowRight: () => pan(0.2),
    '+': () => zoom(0.5),
    '=': () => zoom(0.5),
    ArrowUp: () => zoom(0.5),
    '-': () => zoom(2),
    ArrowDown: () => zoom(2),
    0: () => show(whole.start, whole.end),
    Home: () => show(whole.start, whole.end),
    '[': () => walk(-1),
    ']': () => walk(1),
    Enter: () => selected >= 0 && zoomTo(selected),
    Escape: () => select(-1),
  };
  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  canvas.addEventListener(
    'wheel',
    (event) => {
      if (event.ctrlKey || event.metaKey)
        zoom(
          Math.exp(event.deltaY * 0.003),
          toNs(event.clientX - canvas.getBoundingClientRect().left),
        );
      else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))
        pan((event.deltaX || event.deltaY) / width());
      else return;
      event.preventDefault();
    },
    { passive: false },
  );
  let drag = null;
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    drag = { x: event.clientX, ...view, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!drag) {
      const i = hit(event);
      if (i >= 0) showTooltip(tooltipRows(describe(i)), event.clientX, event.clientY);
      else hideTooltip();
      return;
    }
    if (Math.abs(event.clientX - drag.x) > 3) drag.moved = true;
    const by = ((drag.x - event.clientX) / width()) * (drag.end - drag.start);
    if (drag.moved) show(drag.start + by, drag.end + by);
  });
  canvas.addEventListener('pointerup', (event) => {
    if (drag && !drag.moved) select(hit(event));
    drag = null;
  });
  canvas.addEventListener('pointerleave', hideTooltip);
  canvas.addEventListener('dblclick', (event) => {
    const i = hit(event);
    if (i >= 0) zoomTo(i);
    else show(whole.start, whole.end);
  });
  new ResizeObserver(draw).observe(plane);
  onTheme(() => {
    colors = names.map(colorOf);
    paint(); // at once: a page that goes to a printer waits for no frame
  });
  layout();
  draw();
  return { plane, detail, show, zoom, all: () => show(whole.start, whole.end) };
}
