/** What of a store lies encrypted on the disk. */
export interface EncryptionStatus {
  /** The key that seals what is written now. */
  readonly keyId: string;
  readonly encryptedBlobs: number;
  readonly plainBlobs: number;
  readonly plainBytes: number;
  /** Somebody asked for what is in plain text to be encrypted, and some of it is left. */
  readonly sealing: boolean;
  /** Nothing is in plain text; what was put in so from elsewhere is not served. */
  readonly sealedOnly: boolean;
}

/** The encryption of a store that has keys. Its work may be ended at any moment, and begun again. */
export interface StoreEncryption {
  status(): EncryptionStatus;
  /** Asks, over restarts, for all that is in plain text to be encrypted. */
  requestSealing(): Promise<void>;
  /** Encrypts what is in plain text; true when nothing is left. */
  seal(signal: AbortSignal): Promise<boolean>;
  /** Wraps with the ring's first key what an earlier one wrapped; true when none needs an earlier one. */
  rewrap(signal: AbortSignal): Promise<boolean>;
}
