import type { TransferSyntax } from '../syntax';
import { decodeRle } from './rle';
import { codestream, jpeg2000Header, jpegHeader, StreamDamage, type StreamHeader } from './stream';
import { decodeWasm, type WasmCodec } from './wasm';

export { StreamDamage } from './stream';
export { interleave } from './wasm';

/** What DICOM's header says that a frame is. */
export interface Expected {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly bitsAllocated: number;
}

/** A frame unpacked: samples little-endian, the components of a pixel side by side. */
export interface DecodedFrame {
  readonly bytes: Uint8Array;
  /** Of a sample in `bytes`: 8, 16 or 32 … */
  readonly bitsAllocated: number;
  /** … of which so many are used; undefined where the stream itself does not say. */
  readonly bits: number | undefined;
  /** Luminance and chrominance were stored and left so; undefined: as DICOM's header says. */
  readonly colour: 'rgb' | 'ybr' | undefined;
}

/**
 * Unpacks one compressed frame, after comparing what the stream says of itself with what DICOM's header says.
 * @throws StreamDamage
 */
export function decodeFrame(packing: TransferSyntax['packing'], stream: Uint8Array, expected: Expected): DecodedFrame {
  const { width, height, components, bitsAllocated } = expected;
  if (packing === 'rle') {
    const bytes = decodeRle(stream, width * height, components, bitsAllocated / 8);
    return { bytes, bitsAllocated, bits: undefined, colour: undefined };
  }
  if (packing === 'jpeg' || packing === 'jpeg-ls') {
    const header = agreed(jpegHeader(stream), expected);
    // A picture whose chrominance is coarser cannot be RGB, whatever the header says.
    const colour = header.namedRgb ? 'rgb' : header.subsampled ? 'ybr' : undefined;
    return decoded(packing === 'jpeg' ? 'DecodeJpeg' : 'DecodeJpegLs', stream, header, colour);
  }
  if (packing === 'jpeg-2000' || packing === 'htj2k') {
    const inner = codestream(stream);
    const header = agreed(jpeg2000Header(inner), expected);
    return decoded('DecodeJpeg2000', inner, header, undefined);
  }
  throw new StreamDamage(`no codec for ${packing}`);
}

function agreed(found: StreamHeader, expected: Expected): StreamHeader {
  if (found.width !== expected.width || found.height !== expected.height)
    throw new StreamDamage(
      `the picture inside has ${found.width} × ${found.height} pixels, the header says ${expected.width} × ${expected.height}`,
    );
  if (found.components !== expected.components)
    throw new StreamDamage(
      `the picture inside has ${found.components} components, the header says ${expected.components}`,
    );
  if (found.bits < 2 || found.bits > 16 || found.bits > expected.bitsAllocated)
    throw new StreamDamage(`the picture inside has ${found.bits} bits, the header says ${expected.bitsAllocated}`);
  return found;
}

function decoded(
  codec: WasmCodec,
  stream: Uint8Array,
  header: StreamHeader,
  colour: DecodedFrame['colour'],
): DecodedFrame {
  const bytes = decodeWasm(codec, stream, header);
  return { bytes, bitsAllocated: header.bits > 8 ? 16 : 8, bits: header.bits, colour };
}
