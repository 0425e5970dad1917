// A value over time, drawn by uPlot: steps, since values hold until they change.
import uPlot from 'uplot';
import { css } from '../dom.js';
import * as f from '../format.js';
import { onTheme } from '../theme.js';

export const GUTTER = 148; // left of every time axis, so that they line up

const valueText = (unit) => (value) =>
  value === null || value === undefined
    ? f.NONE
    : unit === 'bytes'
      ? f.bytes(value)
      : unit === 'mW'
        ? f.power(value)
        : `${f.significant(value)} ${unit}`;

const POWERS = Array.from({ length: 40 }, (_, i) => 2 ** i);

const axis = () => ({
  stroke: css('--faint'),
  grid: { stroke: css('--grid'), width: 1 },
  ticks: { stroke: css('--grid'), width: 1 },
  font: `11px ${css('--sans')}`,
});

// series: [{ label, color: css variable, values, shown?: what the legend says instead }]; options: { unit, height, gutter?, xAxis?,
// stacked?, mark?: { ns, value, text }, sync?, range?: { start, end }, onselect? }
export function counterChart(parent, ns, series, options) {
  const text = valueText(options.unit);
  const steps = uPlot.paths.stepped({ align: 1 });
  let chart = null;

  function drawMark(plot) {
    const { mark } = options;
    if (!mark) return;
    const { ctx, bbox } = plot;
    const x = plot.valToPos(mark.ns, 'x', true),
      y = plot.valToPos(mark.value, 'y', true);
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = css('--bad');
    ctx.lineWidth = ratio;
    ctx.setLineDash([4 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, y, 3.5 * ratio, 0, 7);
    ctx.fill();
    ctx.font = `600 ${11 * ratio}px ${css('--sans')}`;
    const right = x > bbox.left + bbox.width / 2;
    ctx.textAlign = right ? 'right' : 'left';
    ctx.fillText(mark.text, x + (right ? -8 : 8) * ratio, y - 7 * ratio);
    ctx.restore();
  }

  function make() {
    const range = chart
      ? { start: chart.scales.x.min, end: chart.scales.x.max }
      : options.range || { start: ns[0], end: ns[ns.length - 1] };
    const width = Math.max(200, parent.clientWidth);
    if (chart) chart.destroy();
    chart = new uPlot(
      {
        width,
        height: options.height,
        padding: [8, 12, options.xAxis ? 0 : 4, 0],
        legend: { show: series.length > 1 || options.legend, live: true },
        cursor: {
          sync: options.sync ? { key: options.sync } : undefined,
          drag: { x: true, y: false, setScale: false },
          points: { size: 6 },
          y: false,
        },
        select: { show: true },
        scales: {
          x: { time: false, range: (_, min, max) => [min, max] },
          y: {
            range: (_, min, max) => [
              Math.min(0, min),
              Math.max(max, options.most || 0) * (options.mark ? 1.16 : 1.08) || 1,
            ],
          },
        },
        axes: [
          {
            ...axis(),
            show: !!options.xAxis,
            values: (_, ticks) => ticks.map((tick) => f.tick(tick)),
          },
          {
            ...axis(),
            size: options.gutter || GUTTER,
            space: 24,
            incrs: options.unit === 'bytes' ? POWERS : undefined,
            values: (_, ticks) => ticks.map(text),
          },
        ],
        series: [
          { label: 'time', value: (_, value) => (value === null ? f.NONE : f.time(value, 6)) },
          ...series.map(({ label, color, shown }) => ({
            label,
            stroke: css(color),
            fill: `color-mix(in srgb, ${css(color)} ${options.stacked ? '72%' : '22%'}, ${css('--card')})`,
            width: 1.25,
            paths: steps,
            points: { show: false },
            value: (_, value, __, at) => text(shown && at !== null ? shown[at] : value),
          })),
        ],
        hooks: {
          draw: [drawMark],
          setSelect: [
            (plot) => {
              if (plot.select.width < 3) return;
              const start = plot.posToVal(plot.select.left, 'x'),
                end = plot.posToVal(plot.select.left + plot.select.width, 'x');
              plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              if (options.onselect) options.onselect(start, end);
              else plot.setScale('x', { min: start, max: end });
            },
          ],
        },
      },
      [ns, ...series.map(({ values }) => values)],
      parent,
    );
    chart.setScale('x', { min: range.start, max: range.end });
    if (options.reset) chart.over.addEventListener('dblclick', options.reset);
  }

  make();
  onTheme(make);
  let width = parent.clientWidth;
  new ResizeObserver(() => {
    if (Math.abs(parent.clientWidth - width) < 1 || !parent.clientWidth) return;
    width = parent.clientWidth;
    chart.setSize({ width, height: options.height });
  }).observe(parent);
  return {
    show: (start, end) => chart.setScale('x', { min: start, max: end }),
    range: () => [chart.scales.x.min, chart.scales.x.max],
  };
}
