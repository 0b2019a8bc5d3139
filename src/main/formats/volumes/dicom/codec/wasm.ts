import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { StreamDamage } from './stream';

/**
 * Which decoder of the module: IJG's libjpeg for 8, 12 and 16 bits, CharLS, OpenJPEG. OpenJPEG reads HTJ2K as well; the module's OpenJPH
 * never came back from a stream with a piece cut out of it.
 */
export type WasmCodec = 'DecodeJpeg' | 'DecodeJpegLs' | 'DecodeJpeg2000';

/** What the caller knows of the picture from the stream's own header. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly bits: number;
  readonly signed: boolean;
}

type Call = (...args: number[]) => number;
type Exports = Record<WasmCodec | (typeof FUNCTIONS)[number], Call> & { readonly memory: WebAssembly.Memory };

const FUNCTIONS = [
  '_initialize',
  'CreateCodecsContext',
  'ReleaseCodecsContext',
  'CreateDecoderParameters',
  'ReleaseDecoderParameters',
  'SetConvertColorspaceToRgb',
  'SetColumns',
  'SetRows',
  'SetBitsAllocated',
  'SetBitsStored',
  'SetSamplesPerPixel',
  'SetPixelRepresentation',
  'SetPlanarConfiguration',
  'GetPlanarConfiguration',
  'SetPhotometricInterpretation',
  'SetEncodedBufferSize',
  'GetEncodedBuffer',
  'GetDecodedBuffer',
  'GetDecodedBufferSize',
] as const;
const DECODERS = ['DecodeJpeg', 'DecodeJpegLs', 'DecodeJpeg2000'] as const;

/** The module's numbers for photometric interpretations; decoding changes no colours, so that these two do. */
const MONOCHROME2 = 1;
const RGB = 3;

/** Memory that an instance may keep between pictures. */
const MAX_KEPT = 256 * 1024 * 1024;

/** libjpeg goes on after damage and only says so. */
const DAMAGE = /corrupt|premature|extraneous|truncat/i;

let compiled: WebAssembly.Module | undefined;
let current: { exports: Exports; said: { damage: string | undefined } } | undefined;

const isFunctions = (exports: WebAssembly.Exports): exports is WebAssembly.Exports & Exports =>
  [...FUNCTIONS, ...DECODERS].every((name) => typeof exports[name] === 'function') &&
  exports['memory'] instanceof WebAssembly.Memory;

/**
 * The codecs of `dcmjs-codecs` are one WebAssembly module without ties to a place or a bundler. Its own JavaScript looks for the file with
 * `eval` and goes on with an instance after a crash, so the module is driven from here.
 */
function instance(): NonNullable<typeof current> {
  if (current) return current;
  compiled ??= new WebAssembly.Module(
    readFileSync(createRequire(import.meta.url).resolve('dcmjs-codecs/build/dcmjs-native-codecs.wasm')),
  );
  const said: { damage: string | undefined } = { damage: undefined };
  /** Of the instance, once it is there. */
  const own: { memory?: WebAssembly.Memory } = {};
  const text = (at: number, length: number): string =>
    own.memory ? Buffer.from(own.memory.buffer, at, length).toString('latin1') : '';
  const zeros = (...places: number[]): number => {
    if (own.memory) for (const place of places) new DataView(own.memory.buffer).setUint32(place, 0, true);
    return 0;
  };
  const { exports } = new WebAssembly.Instance(compiled, {
    env: {
      onCodecsException: (at: number, length: number): never => {
        throw new StreamDamage(text(at, length).split('::').pop());
      },
      onCodecsInfo: (at: number, length: number): void => {
        const line = text(at, length);
        if (DAMAGE.test(line)) said.damage ??= line.split('::').pop();
      },
      onCodecsTrace: (): void => undefined,
      emscripten_notify_memory_growth: (): void => undefined,
    },
    wasi_snapshot_preview1: {
      proc_exit: (status: number): never => {
        throw new StreamDamage(`the codec ended with ${status}`);
      },
      clock_time_get: (_clock: number, _precision: bigint, at: number): number => zeros(at, at + 4),
      environ_sizes_get: (count: number, size: number): number => zeros(count, size),
      environ_get: (): number => 0,
      fd_write: (_file: number, _vectors: number, _count: number, written: number): number => zeros(written),
      fd_seek: (): number => 0,
      fd_close: (): number => 0,
    },
  });
  if (!isFunctions(exports)) throw new Error('the module of dcmjs-codecs has other functions than expected');
  own.memory = exports.memory;
  exports._initialize();
  current = { exports, said };
  return current;
}

/**
 * Decodes one picture. Nothing is scaled, no colour changed.
 * @returns samples of 8 or 16 bits (little-endian; 16 where a sample has more than 8), the components of a pixel side by side
 * @throws StreamDamage with what the codec said
 */
export function decodeWasm(codec: WasmCodec, stream: Uint8Array, picture: Picture): Uint8Array {
  const { exports: wasm, said } = instance();
  said.damage = undefined;
  const bytes = picture.bits > 8 ? 2 : 1;
  const size = picture.width * picture.height * picture.components * bytes;
  try {
    const context = wasm.CreateCodecsContext();
    wasm.SetColumns(context, picture.width);
    wasm.SetRows(context, picture.height);
    wasm.SetBitsAllocated(context, bytes * 8);
    wasm.SetBitsStored(context, picture.bits);
    wasm.SetSamplesPerPixel(context, picture.components);
    wasm.SetPixelRepresentation(context, picture.signed ? 1 : 0);
    wasm.SetPlanarConfiguration(context, 0);
    wasm.SetPhotometricInterpretation(context, picture.components === 1 ? MONOCHROME2 : RGB);
    wasm.SetEncodedBufferSize(context, stream.length);
    new Uint8Array(wasm.memory.buffer).set(stream, wasm.GetEncodedBuffer(context));
    const parameters = wasm.CreateDecoderParameters();
    wasm.SetConvertColorspaceToRgb(parameters, 0);
    wasm[codec](context, parameters);
    wasm.ReleaseDecoderParameters(parameters);
    const got = wasm.GetDecodedBufferSize(context);
    if (got !== size) throw new StreamDamage(`it decodes to ${got} bytes in place of ${size}`);
    const at = wasm.GetDecodedBuffer(context);
    const planar = wasm.GetPlanarConfiguration(context) === 1 && picture.components > 1;
    const out = new Uint8Array(wasm.memory.buffer, at, size).slice();
    wasm.ReleaseCodecsContext(context);
    if (said.damage !== undefined) throw new StreamDamage(said.damage);
    if (wasm.memory.buffer.byteLength > MAX_KEPT) current = undefined;
    return planar ? interleave(out, picture.components, bytes) : out;
  } catch (error) {
    // Whatever went wrong left its memory and its state behind.
    current = undefined;
    if (error instanceof StreamDamage) throw error;
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError)
      throw new StreamDamage('the codec gave up on it', { cause: error });
    throw error;
  }
}

/** Plane after plane → the components of a pixel side by side. */
export function interleave(planes: Uint8Array, components: number, bytes: number): Uint8Array {
  const out = new Uint8Array(planes.length);
  const pixels = planes.length / components / bytes;
  let from = 0;
  for (let c = 0; c < components; c++)
    for (let i = 0; i < pixels; i++)
      for (let b = 0; b < bytes; b++) out[(i * components + c) * bytes + b] = planes[from++]!;
  return out;
}
