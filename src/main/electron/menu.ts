import { Menu } from 'electron';

/**
 * macOS needs a menu for the clipboard to work; elsewhere keys reach the page alone. Nowhere does a menu take keys that the
 * app gives another meaning: Ctrl+R trains again, Ctrl+Z takes back a label.
 */
export function appMenu(platform = process.platform): Menu | null {
  if (platform !== 'darwin') return null;
  return Menu.buildFromTemplate([
    { role: 'appMenu' },
    { role: 'editMenu', submenu: [{ role: 'cut' }, { role: 'copy' }, { role: 'paste' }, { role: 'selectAll' }] },
    { role: 'windowMenu' },
  ]);
}
