const PATIENCE_MS = 8000;

/** Whether the TURN servers relay: a browser that may use nothing else gets a candidate from them. */
export async function turnWorks(iceServers: RTCIceServer[]): Promise<boolean> {
  const connection = new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' });
  try {
    connection.createDataChannel('check');
    const result = new Promise<boolean>((resolve) => {
      setTimeout(resolve, PATIENCE_MS, false);
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
