import type { AppInfo } from '@shared/domain';
import type { EventBus } from './events';

export type Shell = AppInfo['shell'];
/** The system's own dialog for files and folders; null when the person cancels. */
export type Pick = (
  what: 'files' | 'folder' | 'project' | 'save-csv',
  suggestion: string | undefined,
) => Promise<string[] | null>;

export interface ServicesOptions {
  readonly shell: Shell;
  /** Where settings and recent projects are kept; the user's own folder unless given. */
  readonly userDataDir?: string;
  readonly pick?: Pick;
  /** Path of the socket on which this process answers command lines; named in the lock of the open project. */
  readonly socket?: string;
}

export interface Services {
  readonly shell: Shell;
  readonly events: EventBus;
  /** Ends running work, closes the project and lets go of its lock. */
  close(): Promise<void>;
}

export function createServices(_options: ServicesOptions): Services {
  throw new Error('under construction');
}
