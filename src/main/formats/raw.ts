import type { NpyHeader } from './npyHeader';

export interface RawMember extends NpyHeader {
  readonly name: string;
}

/** What a container of NumPy arrays (a zip, a single file) gives to the reading of rows. */
export interface RawArrays {
  readonly members: ReadonlyMap<string, RawMember>;
  /** Arrays that are whole, but of a type that is not read: name → reason. */
  readonly unreadable: ReadonlyMap<string, string>;
  /** Data bytes as stored, exactly `dataBytes` of them; throws before the last ones where anything is wrong. */
  data(name: string): AsyncIterable<Buffer>;
  close(): Promise<void>;
}
