import { WebSocket } from 'ws';

/**
 * Bytes of JavaScript heap in use after a garbage collection, from V8's inspector of Node or
 * workerd. workerd never answers `collectGarbage`. V8 also collects before a heap snapshot, so this
 * requests a snapshot and discards it.
 */
export async function liveHeapBytes(host: string, inspectorPort: number): Promise<number> {
  const targets = (await (await fetch(`http://${host}:${inspectorPort}/json`)).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const socket = new WebSocket(targets[0]?.webSocketDebuggerUrl ?? '');
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  try {
    await call(socket, 1, 'HeapProfiler.enable');
    await call(socket, 2, 'HeapProfiler.takeHeapSnapshot', { reportProgress: false });
    const { usedSize } = (await call(socket, 3, 'Runtime.getHeapUsage')) as { usedSize: number };
    return usedSize;
  } finally {
    socket.terminate();
  }
}

async function call(socket: WebSocket, id: number, method: string, params = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    socket.once('close', () => reject(new Error(`The inspector went away during ${method}`)));
    socket.on('message', (data: Buffer) => {
      // The many large chunks of the snapshot are not the answer.
      if (data.length > 100_000 || data.includes('HeapProfiler.addHeapSnapshotChunk')) return;
      const message = JSON.parse(String(data)) as { id?: number; result?: unknown };
      if (message.id === id) resolve(message.result ?? message);
    });
    socket.send(JSON.stringify({ id, method, params }));
  });
}
