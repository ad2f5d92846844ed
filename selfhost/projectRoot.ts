import { fileURLToPath } from 'node:url';

/** The folder of package.json and wrangler.jsonc. */
export const PROJECT_ROOT = fileURLToPath(new URL('..', import.meta.url));
