const TARGET_BYTES = 1024 * 1024;

/** Cuts a stream of exactly `totalBytes` into fresh buffers of whole rows, about a megabyte each. */
export async function* wholeRows(
  data: AsyncIterable<Buffer>,
  rowBytes: number,
  totalBytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (rowBytes === 0 || totalBytes === 0) {
    // Nothing to give, but the container's checks still have to run.
    for await (const chunk of data) void chunk;
    return;
  }
  const step = rowBytes * Math.max(1, Math.floor(TARGET_BYTES / rowBytes));
  let given = 0;
  let out = new Uint8Array(Math.min(step, totalBytes));
  let filled = 0;
  for await (const chunk of data) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + out.length - filled);
      out.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < out.length) continue;
      given += filled;
      yield out;
      out = new Uint8Array(Math.min(step, totalBytes - given));
      filled = 0;
      if (out.length === 0 && at < chunk.length) throw new Error('more bytes than the header promised');
    }
  }
}

/** An array stored column by column, turned to rows in memory. @param shape slowest axis first, as NumPy says it */
export async function* fortranToRows(
  data: AsyncIterable<Buffer>,
  shape: readonly number[],
  itemBytes: number,
  totalBytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const stored = new Uint8Array(totalBytes);
  let filled = 0;
  for await (const chunk of data) {
    stored.set(chunk, filled);
    filled += chunk.length;
  }
  if (totalBytes === 0) return;
  const rows = shape[0]!;
  const rest = shape.slice(1);
  const rowItems = totalBytes / itemBytes / rows;
  // Where the items of a row lie, in items, relative to the row's first.
  const offsets = new Uint32Array(rowItems);
  const index = rest.map(() => 0);
  for (let i = 0; i < rowItems; i++) {
    let stride = rows;
    let offset = 0;
    rest.forEach((size, axis) => {
      offset += index[axis]! * stride;
      stride *= size;
    });
    offsets[i] = offset;
    for (let axis = rest.length - 1; axis >= 0 && ++index[axis]! === rest[axis]; axis--) index[axis] = 0;
  }
  const rowsAtATime = Math.max(1, Math.floor(TARGET_BYTES / (rowItems * itemBytes)));
  for (let first = 0; first < rows; first += rowsAtATime) {
    const count = Math.min(rowsAtATime, rows - first);
    const out = new Uint8Array(count * rowItems * itemBytes);
    let to = 0;
    for (let row = first; row < first + count; row++)
      for (let i = 0; i < rowItems; i++) {
        const from = (row + offsets[i]!) * itemBytes;
        for (let b = 0; b < itemBytes; b++) out[to++] = stored[from + b]!;
      }
    yield out;
  }
}

/** Big-endian to little-endian, in place. */
export function swapBytes(bytes: Uint8Array, itemBytes: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (itemBytes === 2) buffer.swap16();
  else if (itemBytes === 4) buffer.swap32();
  else if (itemBytes === 8) buffer.swap64();
}
