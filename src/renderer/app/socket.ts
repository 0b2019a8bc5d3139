/** Milliseconds before the first try to connect again, and the longest. */
const FIRST_WAIT = 200;
const LONGEST_WAIT = 3000;

/**
 * A WebSocket that connects again by itself. Calls under way when the connection breaks fail at once (they may or may not have
 * been done); later ones wait for the new connection. Listeners stay through reconnections.
 */
export class ReconnectingSocket {
  #socket: WebSocket;
  #wait = FIRST_WAIT;
  #closed = false;
  readonly #events = new EventTarget();

  constructor(
    private readonly url: string,
    private readonly open: (url: string) => WebSocket = (address) => new WebSocket(address),
  ) {
    this.#socket = this.#connect();
  }

  get readyState(): WebSocket['readyState'] {
    return this.#socket.readyState;
  }

  readonly addEventListener: WebSocket['addEventListener'] = (...args: Parameters<EventTarget['addEventListener']>) =>
    this.#events.addEventListener(...args);

  readonly removeEventListener: WebSocket['removeEventListener'] = (
    ...args: Parameters<EventTarget['removeEventListener']>
  ) => this.#events.removeEventListener(...args);

  send(data: Parameters<WebSocket['send']>[0]): void {
    this.#socket.send(data);
  }

  close(): void {
    this.#closed = true;
    this.#socket.close();
  }

  #connect(): WebSocket {
    const socket = this.open(this.url);
    socket.addEventListener('open', () => {
      this.#wait = FIRST_WAIT;
      this.#events.dispatchEvent(new Event('open'));
    });
    socket.addEventListener('message', (event: MessageEvent<unknown>) => {
      this.#events.dispatchEvent(new MessageEvent('message', { data: event.data }));
    });
    socket.addEventListener('close', () => {
      this.#events.dispatchEvent(new Event('close'));
      if (this.#closed) return;
      setTimeout(() => {
        if (!this.#closed) this.#socket = this.#connect();
      }, this.#wait);
      this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT);
    });
    return socket;
  }
}
