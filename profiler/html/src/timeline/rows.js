// Spans sorted into rows: one track has as many rows as its spans nest deep. Within a row spans
// follow one another, so what is visible is found by halving.
export function rowsOf(timeline) {
  const { spans, tracks } = timeline;
  const lists = tracks.map(() => []);
  const ends = tracks.map(() => []);
  for (let i = 0; i < spans.start.length; ++i) {
    const track = spans.track[i];
    const open = ends[track];
    while (open.length && open[open.length - 1] <= spans.start[i]) open.pop();
    (lists[track][open.length] ||= []).push(i);
    open.push(spans.end[i]);
  }
  return tracks
    .map((name, track) => ({ name, rows: lists[track].map((list) => Uint32Array.from(list)) }))
    .filter(({ rows }) => rows.length);
}

// Position of the first span of the row that ends after `ns`.
export function firstAfter(row, end, ns) {
  let low = 0,
    high = row.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (end[row[middle]] <= ns) low = middle + 1;
    else high = middle;
  }
  return low;
}
