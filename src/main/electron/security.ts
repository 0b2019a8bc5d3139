import type { CommandLine, Session, WebContents } from 'electron';
import { isOurs } from './protocol';

/** Chromium's own traffic: none. No name is ever resolved, whoever asks. */
export function quietChromium(commandLine: CommandLine): void {
  for (const name of [
    'disable-background-networking',
    'disable-component-update',
    'disable-domain-reliability',
    'disable-sync',
    'no-pings',
  ])
    commandLine.appendSwitch(name);
  commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND');
}

/** Whether a request stays inside the app. */
export const staysInside = (url: string): boolean =>
  isOurs(url) || url.startsWith('data:') || url.startsWith('blob:app://') || url.startsWith('devtools://devtools/');

/** Every rule of a session in one place: no permission, no device, no network, no download, no dictionary. */
export function secureSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, answer) => answer({}));
  session.setSpellCheckerEnabled(false);
  session.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !staysInside(url) }));
  session.on('will-download', (event) => event.preventDefault());
}

/** Every rule of a page: it stays where it is, opens nothing, embeds nothing, and talks to no peer. */
export function secureContents(contents: WebContents): void {
  contents.on('will-navigate', (event) => event.preventDefault());
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-frame-navigate', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp');
}
