/** What happens on the WebSockets of the page. Each is named by its number, in the order of opening. */
interface SocketWatcher {
  created(socket: number): void;
  opened(socket: number, send: (frame: string) => void): void;
  /** A text frame was received. */
  received(socket: number, frame: string): void;
  closed(socket: number, code: number): void;
}

/**
 * Watches every WebSocket that the page opens from now on, since PeerJS does not expose its frames.
 *
 * @returns a function that stops watching.
 */
export function watchSockets(watcher: SocketWatcher): () => void {
  const NativeWebSocket = globalThis.WebSocket;
  let isWatching = true;
  let count = 0;

  globalThis.WebSocket = class extends NativeWebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      const number = count;
      count += 1;
      watcher.created(number);
      const when = (type: 'open' | 'close' | 'message', listener: (event: Event) => void) =>
        this.addEventListener(type, (event) => isWatching && listener(event));
      when('open', () => watcher.opened(number, (frame) => this.send(frame)));
      when('close', (event) => watcher.closed(number, (event as CloseEvent).code));
      when('message', (event) => watcher.received(number, String((event as MessageEvent).data)));
    }
  };

  return () => {
    isWatching = false;
    globalThis.WebSocket = NativeWebSocket;
  };
}
