import { it, onTestFinished } from 'vitest';
import { enter, openKitPage, untilHappened, untilLinked } from '../support/browser/kitPage.ts';
import { useContext } from '../support/browser/tabs.ts';
import { TcpProxy } from '../support/browser/tcpProxy.ts';
import { useKitSite } from '../support/browser/useKitSite.ts';
import { useServer } from '../support/servers.ts';

// What a game is told, and what its own mistakes do.

const origin = useServer();
const site = useKitSite();
const context = useContext(() => site().idleUrl);

it('a listener that throws, at whatever event, costs the player neither the server nor the others', async () => {
  const upstream = Number(new URL(origin()).port);
  const proxy = await TcpProxy.start(upstream);
  onTestFinished(() => proxy.close());
  const where = { server: `http://127.0.0.1:${proxy.port}` };
  const ann = await openKitPage(context(), site(), origin());
  await ann.evaluate(() => {
    window.addEventListener('error', ({ message }) => window.happened.push(message));
  });
  await enter(ann, { where, code: 'throwing' });
  await ann.evaluate(() => {
    const { room } = window;
    for (const name of ['peerjoin', 'peerleave', 'host', 'status', 'update'] as const) {
      room.on(name, () => {
        throw new Error(`a bug at ${name}`);
      });
    }
    // It hears of it behind the one that throws.
    room.on('peerjoin', ({ name }) => window.happened.push(`met ${name}`));
  });
  const others = await Promise.all(
    ['Bob', 'Cid'].map(async (name) => {
      const page = await openKitPage(context(), site(), origin());
      await enter(page, { where: {}, code: 'throwing', profile: { name } });
      return page;
    }),
  );
  await Promise.all([ann, ...others].map((page) => untilLinked(page, 2)));
  for (const name of ['Bob', 'Cid']) await untilHappened(ann, `met ${name}`);
  await untilHappened(ann, 'Uncaught Error: a bug at peerjoin');

  proxy.upstream = undefined;
  proxy.reset();
  await untilHappened(ann, 'status reconnecting');
  proxy.upstream = upstream;
  await untilHappened(ann, 'status online');
});
