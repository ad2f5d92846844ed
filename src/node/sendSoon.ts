/** Something that has gathered what it is to write. */
interface Gathering {
  flush(): void;
}

let gathering: Gathering[] = [];

/**
 * Has what gathers on a socket written when all that has come in this turn of the event loop has been
 * handled: a call to the kernel costs more than all else that is done for a message.
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
