/**
 * Azure Blob's error codes that the capture store raises, with their HTTP status and Azure's words
 * ("Blob service error codes" and "Common REST API error codes"). They are a wire format of their own,
 * so they do not join the table of `common/errors.ts`.
 */
export const blobErrors = {
  AppendPositionConditionNotMet: [412, "The append position condition specified was not met."],
  AuthenticationFailed: [
    403,
    "Server failed to authenticate the request. Make sure the value of the Authorization header is formed correctly including the signature.",
  ],
  AuthorizationPermissionMismatch: [
    403,
    "This request is not authorized to perform this operation using this permission.",
  ],
  AuthorizationProtocolMismatch: [
    403,
    "This request is not authorized to perform this operation using this protocol.",
  ],
  AuthorizationResourceTypeMismatch: [
    403,
    "This request is not authorized to perform this operation using this resource type.",
  ],
  AuthorizationServiceMismatch: [
    403,
    "This request is not authorized to perform this operation using this service.",
  ],
  AuthorizationSourceIPMismatch: [
    403,
    "This request is not authorized to perform this operation using this source IP.",
  ],
  BlobAlreadyExists: [409, "The specified blob already exists."],
  BlobImmutableDueToLegalHold: [
    409,
    "This operation is not permitted as the blob is immutable due to one or more legal holds.",
  ],
  BlobNotFound: [404, "The specified blob does not exist."],
  CannotVerifyCopySource: [404, "The specified copy source could not be read."],
  BlockCountExceedsLimit: [
    409,
    "The committed block count cannot exceed the maximum limit of 50,000 blocks.",
  ],
  BlockListTooLong: [400, "The block list may not contain more than 50,000 blocks."],
  ConditionNotMet: [412, "The condition specified using HTTP conditional header(s) is not met."],
  ContainerAlreadyExists: [409, "The specified container already exists."],
  ContainerHasLegalHold: [
    409,
    "The requested operation is not allowed as the container has one or more legal holds.",
  ],
  ContainerNotFound: [404, "The specified container does not exist."],
  Crc64Mismatch: [
    400,
    "The CRC64 value specified in the request did not match with the CRC64 value calculated by the server.",
  ],
  EmptyMetadataKey: [400, "The key for one of the metadata key-value pairs is empty."],
  InsufficientStorage: [507, "The store has no space left for this request."],
  InternalError: [500, "The server encountered an internal error. Please retry the request."],
  InvalidAuthenticationInfo: [
    401,
    "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
  ],
  InvalidBlobOrBlock: [400, "The specified blob or block content is invalid."],
  InvalidBlobType: [409, "The blob type is invalid for this operation."],
  InvalidBlockId: [400, "The specified block ID is invalid. The block ID must be Base64-encoded."],
  InvalidBlockList: [400, "The specified block list is invalid."],
  InvalidHeaderValue: [400, "The value for one of the HTTP headers is not in the correct format."],
  InvalidMd5: [
    400,
    "The MD5 value specified in the request is invalid. The MD5 value must be 128 bits and Base64-encoded.",
  ],
  InvalidMetadata: [
    400,
    "The specified metadata is invalid. It includes characters that are not permitted.",
  ],
  InvalidQueryParameterValue: [
    400,
    "Value for one of the query parameters specified in the request URI is invalid.",
  ],
  InvalidRange: [416, "The range specified is invalid for the current size of the resource."],
  InvalidResourceName: [400, "The specified resource name contains invalid characters."],
  InvalidUri: [400, "The requested URI does not represent any resource on the server."],
  InvalidXmlDocument: [400, "The specified XML is not syntactically valid."],
  MaxBlobSizeConditionNotMet: [412, "The max blob size condition specified was not met."],
  InvalidXmlNodeValue: [400, "The value for one of the XML nodes is not in the correct format."],
  Md5Mismatch: [
    400,
    "The MD5 value specified in the request did not match with the MD5 value calculated by the server.",
  ],
  MetadataTooLarge: [400, "The size of the specified metadata exceeds the maximum size permitted."],
  MissingContentLengthHeader: [411, "The Content-Length header was not specified."],
  MissingRequiredHeader: [400, "A required HTTP header was not specified."],
  MissingRequiredQueryParameter: [
    400,
    "A required query parameter was not specified for this request.",
  ],
  NoAuthenticationInformation: [
    401,
    "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
  ],
  NoPendingCopyOperation: [409, "There is currently no pending copy operation."],
  ServerBusy: [
    503,
    "The server is currently unable to receive requests. Please retry your request.",
  ],
  NotImplemented: [501, "The requested operation is not implemented on the specified resource."],
  NotModified: [304, "The condition specified using HTTP conditional header(s) is not met."],
  OutOfRangeInput: [400, "One of the request inputs is out of range."],
  OutOfRangeQueryParameterValue: [
    400,
    "One of the query parameters specified in the request URI is outside the permissible range.",
  ],
  PublicAccessNotPermitted: [409, "Public access is not permitted on this storage account."],
  RequestBodyTooLarge: [
    413,
    "The request body is too large and exceeds the maximum permissible limit.",
  ],
  ResourceNotFound: [404, "The specified resource does not exist."],
  SourceConditionNotMet: [
    412,
    "The source condition specified using HTTP conditional header(s) is not met.",
  ],
  UnsupportedHttpVerb: [405, "The resource doesn't support specified Http Verb."],
} as const satisfies Record<string, readonly [number, string]>;

export type BlobErrorCode = keyof typeof blobErrors;

/** A refusal in Azure Blob's own terms; the service writes it as Azure's XML, callers branch on `code`. */
export class BlobError extends Error {
  readonly code: BlobErrorCode;
  /** What exactly was wrong, with the value; sent as one more element after Azure's own words. */
  readonly detail: string | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: BlobErrorCode,
    detail: string | null = null,
    options: ErrorOptions & { headers?: Record<string, string> } = {},
  ) {
    super(detail === null ? blobErrors[code][1] : `${blobErrors[code][1]} ${detail}`, options);
    this.name = "BlobError";
    this.code = code;
    this.detail = detail;
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return blobErrors[this.code][0];
  }
}

/** Turns a file system's "no space" into the store's own refusal; anything else passes through. */
export function asBlobError(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code !== "ENOSPC" && code !== "EDQUOT") return error;
  return new BlobError("InsufficientStorage", `The file system says ${code}.`, { cause: error });
}
