import type { RoomChange } from '../protocol/roomRequests.ts';
import {
  type ManagedRooms,
  type NewRoom,
  type Outcome,
  type RoomPlace,
  type RoomView,
  refused,
  type SeatApplicant,
  type SeatInRoom,
  type SeatProof,
} from '../room/ManagedRooms.ts';
import { managedPath } from '../room/managedPath.ts';
import { changeOf, foundingOf, seatRequestOf } from '../room/secrets.ts';
import type { LocalRoom } from './LocalRoom.ts';
import type { LocalRooms } from './LocalRooms.ts';

const NO_SUCH_ROOM = refused('no-such-room');

/** The managed rooms of this process. A room is looked up after hashing, since it may end meanwhile. */
export class LocalManagedRooms implements ManagedRooms {
  readonly #rooms: LocalRooms;

  constructor(rooms: LocalRooms) {
    this.#rooms = rooms;
  }

  async create(
    place: RoomPlace,
    room: NewRoom,
    applicant: SeatApplicant,
  ): Promise<Outcome<SeatInRoom>> {
    const { plan, firstSeat } = await foundingOf(room, applicant);
    return this.#rooms.at(managedPath(place)).make(place, plan, firstSeat);
  }

  async takeSeat(place: RoomPlace, applicant: SeatApplicant): Promise<Outcome<SeatInRoom>> {
    const request = await seatRequestOf(applicant, this.#find(place)?.salts);
    return this.#find(place)?.takeSeat(request) ?? NO_SUCH_ROOM;
  }

  async takeMatchedSeat(
    place: RoomPlace,
    room: NewRoom,
    applicant: SeatApplicant,
  ): Promise<Outcome<SeatInRoom>> {
    if (this.#find(place)?.isManaged) return this.takeSeat(place, applicant);
    const made = await this.create(place, room, applicant);
    // Somebody else may have made it meanwhile.
    const isThere = this.#find(place)?.isManaged ?? false;
    return 'value' in made || !isThere ? made : this.takeSeat(place, applicant);
  }

  async describe(place: RoomPlace): Promise<Outcome<RoomView>> {
    return this.#find(place)?.describe() ?? NO_SUCH_ROOM;
  }

  async change(place: RoomPlace, by: SeatProof, change: RoomChange): Promise<Outcome<RoomView>> {
    const hashed = await changeOf(change);
    return this.#find(place)?.change(by, hashed) ?? NO_SUCH_ROOM;
  }

  #find(place: RoomPlace): LocalRoom | undefined {
    return this.#rooms.find(managedPath(place));
  }
}
