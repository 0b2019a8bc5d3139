import { join, resolve } from 'node:path';
import { defaultUserDataDir } from './userData';

/** Where optional engines are installed for this person; `RESIDUA_ENGINES` names another folder. */
export const enginesDir = (env: NodeJS.ProcessEnv = process.env): string =>
  env.RESIDUA_ENGINES ? resolve(env.RESIDUA_ENGINES) : join(defaultUserDataDir(env), 'engines');

export const tensorflowDir = (env: NodeJS.ProcessEnv = process.env): string => join(enginesDir(env), 'tensorflow');
