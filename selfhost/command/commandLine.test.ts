import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { PROJECT_ROOT } from '../projectRoot.ts';
import { type CommandLine, parseCommandLine } from './commandLine.ts';

/** As a shell splits it, for what has no quotes. */
function parse(line: string): CommandLine {
  return parseCommandLine(line === '' ? [] : line.split(' '), {
    name: 'test',
    version: '1.2.3',
    defaultHost: '::',
  });
}

describe('a command line of the official server', () => {
  it('may be empty: all is left to the environment and the defaults', () => {
    expect(parse('')).toEqual({ settings: {} });
  });

  it('says where to listen and what the clients’ path is', () => {
    expect(parse('--port 9000 --host 127.0.0.1 --path /myapp')).toMatchObject({
      port: '9000',
      host: '127.0.0.1',
      path: '/myapp',
    });
    expect(parse('-p 80 -H ::')).toMatchObject({ port: '80', host: '::' });
  });

  it.each([
    ['--key mine', { PEERJS_KEY: 'mine' }],
    ['-k=mine', { PEERJS_KEY: 'mine' }],
    ['-k 0123', { PEERJS_KEY: '0123' }],
    ['--concurrent_limit 50', { REALM_CAPACITY: '50' }],
    ['-c 50', { REALM_CAPACITY: '50' }],
    [
      '--expire_timeout 1000 --alive_timeout=60000',
      { EXPIRE_TIMEOUT_MS: '1000', ALIVE_TIMEOUT_MS: '60000' },
    ],
    ['--expire_timeout 600000', { EXPIRE_TIMEOUT_MS: '600000' }],
    ['-t 1000', { EXPIRE_TIMEOUT_MS: '1000' }],
    ['--allow_discovery', { ALLOW_DISCOVERY: 'all' }],
    ['--allow_discovery true', { ALLOW_DISCOVERY: 'all' }],
    ['--allow_discovery=false', { ALLOW_DISCOVERY: 'none' }],
    ['--no-allow_discovery', { ALLOW_DISCOVERY: 'none' }],
    ['--proxied', { TRUST_PROXY: 'true' }],
    ['--proxied false', { TRUST_PROXY: 'false' }],
    ['--cors https://a.example', { ALLOWED_ORIGINS: 'https://a.example' }],
    [
      '--cors https://a.example https://b.example -p 1',
      { ALLOWED_ORIGINS: 'https://a.example,https://b.example' },
    ],
    [
      '--cors https://a.example --cors https://b.example',
      { ALLOWED_ORIGINS: 'https://a.example,https://b.example' },
    ],
  ])('%s', (line, settings) => {
    expect(parse(line).settings).toEqual(settings);
  });

  it('names the files for HTTPS, both', () => {
    expect(parse('--sslkey a.pem --sslcert b.pem').ssl).toEqual({ key: 'a.pem', cert: 'b.pem' });
    expect(() => parse('--sslkey a.pem')).toThrow('HTTPS needs both: --sslkey and --sslcert.');
    expect(() => parse('--sslcert b.pem')).toThrow('HTTPS needs both: --sslkey and --sslcert.');
  });

  it.each([
    ['--prot 9000', 'Unknown argument: prot'],
    ['9000', 'Unknown argument: 9000'],
    ['--expire_timeout soon', '--expire_timeout: EXPIRE_TIMEOUT_MS must be a whole number'],
    ['--cors example.com', '--cors: ALLOWED_ORIGINS must be'],
    ['--port', '--port needs a number, such as 9000.'],
    ['-p', '--port needs a number, such as 9000.'],
    ['--host --port 1', '--host needs an address, such as 127.0.0.1.'],
    ['--path', '--path needs a path, such as /myapp.'],
    ['-c', '--concurrent_limit needs a number, such as 5000.'],
    ['--alive_timeout', '--alive_timeout needs a number of milliseconds, such as 90000.'],
    ['--expire_timeout=', '--expire_timeout needs a number of milliseconds, such as 5000.'],
    ['--sslkey --sslcert a.pem', '--sslkey needs a file, such as key.pem.'],
    ['--cors', '--cors needs an origin, such as https://game.example.'],
    ['--cors --port 1', '--cors needs an origin, such as https://game.example.'],
    ['--cors=', '--cors needs an origin, such as https://game.example.'],
    ['--cors ', '--cors needs an origin, such as https://game.example.'],
    [
      '--proxied=2',
      '--proxied is true or false: set TRUST_PROXY to the number of several proxies.',
    ],
    ['--allow_discovery=yes', '--allow_discovery is true or false.'],
    ['--key ', '--key needs a word, such as peerjs.'],
    ['--expire_timeout 600001', 'EXPIRE_TIMEOUT_MS must be a whole number from 0 to 600000'],
  ])('is refused where it is wrong: %s', (line, message) => {
    expect(() => parse(line)).toThrow(message);
  });

  it('is refused where a flag that has one value is given two', () => {
    expect(() => parse('--port 1 --port 2')).toThrow('--port was given twice.');
    expect(() => parse('-p 1 --port 2')).toThrow('--port was given twice.');
  });

  it('is refused in English, whatever the machine speaks', () => {
    vi.stubEnv('LC_ALL', 'de_DE.UTF-8');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    expect(() => parse('--prot 9000')).toThrow('Unknown argument: prot. --help lists the flags.');
  });

  it('is explained in 80 columns without a word that is broken', async () => {
    const start = join(PROJECT_ROOT, 'selfhost', 'start.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [start, '--help']);
    const flags = stdout.split('\n').filter((line) => line.includes('--'));
    expect(flags.length).toBeGreaterThan(10);
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
    // What does not fit beside its flag goes on in a line of its own.
    expect(stdout).not.toMatch(/^ {20}/m);
    for (const line of flags.slice(1)) expect(line).toMatch(/\S {2,}\S.*\S +\[\w+\]$/);
  });
});
