export type InspectionErrorCode = "CaptureFormatUnknown";

/** The one error that reading a capture raises; everything short of it is a `problem` in the result. */
export class InspectionError extends Error {
  readonly code: InspectionErrorCode;

  constructor(code: InspectionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "InspectionError";
    this.code = code;
  }
}
