/** What Cloudflare bills of a server, as far as it can be counted. */
export interface Billed {
  readonly workerRequests: number;
  /** Calls of objects, by the Worker and by each other, and alarms. */
  readonly objectRequests: number;
  /** Those that a room makes for a directory, during which two objects are in memory. */
  readonly callsBetweenObjects: number;
  /** Frames of clients. */
  readonly frames: number;
  readonly rowsWritten: number;
}
