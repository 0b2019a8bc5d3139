import { z } from 'zod';
import { appInfo, folderListing, settings } from '../domain';
import { base, nothing } from './base';

export const app = {
  info: base.input(nothing).output(appInfo),
  /** Stores the given settings beside the others. */
  saveSettings: base.input(settings.partial()).output(settings),
  /** The system's own dialog; null when the person cancels. Only in Electron: the browser shell lists folders instead. */
  pick: base
    .input(z.object({ what: z.enum(['files', 'folder', 'project', 'save-csv']), suggestion: z.string().optional() }))
    .output(z.array(z.string()).nullable()),
  /** Another window onto the open project. Only in Electron: a browser opens a tab. */
  openWindow: base.input(nothing).output(nothing),
  /** One folder of this machine; null: the person's home. */
  listFolder: base.input(z.object({ dir: z.string().nullable() })).output(folderListing),
  /** Opens a folder that this process has written (a report) in the system's file manager. Only in Electron. */
  showFolder: base.input(z.object({ dir: z.string() })).output(nothing),
  forgetRecent: base.input(z.object({ dir: z.string() })).output(appInfo),
};
