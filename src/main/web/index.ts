/** How windows and command lines outside of the process reach the services: a browser over HTTP, a command line over a socket. */
export { serveBrowser, type BrowserShell, type BrowserShellOptions } from './browser';
export { connectSocket, serveSocket, socketPath, type SocketConnection, type SocketServer } from './socket';
export { contentSecurityPolicy, securityHeaders } from './headers';
export { staticFile, rendererDir, type StaticFile } from './static';
