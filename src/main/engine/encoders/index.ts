/** 2D encoders out of any file: what a file holds, its weights under our names, and an encoder as a file of the person's library. */
export { importEncoder, inspectEncoder, libraryEncoders } from './importEncoder';
export { hashOfEncoder, loadEncoder, openEncoder } from './load';
export type { EncoderFile, LoadedEncoder } from './load';
