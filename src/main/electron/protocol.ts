import { protocol, type Session } from 'electron';
import { securityHeaders } from '@main/web/headers';
import { staticFile } from '@main/web/static';
import type { Endpoint } from '@main/api';

const SCHEME = 'app';
const HOST = 'residua';
/** The window's page. */
export const APP_URL = `${SCHEME}://${HOST}/index.html`;

/** Only pages of ours may speak to the services. */
export const isOurs = (url: string): boolean => url.startsWith(`${SCHEME}://${HOST}/`);

/** Before the app is ready: `app://` is a web origin of its own, secure, and may be fetched from. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/** Answers `app://residua/` with files of one fixed folder and with pixels; every answer carries the policy. */
export function answerApp(session: Session, root: string, services: Promise<{ endpoint: Endpoint }>): void {
  session.protocol.handle(SCHEME, async (request) => {
    const url = new URL(request.url);
    if (url.host !== HOST || request.method !== 'GET') return answer(403, 'text/plain', 'refused');
    if (url.pathname.startsWith('/pixels/')) {
      const { endpoint } = await services;
      const { status, type, body } = await endpoint.pixels(url.pathname.slice('/pixels/'.length) + url.search);
      return answer(status, type, body);
    }
    const file = await staticFile(root, url.pathname);
    return file ? answer(200, file.type, file.body) : answer(404, 'text/plain', 'not found');
  });
}

const answer = (status: number, type: string, body: string | Uint8Array<ArrayBuffer>): Response =>
  new Response(body, { status, headers: { ...securityHeaders(), 'Content-Type': type, 'Cache-Control': 'no-store' } });
