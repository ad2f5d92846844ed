import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** RFC 8489: a request, the answer to it, and what is exclusive-or'ed with an address in it. */
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const XOR_MAPPED_ADDRESS = 0x0020;
const MAGIC_COOKIE = 0x2112a442;
const HEADER_BYTES = 20;

/** Where a router would be that all clients are behind (of the addresses kept for examples). */
const SEEN_FROM_OUTSIDE = 0xcb007107;

export interface StunServer {
  readonly port: number;
  stop(): void;
}

/** A STUN server on this machine that sees everybody behind a router, as it is on the Internet. */
export async function startStunServer(): Promise<StunServer> {
  const socket = createSocket('udp4');
  socket.on('message', (request, { port, address }) => {
    if (request.length < HEADER_BYTES || request.readUInt16BE(0) !== BINDING_REQUEST) return;
    const attribute = Buffer.alloc(12);
    attribute.writeUInt16BE(XOR_MAPPED_ADDRESS, 0);
    attribute.writeUInt16BE(8, 2);
    attribute.writeUInt8(1, 5);
    attribute.writeUInt16BE(port ^ (MAGIC_COOKIE >>> 16), 6);
    attribute.writeUInt32BE((SEEN_FROM_OUTSIDE ^ MAGIC_COOKIE) >>> 0, 8);
    const header = Buffer.from(request.subarray(0, HEADER_BYTES));
    header.writeUInt16BE(BINDING_SUCCESS, 0);
    header.writeUInt16BE(attribute.length, 2);
    socket.send(Buffer.concat([header, attribute]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { port: (socket.address() as AddressInfo).port, stop: () => socket.close() };
}
