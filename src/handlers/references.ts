import type { Context } from 'hono';
import { asyncapi, openapi } from '../../build/web/references.js';

/** The media type of YAML (RFC 9512). */
const YAML = { 'Content-Type': 'application/yaml' };

/** `GET /openapi.yaml`: the HTTP interface. */
export function openapiReference(context: Context): Response {
  return context.body(openapi, 200, YAML);
}

/** `GET /asyncapi.yaml`: the WebSocket protocol. */
export function asyncapiReference(context: Context): Response {
  return context.body(asyncapi, 200, YAML);
}
