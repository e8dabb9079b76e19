/**
 * Each code that Nightcap raises on purpose, with the HTTP status its REST edge answers.
 * Codes that Azure has are spelt as Azure spells them. `docs/reference/errors.md` has a paragraph
 * for each; a test compares the two.
 */
export const errorStatus = {
  // Requests
  InvalidRequest: 400,
  BadRequest: 400,
  InvalidRequestContent: 400,
  InvalidParameter: 400,
  InvalidApiVersionParameter: 400,
  MissingApiVersionParameter: 400,
  InvalidSubscriptionId: 400,
  LocationNotAvailableForResourceGroup: 400,
  InvalidRoleAssignmentId: 400,
  PrincipalNotFound: 400,
  UnmatchedPrincipalType: 400,
  RoleAssignmentUpdateNotPermitted: 400,
  RoleAssignmentLimitExceeded: 400,
  InvalidResourceLocation: 409,
  NetworkWatcherCountLimitReached: 400,
  SecurityRuleConflict: 400,
  SecurityRuleInvalidAddressPrefix: 400,
  SecurityRuleInvalidPortRange: 400,
  SecurityRuleInvalidPriority: 400,
  InUseNetworkSecurityGroupCannotBeDeleted: 400,
  NetcfgInvalidSubnet: 400,
  NetcfgSubnetRangesOverlap: 400,
  InvalidAuthenticationToken: 401,
  InvalidAuthenticationTokenAudience: 401,
  ExpiredAuthenticationToken: 401,
  AuthenticationFailed: 401,
  InvalidSignIn: 401,
  SignInLinkInvalid: 401,
  CsrfTokenInvalid: 403,
  SignInProviderFailed: 502,
  AuthorizationFailed: 403,
  LinkedAuthorizationFailed: 403,
  SubscriptionNotFound: 404,
  ResourceGroupNotFound: 404,
  ResourceNotFound: 404,
  InvalidResourceNamespace: 404,
  RoleDefinitionDoesNotExist: 404,
  RoleAssignmentNotFound: 404,
  MethodNotAllowed: 405,
  RequestTimeout: 408,
  Conflict: 409,
  RoleAssignmentExists: 409,
  ResourceAlreadyExists: 409,
  ScopeLocked: 409,
  PreconditionFailed: 412,
  RequestTooLarge: 413,
  RequestUriTooLong: 414,
  UnsupportedMediaType: 415,
  ExpectationFailed: 417,
  TooManyRequests: 429,
  SubscriptionRequestsThrottled: 429,
  RequestHeadersTooLarge: 431,
  InternalServerError: 500,
  NotImplemented: 501,
  ServiceUnavailable: 503,
  // Capture
  CaptureFilterInvalid: 400,
  CaptureLimitReached: 409,
  CaptureNotFound: 404,
  CaptureFailed: 500,
  CaptureFileFailed: 500,
  CaptureFileExists: 409,
  CaptureFormatUnknown: 400,
  CaptureFormatUnsuitable: 400,
  StreamNotFound: 404,
  PacketNotFound: 404,
  // Flows
  FlowMeterFailed: 500,
  OwnersFailed: 500,
  QueryFailed: 400,
  QueryLimitExceeded: 400,
  QueryTimeout: 504,
  // Blocks
  BlockingNotAllowed: 403,
  BlockRefused: 409,
  BlockFailed: 500,
  // Storage
  StorageUnavailable: 503,
  StorageKeyInvalid: 500,
  StorageSealBroken: 500,
  UploadFailed: 502,
  HashMismatch: 502,
  // Host and processes
  SettingsInvalid: 400,
  ToolMissing: 500,
  AgentUnavailable: 503,
  VMAgentStatusCommunicationError: 409,
  HostDiagnosisFailed: 409,
  EnrolmentRefused: 403,
  SecretUnreadable: 400,
  AlertUnreadable: 400,
  DrillFailed: 500,
  // Evidence
  ManifestUnreadable: 400,
  AccessLogFailed: 503,
} as const;

export type ErrorCode = keyof typeof errorStatus;

/** The one error class. Callers branch on `code`; people read `message`. */
export class NightcapError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "NightcapError";
    this.code = code;
  }

  get status(): number {
    return errorStatus[this.code];
  }
}

/** Any thrown value as one line for people: the message and those of its causes. */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  for (let at = error, depth = 0; at !== undefined && depth < 8; depth++) {
    parts.push(at instanceof Error ? at.message : typeof at === "string" ? at : JSON.stringify(at));
    at = at instanceof Error ? at.cause : undefined;
  }
  return parts.join(": ");
}
