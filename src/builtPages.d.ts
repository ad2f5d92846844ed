/**
 * The module that web/build.ts writes, declared here since it does not exist before the first
 * build.
 */
declare module '*/build/web/pages.js' {
  /** By the name of their folder in web/. `hash` is the hash of `html`. */
  export const pages: Readonly<
    Record<
      'check' | 'demo' | 'examples' | 'dashboard',
      { readonly html: string; readonly hash: string }
    >
  >;
  /** Scripts and style sheets, by file name, which contains a hash of the text. */
  export const assets: Readonly<Record<string, { readonly type: string; readonly body: string }>>;
}

declare module '*/build/web/client.js' {
  /** The client kit, without PeerJS and with it. */
  export const plain: { readonly body: string; readonly hash: string };
  export const bundle: typeof plain;
}

declare module '*/build/web/examples.js' {
  /** By name. `script` and `style` are what the page's policy allows beside files, each with a space before it. */
  export const examples: Readonly<
    Record<
      string,
      {
        readonly html: string;
        readonly hash: string;
        readonly script: string;
        readonly style: string;
      }
    >
  >;
  /** What they load from beside them, by file name, which contains a hash of the text. */
  export const exampleAssets: Readonly<
    Record<string, { readonly type: string; readonly body: string }>
  >;
}

declare module '*/build/web/references.js' {
  /** docs/openapi.yaml and docs/asyncapi.yaml, as they are. */
  export const openapi: string;
  export const asyncapi: string;
}
