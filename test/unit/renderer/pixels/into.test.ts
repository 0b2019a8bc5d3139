import { afterEach, expect, it, vi } from 'vitest';
import { encodeFrames, frameBytes } from '@shared/pixels';
import type { Frame } from '@shared/pixels';
import { fetchFrameInto } from '@renderer/pixels/frames';
import { provideServices } from '@renderer/stores/services';
import type { Services } from '@renderer/stores/services';

const frame: Frame = {
  key: 3,
  width: 5,
  height: 4,
  depth: 2,
  channels: 1,
  type: 'int16',
  low: 0,
  high: 0,
  data: Int16Array.from({ length: 40 }, (_, i) => i - 20),
};
const { signal } = new AbortController();

provideServices({ pixelsUrl: (path: string) => `http://pixels/${path}` } as Services);
afterEach(() => vi.unstubAllGlobals());

function answering(body: BodyInit, status = 200): void {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(body, { status })));
}
/** In pieces of some bytes; without `type: 'bytes'` as browsers of some years ago have it. */
function pieces(bytes: Uint8Array, size: number): ReadableStream {
  const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size));
  return new ReadableStream({
    pull: (to) => {
      const part = parts.shift();
      if (part) to.enqueue(part);
      else to.close();
    },
  });
}

it.each([7, 64, 1000])('fills memory that is given, from pieces of %i bytes', async (size) => {
  const bytes = encodeFrames([frame]);
  for (const body of [bytes, pieces(bytes, size)]) {
    answering(body);
    const room = new ArrayBuffer(frameBytes(frame.data.byteLength) + 100);
    const got = await fetchFrameInto('x', room, signal);
    expect([...got.data]).toEqual([...frame.data]);
    expect(got.data.buffer.byteLength).toBe(room.byteLength || frameBytes(frame.data.byteLength) + 100);
  }
});

it('refuses more than was asked for, what is cut short, and what the services refuse', async () => {
  const bytes = encodeFrames([frame]);
  answering(bytes);
  await expect(fetchFrameInto('x', new ArrayBuffer(bytes.length - 8), signal)).rejects.toThrow('more pixels');
  answering(bytes.slice(0, 60));
  await expect(fetchFrameInto('x', new ArrayBuffer(200), signal)).rejects.toThrow('cut short');
  answering(JSON.stringify({ code: 'cancelled', reason: 'the volume was closed' }), 422);
  await expect(fetchFrameInto('x', new ArrayBuffer(200), signal)).rejects.toThrow('the volume was closed');
});
