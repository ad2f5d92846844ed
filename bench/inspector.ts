import { WebSocket } from 'ws';

/**
 * Bytes of JavaScript heap that are in use once the garbage is gone, as V8's inspector of Node or
 * workerd says. workerd never answers `collectGarbage`, but before a heap snapshot V8 collects too,
 * so the snapshot is asked for and thrown away.
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
      // The chunks of a snapshot are large and many, and none of them is the answer.
      if (data.length > 100_000 || data.includes('HeapProfiler.addHeapSnapshotChunk')) return;
      const message = JSON.parse(String(data)) as { id?: number; result?: unknown };
      if (message.id === id) resolve(message.result ?? message);
    });
    socket.send(JSON.stringify({ id, method, params }));
  });
}
