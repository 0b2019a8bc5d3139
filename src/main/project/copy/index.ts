/** Copies of an open project: for a colleague, or to bring it onto a local disk. */
export { giveProject, copySizes, type CopyOptions, type Progress } from './give';
export { limitsOf } from './limits';
export { limitWords } from './about';
