import { expect, it } from 'vitest';
import { lacksSlash } from '../../../src/protocol/mount.ts';
import { incomingRequest } from './incoming.ts';

/** As workerd hands it over: a URL that is the target of the request line, which Node's would refuse. */
function request(target: string, headers: Readonly<Record<string, string>> = {}): Request {
  const original = new Request('http://unused.example/', { headers });
  return new Proxy(original, {
    get(object, name) {
      if (name === 'url') return target;
      const value: unknown = Reflect.get(object, name, object);
      return typeof value === 'function' ? value.bind(object) : value;
    },
  });
}

it.each([
  ['/myapp', '/'],
  ['/myapp/', '/'],
  ['/myapp/demo', '/demo'],
  ['/myapp/demo/', '/demo/'],
  ['/myapp/assets/check-1.js', '/assets/check-1.js'],
  ['/myapp/room/table-7/peerjs?id=a', '/room/table-7/peerjs?id=a'],
  ['/myapp/health', '/health'],
  // Where peers meet is where they said.
  ['/myapp/peerjs?id=a', '/myapp/peerjs?id=a'],
  ['/myapp/peerjs/id', '/myapp/peerjs/id'],
  ['/myapps/demo', '/myapps/demo'],
  ['/demo', '/demo'],
])('below a mount, %s is %s', (target, expected) => {
  const { url } = incomingRequest(request(target, { Host: 'a:80' }), '/myapp');
  expect(url.replace(/^http:\/\/[^/]+/, '')).toBe(expected);
});

it('tells a browser the folder, so that relative links are right', () => {
  const browser = 'text/html,*/*';
  expect(lacksSlash('/myapp?a', browser, '/myapp')).toBe(true);
  expect(lacksSlash('/myapp/', browser, '/myapp')).toBe(false);
  expect(lacksSlash('/myapp', undefined, '/myapp')).toBe(false);
  expect(lacksSlash('/', browser, '')).toBe(false);
});
