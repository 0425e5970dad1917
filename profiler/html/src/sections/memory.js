import { typicalInference } from '../report.js';
import { arena } from '../memory/arena.js';
import { flash } from '../memory/flash.js';
import { caches, heap, ramSection, stacks, traffic } from '../memory/ram.js';

export function memory(report) {
  const inference = report.inferences[typicalInference(report)];
  return [
    ramSection(report),
    stacks(report),
    heap(report),
    arena(report, inference),
    flash(report),
    traffic(report, inference),
    caches(report, inference),
  ];
}
