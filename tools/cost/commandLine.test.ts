import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CommandLineError } from '../CommandLineError.ts';
import { parseCommandLine } from './commandLine.ts';

const MAIN = join(import.meta.dirname, 'main.ts');

const run = (...args: string[]) => promisify(execFile)(process.execPath, [MAIN, ...args]);

const parse = (line: string) => parseCommandLine(line === '' ? [] : line.split(' '));

describe('npm run cost', () => {
  it('prints what is used and what it costs', async () => {
    const { stdout } = await run('--rooms', '1000', '--peers', '4', '--hours', '24');
    expect(stdout).toContain('1000 rooms of 4 peers, 24 h a day, 1 h for each peer');
    expect(stdout).toMatch(/^Worker requests +96,000 +0\.00$/m);
    expect(stdout).toMatch(/^together +\d/m);
  });

  it('says in a sentence what is wrong, and fails', async () => {
    await expect(run('--rooms', 'many')).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: '--rooms must be a whole number from 1 to 10000000; it is "many".\n',
    });
  });
});

describe('the command line', () => {
  it('without options is 1,000 rooms of four all day', () => {
    expect(parse('')).toEqual({
      kind: 'compute',
      workload: {
        kind: 'room',
        places: 1000,
        peers: 4,
        shards: 1,
        hours: 24,
        sessionHours: 1,
        connectionsPerPeer: 1.5,
        messagesPerConnection: 22,
        lostShare: 0.05,
        absentCallsPerPeer: 0.1,
        hasMetrics: true,
        hasInvocationLogs: false,
      },
    });
  });

  it('makes the full mesh in a room of any size', () => {
    expect(parse('--peers 2')).toMatchObject({ workload: { connectionsPerPeer: 0.5 } });
    expect(parse('--peers 1')).toMatchObject({ workload: { connectionsPerPeer: 0 } });
  });

  it('may be about a realm', () => {
    expect(
      parse('--realm --peers 1000000 --shards 200 --connections 3 --no-metrics'),
    ).toMatchObject({
      workload: {
        kind: 'realm',
        places: 1,
        peers: 1_000_000,
        shards: 200,
        connectionsPerPeer: 3,
        hasMetrics: false,
      },
    });
  });

  it('may be about a room that is polled, or about losses', () => {
    expect(parse('--polled-room')).toEqual({ kind: 'polled room' });
    expect(parse('--lost 0 --absent-calls 2 --invocation-logs')).toMatchObject({
      workload: { lostShare: 0, absentCallsPerPeer: 2, hasInvocationLogs: true },
    });
  });

  it.each([
    ['--room 3', "Unknown option '--room'. npm run cost -- --help lists the options."],
    ['--peers 0', '--peers must be a whole number from 1 to 10000000; it is "0".'],
    ['--rooms 1.5', '--rooms must be a whole number from 1 to 10000000; it is "1.5".'],
    ['--hours 25', '--hours must be a number above 0, at most 24; it is "25".'],
    ['--session-hours 0', '--session-hours must be a number above 0, at most 24; it is "0".'],
    ['--messages x', '--messages must be a number above 0, at most 1000; it is "x".'],
    ['--realm --shards 2000', '--shards must be a whole number from 1 to 1024; it is "2000".'],
    ['--lost 5', '--lost must be a number from 0 to 1; it is "5".'],
    ['--absent-calls=-1', '--absent-calls must be a number from 0 to 1000; it is "-1".'],
    ['--shards 2', '--shards needs --realm: a room is always one coordinator.'],
    ['--realm --rooms 2', '--rooms and --realm exclude each other.'],
  ])('%s is refused', (line, sentence) => {
    expect(() => parse(line)).toThrow(new CommandLineError(sentence));
  });
});
