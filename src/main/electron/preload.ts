import { contextBridge, ipcRenderer, webUtils } from 'electron';

/** All that a page gets from Electron: that it is there, where dropped files lie, and a port to the services. */
contextBridge.exposeInMainWorld('residua', { shell: 'electron' });

// Only what a person drops gets its path: the page cannot ask for others. The page's own handler runs after this one, the message after both.
window.addEventListener(
  'drop',
  (event) => {
    const paths = [...(event.dataTransfer?.files ?? [])].map((file) => webUtils.getPathForFile(file));
    window.postMessage({ residuaDropped: paths.filter((path) => path !== '') }, window.location.origin);
  },
  true,
);

window.addEventListener('message', (event) => {
  const [port] = event.ports;
  if (event.source === window && event.data === 'residua-port' && port)
    ipcRenderer.postMessage('residua-port', null, [port]);
});
