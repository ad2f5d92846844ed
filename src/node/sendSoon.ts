/** Gathers what it has to write. */
interface Gathering {
  flush(): void;
}

let gathering: Gathering[] = [];

/**
 * Lets a socket write what it has gathered once all that came in this turn of the event loop has been
 * handled: a call to the kernel costs more than the rest of the work for a message.
 */
export function sendSoon(socket: Gathering): void {
  if (gathering.length === 0) setImmediate(sendAll);
  gathering.push(socket);
}

function sendAll(): void {
  const sockets = gathering;
  gathering = [];
  for (const socket of sockets) socket.flush();
}
