/** A better measurement is believed for so long; after that the next one takes its place. */
const believedMilliseconds = 300_000;

/**
 * How far this side's clock is ahead of the other's, from messages and their acknowledgements: the
 * other's time lies between the two moments, so the quickest exchange says it best (RFC 5905, section 8).
 */
export class ClockOffset {
  #best: { offset: number; roundTrip: number; at: number } | null = null;

  /** `sentAt` and `heardAt` by this side's clock, `theirs` by the other's; milliseconds since the epoch. */
  heard(sentAt: number, heardAt: number, theirs: number): void {
    const roundTrip = heardAt - sentAt;
    if (roundTrip < 0) return; // the clock was put back in between
    const best = this.#best;
    const isOld = best !== null && Math.abs(heardAt - best.at) > believedMilliseconds;
    if (best !== null && !isOld && roundTrip > best.roundTrip) return;
    this.#best = { offset: (sentAt + heardAt) / 2 - theirs, roundTrip, at: heardAt };
  }

  /** Milliseconds, to half the exchange's time; null: there was none yet. */
  get milliseconds(): number | null {
    return this.#best && Math.round(this.#best.offset * 10) / 10;
  }
}
