import { eventIterator } from '@orpc/contract';
import type { ContractRouterClient } from '@orpc/contract';
import { appEvent } from '../domain';
import { app } from './app';
import { boxed } from './boxes';
import { engines } from './engines';
import { imports } from './imports';
import { insight } from './insight';
import { labels } from './labels';
import { masks } from './masks';
import { blocks, encoders } from './library';
import { project } from './project';
import { returning } from './returning';
import { samples } from './samples';
import { storage } from './storage';
import { training } from './training';
import { volumes } from './volumes';
import { base, nothing } from './base';

/** The one typed contract between the services and every window, browser tab and command line (docs/architecture.md). */
export const contract = {
  app,
  engines,
  project,
  imports,
  samples,
  labels,
  training,
  blocks,
  volumes,
  boxes: boxed,
  masks,
  encoders,
  insight,
  storage,
  returning,
  events: base.input(nothing).output(eventIterator(appEvent)),
};
export type Contract = typeof contract;
/** How every window, tab and command line calls the services. */
export type Client = ContractRouterClient<Contract>;
