/** What happens on the WebSockets of the page. */
export interface SocketWatcher {
  created(): void;
  opened(): void;
  /** A text frame was received. */
  received(frame: string): void;
  closed(code: number): void;
}

/**
 * Watches every WebSocket that the page opens from now on, since PeerJS does not expose its frames.
 *
 * @returns a function that stops watching.
 */
export function watchSockets(watcher: SocketWatcher): () => void {
  const NativeWebSocket = globalThis.WebSocket;
  let isWatching = true;

  globalThis.WebSocket = class extends NativeWebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      watcher.created();
      this.addEventListener('open', () => isWatching && watcher.opened());
      this.addEventListener('close', ({ code }) => isWatching && watcher.closed(code));
      this.addEventListener('message', ({ data }) => isWatching && watcher.received(String(data)));
    }
  };

  return () => {
    isWatching = false;
    globalThis.WebSocket = NativeWebSocket;
  };
}
