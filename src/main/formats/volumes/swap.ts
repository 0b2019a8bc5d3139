/** Turns the byte order of values of `width` bytes, in place. */
export function swapEndian(bytes: Uint8Array, width: number): void {
  if (width === 1) return;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (width === 2) view.swap16();
  else if (width === 4) view.swap32();
  else view.swap64();
}
