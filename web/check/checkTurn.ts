const TIMEOUT_MS = 8000;

/**
 * Whether the TURN servers relay: a browser that may use relays alone gets a candidate from one.
 */
export async function turnWorks(iceServers: RTCIceServer[]): Promise<boolean> {
  const connection = new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' });
  try {
    connection.createDataChannel('check');
    const result = new Promise<boolean>((resolve) => {
      setTimeout(resolve, TIMEOUT_MS, false);
      connection.onicecandidate = ({ candidate }) => {
        if (candidate === null) resolve(false);
        else if (candidate.type === 'relay') resolve(true);
      };
    });
    await connection.setLocalDescription();
    return await result;
  } finally {
    connection.close();
  }
}
