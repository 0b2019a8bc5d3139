/** What runs in a page to see when it has drawn: the same for every viewer, by the pixels of its canvases. */
export interface Drawn {
  /** Milliseconds from the start until the first plane showed something, all of them did, and none changed any more; null: not within the limit. */
  readonly first: number | null;
  readonly planes: number | null;
  readonly settled: number | null;
}

export interface Watched {
  /** Which canvases, or parts of one, are planes. */
  readonly planes: string;
  /** Of the canvas that lies under the planes, where these are no canvases. */
  readonly under?: string;
  /** Milliseconds without a change after which all is there. */
  readonly quiet: number;
  readonly limit: number;
}

type Wait = (watched: Watched) => Promise<Drawn>;
declare global {
  var residuaDrawn: Wait | undefined;
  var residuaStart: number | undefined;
}

/**
 * Defines `residuaDrawn` in the page. Time runs from `residuaStart`.
 * A plane shows something where a fiftieth of its pixels is not black, and not all are of one level.
 */
export function watchDrawing(): void {
  const SIDE = 24;
  const copy = document.createElement('canvas');
  copy.width = copy.height = SIDE;
  const context = copy.getContext('2d', { willReadFrequently: true })!;
  const levels = (canvas: HTMLCanvasElement, part: DOMRect): Uint8ClampedArray => {
    const whole = canvas.getBoundingClientRect();
    const ratio = canvas.width / whole.width;
    context.fillRect(0, 0, SIDE, SIDE);
    const from = [(part.x - whole.x) * ratio, (part.y - whole.y) * ratio] as const;
    context.drawImage(canvas, ...from, part.width * ratio, part.height * ratio, 0, 0, SIDE, SIDE);
    return context.getImageData(0, 0, SIDE, SIDE).data.filter((_, i) => i % 4 === 0);
  };
  const shows = (seen: Uint8ClampedArray): boolean =>
    seen.filter((level) => level > 16).length > seen.length / 50 && Math.max(...seen) - Math.min(...seen) > 16;
  globalThis.residuaDrawn = async ({ planes, under, quiet, limit }) => {
    const start = globalThis.residuaStart ?? performance.now();
    let [first, all, changed] = [0, 0, 0];
    const look = (): Uint8ClampedArray[] => {
      const parts = [...document.querySelectorAll<HTMLElement>(planes)].filter((one) => one.clientWidth > 50);
      return parts.flatMap((part) => {
        const canvas = under ? document.querySelector<HTMLCanvasElement>(under) : (part as HTMLCanvasElement);
        return canvas && canvas.width > 0 ? [levels(canvas, part.getBoundingClientRect())] : [];
      });
    };
    // What was shown before is not what is waited for.
    const old = new Set(look().map((one) => one.join()));
    const before = new Map<number, string>();
    for (;;) {
      // Looking costs a reading back from what draws: once something is there, it is looked at less often.
      if (first > 0) await new Promise((next) => setTimeout(next, 200));
      await new Promise(requestAnimationFrame);
      const now = performance.now() - start;
      const seen = look();
      const full = seen.filter((one) => shows(one) && !old.has(one.join())).length;
      if (full > 0) first ||= now;
      if (full >= 3) all ||= now;
      seen.forEach((one, i) => {
        const text = one.join();
        if (before.get(i) !== text) changed = now;
        before.set(i, text);
      });
      if (all > 0 && now - changed > quiet) return { first, planes: all, settled: changed };
      if (now > limit) return { first: first || null, planes: all || null, settled: null };
    }
  };
}
