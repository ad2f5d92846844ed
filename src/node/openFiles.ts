/** Descriptors that are kept for other things: files, pipes, the log, requests to other servers. */
const RESERVE = 64;
/** The share of the connections that is kept for requests that open no WebSocket. */
const SHARE_OF_SOCKETS = 0.9;

/** How many connections this process can hold. */
interface ConnectionLimits {
  /** Connections of all kinds. With more, the system would refuse to open anything, the log included. */
  readonly connections: number;
  /** Connections that have become a WebSocket. */
  readonly sockets: number;
}

/**
 * The limits that follow from how many files the system lets this process open. Node raises that number
 * as far as it may when it starts. Windows has no such limit.
 *
 * @param most connections, if there should be fewer.
 */
export function connectionLimits(most = Number.POSITIVE_INFINITY): ConnectionLimits {
  const connections = Math.max(1, Math.min(most, openFilesLimit() - RESERVE));
  return { connections, sockets: Math.max(1, Math.floor(connections * SHARE_OF_SOCKETS)) };
}

/** How many files the system lets this process open. */
export function openFilesLimit(): number {
  if (process.platform === 'win32') return Number.POSITIVE_INFINITY;
  // The types lack it. Without it the name of every address of this machine is looked up.
  const report: NodeJS.ProcessReport & { excludeNetwork?: boolean } = process.report;
  const { excludeNetwork = false } = report;
  report.excludeNetwork = true;
  const { userLimits } = report.getReport() as {
    userLimits?: { open_files?: { soft?: number | string } };
  };
  report.excludeNetwork = excludeNetwork;
  const soft = Number(userLimits?.open_files?.soft);
  return Number.isNaN(soft) ? Number.POSITIVE_INFINITY : soft;
}
