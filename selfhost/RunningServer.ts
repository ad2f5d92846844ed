/** A server that runs in a process of its own: on workerd or on Node. */
export interface RunningServer {
  readonly port: number;
  readonly pid: number;
  /** Where V8's inspector listens, if it was asked for. */
  readonly inspectorPort: number | undefined;
  /** Resolves when the process has ended, by itself or by `stop`. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Closes all sockets, so that their peers reconnect, ends the process, and removes what it left behind. */
  stop(): Promise<void>;
  /** Ends the process with SIGKILL, as a crash or a power cut does: nobody is told anything. */
  kill(): Promise<void>;
}
