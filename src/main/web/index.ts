/** How windows and command lines outside of the process reach the services: a browser over HTTP, a command line over a socket. */
export { serveBrowser, type BrowserShell } from './browser';
export { connectSocket, serveSocket, socketPath } from './socket';
