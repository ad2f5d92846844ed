/** Where the server listens when it is run from its sources, and the variable that says so. */
export function hostOfSources(): { readonly address: string; readonly name: string } {
  const { HOST } = process.env;
  return HOST ? { address: HOST, name: 'HOST' } : { address: '127.0.0.1', name: '--host' };
}
