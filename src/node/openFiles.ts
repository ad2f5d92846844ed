/** Descriptors that are left for what is no connection: files, pipes, the log, requests to others. */
const RESERVE = 64;
/** Of the connections that there can be, this share is left for requests that open no socket. */
const SHARE_OF_SOCKETS = 0.9;

/** How many connections this process can hold. */
export interface ConnectionLimits {
  /** Of all kinds. Beyond them the system would refuse to open anything, and so the log. */
  readonly connections: number;
  /** Of those that have become a WebSocket. */
  readonly sockets: number;
}

/**
 * The limits that follow from how many files the system lets this process open. Node has raised that
 * to the most at its start. Windows has no such limit.
 *
 * @param most connections, where these shall be fewer.
 */
export function connectionLimits(most = Number.POSITIVE_INFINITY): ConnectionLimits {
  const connections = Math.max(1, Math.min(most, openFilesLimit() - RESERVE));
  return { connections, sockets: Math.max(1, Math.floor(connections * SHARE_OF_SOCKETS)) };
}

function openFilesLimit(): number {
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
