/** Blocks of language models out of any file: what a file holds, one or several of its layers, and a layer of its own as a file. */
export { hashOfBlock, loadBlock, openBlocks, ranges } from './load';
export { importBlock, libraryBlocks } from './importBlock';
export { inspectBlock } from './inspect';
export type { BlockFile, BlockOptions, LoadedBlock } from './load';
