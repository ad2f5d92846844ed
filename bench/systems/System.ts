/** What is compared, by the name it has on the command line and in the figures. */
export type SystemName = 'server' | 'bare' | 'node' | 'official';

/** A system that runs, as the load generator has to know it. Plain data: it crosses processes. */
export interface System {
  readonly name: SystemName;
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** Where V8's inspector listens, if it was asked for. */
  readonly inspectorPort: number | undefined;
  /** The official server has one place at one path, where all peers meet. */
  readonly hasRooms: boolean;
  /** Whether each heartbeat is answered with a frame. */
  readonly answersHeartbeats: boolean;
  /** Whether `/metrics` says how often a coordinator has come into memory. */
  readonly countsWakes: boolean;
}

export interface RunningSystem extends System {
  stop(): Promise<void>;
}
