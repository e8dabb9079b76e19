import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { calculateJwkThumbprint, type JWK } from "jose";
import { type Clock, isoTime } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import type { Log } from "../../common/log.ts";
import { type KeySet, openKeySet, writeKeySet } from "./key-set.ts";

/** RS256, because it is what Azure signs with and what every client can verify. */
export const signingAlgorithm = "RS256";
const modulusLength = 2_048;
/** A key signs for so long; then the next one does. */
export const keyAgeMillisecondsMax = 30 * 86_400_000;
/** Retired keys whose tokens may still be good; with more, rotation waits until one is over. */
export const retiredKeyCountMax = 16;
/** A token that was being signed while its key retired. */
const marginMilliseconds = 60_000;

export interface SigningKey {
  kid: string;
  privateKey: KeyObject;
}

/** A key as people see it. */
export interface KeyView {
  kid: string;
  state: "current" | "next" | "retired";
  /** ISO 8601: since when it signs, until when its tokens are accepted; null when there is none. */
  activatedTime: string | null;
  validUntilTime: string | null;
}

export interface SigningKeys {
  /** The one that signs; rotates first when it is too old. */
  current(): Promise<SigningKey>;
  /** Verifies tokens of this key; null when it never signed here or its time is over. */
  find(kid: string): KeyObject | null;
  /** RFC 7517: every key whose tokens are or will be good. */
  publicKeys(): JWK[];
  list(): KeyView[];
  /**
   * The next key signs from now on. With `revokeEarlier` all tokens signed before are refused at
   * once, for a key that became known to others.
   */
  rotate(options: { revokeEarlier: boolean }): Promise<KeyView[]>;
}

export async function openSigningKeys(options: {
  directory: string;
  clock: Clock;
  log: Log;
  /** Longest life of a token, with the tolerance of who verifies it. */
  tokenLifeMillisecondsMax: number;
}): Promise<SigningKeys> {
  const { directory, clock, log } = options;
  const makePrivateKey = makeKey;
  let keys = await readKeys(await openKeySet(directory, { makePrivateKey, now: clock.now() }));
  let last: Promise<void> = Promise.resolve();

  const isDue = (): boolean => clock.now() - keys.set.current.activatedAt > keyAgeMillisecondsMax;
  const rotate = async (revokeEarlier: boolean): Promise<void> => {
    const now = clock.now();
    const lifeMilliseconds = options.tokenLifeMillisecondsMax + marginMilliseconds;
    const set = revokeEarlier
      ? await makeNewSet(now)
      : await rotated(keys.set, { now, lifeMilliseconds });
    await writeKeySet(directory, set);
    keys = await readKeys(set);
    log.info({ kid: keys.current.kid, revokeEarlier }, "token key rotated");
  };
  /** One after the other: each starts from what the one before wrote. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
  const rotateWhenDue = async (): Promise<void> => {
    if (isDue()) await rotate(false);
  };
  return {
    async current() {
      if (isDue()) {
        await inTurn(rotateWhenDue).catch((error: unknown) =>
          log.error({ err: error }, "token key could not be rotated; the old one signs on"),
        );
      }
      return keys.current;
    },
    find: (kid) => findKey(keys, kid, clock.now()),
    publicKeys: () => validKeys(keys, clock.now()).map(({ jwk }) => jwk),
    list: () => viewKeys(keys, clock.now()),
    async rotate({ revokeEarlier }) {
      await inTurn(() => rotate(revokeEarlier));
      return viewKeys(keys, clock.now());
    },
  };
}

interface PublicKey {
  kid: string;
  key: KeyObject;
  jwk: JWK;
  validUntil: number | null;
}

interface LoadedKeys {
  set: KeySet;
  current: SigningKey & PublicKey;
  next: PublicKey;
  retired: readonly PublicKey[];
}

async function readKeys(set: KeySet): Promise<LoadedKeys> {
  const current = await readPublicKey(set.current.privateKey, null);
  return {
    set,
    current: { ...current, privateKey: createPrivateKey(set.current.privateKey) },
    next: await readPublicKey(set.next.privateKey, null),
    retired: await Promise.all(
      set.retired.map(({ publicKey, validUntil }) => readPublicKey(publicKey, validUntil)),
    ),
  };
}

/** Of a private key in PEM the public half is taken; the `kid` is its thumbprint (RFC 7638). */
async function readPublicKey(pem: string, validUntil: number | null): Promise<PublicKey> {
  const key = createPublicKey(pem);
  const jwk = key.export({ format: "jwk" }) as JWK;
  const kid = await calculateJwkThumbprint(jwk);
  return { kid, key, validUntil, jwk: { ...jwk, kid, use: "sig", alg: signingAlgorithm } };
}

const isValid = ({ validUntil }: PublicKey, now: number): boolean =>
  validUntil === null || validUntil > now;

const validKeys = ({ current, next, retired }: LoadedKeys, now: number): PublicKey[] =>
  [current, next, ...retired].filter((key) => isValid(key, now));

function findKey({ current, retired }: LoadedKeys, kid: string, now: number): KeyObject | null {
  const found = [current, ...retired].find((key) => key.kid === kid && isValid(key, now));
  return found?.key ?? null;
}

function viewKeys(keys: LoadedKeys, now: number): KeyView[] {
  const { current, next, retired, set } = keys;
  const activatedTime = isoTime(set.current.activatedAt);
  return [
    { kid: current.kid, state: "current", activatedTime, validUntilTime: null },
    { kid: next.kid, state: "next", activatedTime: null, validUntilTime: null },
    ...retired
      .filter((key) => isValid(key, now))
      .map(({ kid, validUntil }): KeyView => {
        const validUntilTime = isoTime(validUntil ?? now);
        return { kid, state: "retired", activatedTime: null, validUntilTime };
      }),
  ];
}

async function rotated(
  set: KeySet,
  { now, lifeMilliseconds }: { now: number; lifeMilliseconds: number },
): Promise<KeySet> {
  const retired = set.retired.filter(({ validUntil }) => validUntil > now);
  if (retired.length >= retiredKeyCountMax) {
    throw new NightcapError(
      "Conflict",
      `${retired.length} retired token keys have tokens that are still good; the first is over at ${isoTime(Math.min(...retired.map(({ validUntil }) => validUntil)))}`,
    );
  }
  const publicKey = createPublicKey(set.current.privateKey).export({ type: "spki", format: "pem" });
  return {
    version: 1,
    current: { privateKey: set.next.privateKey, activatedAt: now },
    next: { privateKey: await makeKey() },
    retired: [{ publicKey, retiredAt: now, validUntil: now + lifeMilliseconds }, ...retired],
  };
}

/** Whoever read the current key from the file has read the next one too. */
async function makeNewSet(now: number): Promise<KeySet> {
  const [current, next] = [await makeKey(), await makeKey()];
  return {
    version: 1,
    current: { privateKey: current, activatedAt: now },
    next: { privateKey: next },
    retired: [],
  };
}

async function makeKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength });
  return privateKey.export({ type: "pkcs8", format: "pem" });
}
