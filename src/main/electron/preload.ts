import { contextBridge, ipcRenderer } from 'electron';

/** All that a page gets from Electron: that it is there, and a port to the services. */
contextBridge.exposeInMainWorld('residua', { shell: 'electron' });

window.addEventListener('message', (event) => {
  const [port] = event.ports;
  if (event.source === window && event.data === 'residua-port' && port)
    ipcRenderer.postMessage('residua-port', null, [port]);
});
