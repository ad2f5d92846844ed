import { expect, it } from 'vitest';
import { belowMount, TOP_PATHS } from './mount.ts';

it.each(['/', ...TOP_PATHS, '/room/table-7/peerjs', '/room/table-7/peerjs/peers'])(
  '%s is served below a path too',
  (path) => {
    const pathname = path.replace(/:\w+/, 'name-1.html');
    expect(belowMount(`/myapp${pathname}`, '/myapp')).toBe(pathname);
    expect(belowMount(`/other${pathname}`, '/myapp')).toBeUndefined();
  },
);

it.each(['/peerjs', '/examples/peerjs', '/assets/peerjs/', '/examples/peerjs/peers', '/healthy'])(
  '%s is at the path of clients, with or without a path of the server',
  (path) => expect(belowMount(`/myapp${path}`, '/myapp')).toBeUndefined(),
);
