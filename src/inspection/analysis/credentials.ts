import type { Frame } from "../dissect/frame.ts";
import type { CredentialSighting } from "../inspection.ts";
import type { Addresses } from "./addresses.ts";

const sightingCountMax = 1_000;
const userLengthMax = 64;

/** A login that anybody on the way can read. The secret itself is never kept. */
export interface Login {
  /** Wireshark's filter name of the protocol. */
  protocol: string;
  /** How it was sent: `USER and PASS`, `LOGIN`, `Basic`. */
  method: string;
  /** Null when the login has no name, or it was not seen. */
  user: string | null;
}

/** Logins in clear text: each client, server and user once, with the frames of the first. */
export class Credentials {
  readonly #found = new Map<string, CredentialSighting>();
  readonly #addresses: Addresses;
  #overflow = 0;

  constructor(addresses: Addresses) {
    this.#addresses = addresses;
  }

  get overflow(): number {
    return this.#overflow;
  }

  /** Notes a login that the frame carries from the client to the server. */
  add(frame: Frame, { protocol, method, user }: Login): void {
    const { source, destination, destinationPort } = frame.ends;
    const name = user === null ? null : user.slice(0, userLengthMax);
    const key = `${protocol} ${source} ${destination} ${destinationPort} ${name ?? ""}`;
    const known = this.#found.get(key);
    if (known) {
      known.count++;
      return;
    }
    if (this.#found.size >= sightingCountMax) {
      this.#overflow++;
      return;
    }
    this.#found.set(key, {
      protocol,
      method,
      user: name,
      client: this.#addresses.text(source),
      server: this.#addresses.text(destination),
      port: destinationPort,
      stream: frame.tcpStream >= 0 ? frame.tcpStream : null,
      frame: frame.number,
      count: 1,
    });
  }

  result(): CredentialSighting[] {
    return [...this.#found.values()];
  }
}
