/** What happens on the WebSockets of the page. */
export interface SocketWatcher {
  created(): void;
  opened(): void;
  /** A text frame has come. */
  received(frame: string): void;
  closed(code: number): void;
}

/**
 * Watches every WebSocket that the page opens from now on: PeerJS shows the frames it gets to nobody.
 *
 * @returns what ends the watching.
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
