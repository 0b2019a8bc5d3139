import type { MessagePort } from 'node:worker_threads';

export interface NearTask {
  readonly kernel: Uint8Array<ArrayBuffer>;
  /** Rows in panels of four as the kernel wants them; panels are even in number. */
  readonly panels: SharedArrayBuffer;
  readonly panelBytes: number;
  readonly threshold: number;
  /** [0] next panel to take, [1] candidates found by all workers. */
  readonly shared: SharedArrayBuffer;
  /** Workers stop when there are more candidates. */
  readonly mostCandidates: number;
}

/**
 * What a worker thread does: takes panels until none are left, and answers with candidate pairs (a < b) as one `Int32Array`.
 * It becomes a worker by its own source text, so it may not refer to anything outside itself.
 */
export async function nearWorker(task: NearTask, port: MessagePort): Promise<void> {
  const { panelBytes, threshold } = task;
  const bytes = task.panels.byteLength;
  const panels = bytes / panelBytes;
  // Two panels give 8 bytes of answer at most.
  const memory = new WebAssembly.Memory({ initial: Math.ceil((bytes + (bytes / panelBytes) * 4 + 64) / 65536) });
  new Uint8Array(memory.buffer).set(new Uint8Array(task.panels));
  const { instance } = await WebAssembly.instantiate(task.kernel, { env: { memory } });
  const scan = instance.exports.scan as (a: number, from: number, to: number, threshold: number, out: number) => number;
  const counters = new Int32Array(task.shared);
  const answer = new Uint32Array(memory.buffer, bytes);
  const found: number[] = [];
  const step = 16;
  for (;;) {
    const first = Atomics.add(counters, 0, step);
    if (first >= panels || Atomics.load(counters, 1) > task.mostCandidates) break;
    const before = found.length;
    for (let p = first; p < Math.min(first + step, panels); p++) {
      // The pair of panels that holds p is the first that can hold a later row.
      const end = scan(p * panelBytes, (p - (p % 2)) * panelBytes, bytes, threshold, bytes);
      for (let i = 0; i < (end - bytes) / 4; i += 2) {
        const from = (answer[i]! / panelBytes) * 4;
        const hits = answer[i + 1]!;
        for (let bit = 0; bit < 32; bit++) {
          if (!((hits >>> bit) & 1)) continue;
          const a = 4 * p + (bit >> 3);
          const b = from + (bit & 7);
          if (a < b) found.push(a, b);
        }
      }
      if (found.length / 2 > task.mostCandidates) break;
    }
    Atomics.add(counters, 1, (found.length - before) / 2);
  }
  port.postMessage(Int32Array.from(found));
}
