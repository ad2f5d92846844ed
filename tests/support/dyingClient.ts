/**
 * A client in a process of its own, for tests that kill it: `node dyingClient.ts <port> <way> <path>`. It
 * writes a line when it has got as far as the way says, and then waits for its end.
 */
import { RawConnection, upgradeRequest } from './rawConnection.ts';
import { TestPeer } from './testPeer.ts';

const [port, way, path = '/'] = process.argv.slice(2);
const request = upgradeRequest(`${path}/peerjs?key=peerjs&id=dying&token=dying`);

switch (way) {
  case 'in-the-middle-of-the-upgrade-request':
    new RawConnection(Number(port)).send(request.slice(0, request.length / 2));
    break;
  case 'before-the-answer-to-the-upgrade-request':
    new RawConnection(Number(port)).send(request);
    break;
  case 'between-offer-and-answer': {
    const id = 'dying';
    const peer = await TestPeer.open(`http://127.0.0.1:${port}`, { path, id, token: id });
    peer.send({ type: 'OFFER', dst: 'alice', payload: { sdp: 'v=0' } });
    await peer.settle();
    break;
  }
  default:
    throw new Error(`there is no way ${way}`);
}
console.log('as far as I get');
setInterval(() => {}, 1000);
