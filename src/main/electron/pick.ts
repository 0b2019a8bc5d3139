import { dialog, shell, type BrowserWindow, type OpenDialogOptions } from 'electron';
import type { Pick } from '@main/api';
import { UserError } from '@shared/errors';

type What = Parameters<Pick>[0];

const OPEN: Record<Exclude<What, 'save-csv'>, OpenDialogOptions> = {
  // All files: those of DICOM have any name or none, and what cannot be read says so by itself.
  files: { properties: ['openFile', 'multiSelections'] },
  folder: { properties: ['openDirectory', 'createDirectory'] },
  // A project is a folder.
  project: { properties: ['openDirectory'] },
};

/** In the system's file manager. @throws UserError with its reason */
export async function showFolder(dir: string): Promise<void> {
  const problem = await shell.openPath(dir);
  if (problem !== '') throw new UserError('file-unreadable', problem, { file: dir });
}

/** The system's own dialogs, above the window. */
export function pickWith(window: () => BrowserWindow | null): Pick {
  return async (what, suggestion) => {
    const above = window();
    if (what === 'save-csv') {
      const options = { defaultPath: suggestion, filters: [{ name: 'CSV', extensions: ['csv'] }] };
      const saved = await (above ? dialog.showSaveDialog(above, options) : dialog.showSaveDialog(options));
      return saved.canceled ? null : [saved.filePath];
    }
    const options = { ...OPEN[what], defaultPath: suggestion };
    const opened = await (above ? dialog.showOpenDialog(above, options) : dialog.showOpenDialog(options));
    return opened.canceled ? null : opened.filePaths;
  };
}
