export type InspectionErrorCode =
  | "CaptureFormatUnknown"
  | "CaptureFormatUnsuitable"
  | "PacketNotFound";

/** The errors that reading and writing captures raise; everything short of them is a `problem` in the result. */
export class InspectionError extends Error {
  readonly code: InspectionErrorCode;

  constructor(code: InspectionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "InspectionError";
    this.code = code;
  }
}
