import { NightcapError } from "../common/errors.ts";
import { openS3Bucket, type S3Credentials } from "../storage/transfer/s3-bucket.ts";
import type { FlowSource } from "./flow-source.ts";
import { listFlowLogs } from "./list-flow-logs.ts";

export interface S3SourceOptions {
  /** `s3://BUCKET[/PREFIX]`. */
  readonly url: URL;
  readonly region: string;
  /** Of a compatible service, such as `http://127.0.0.1:9000`. */
  readonly endpoint?: string;
  readonly credentials: S3Credentials;
}

/** A bucket of S3 or of a service that speaks its protocol. It knows no blocks. */
export function openS3Source({ url, ...options }: S3SourceOptions): FlowSource {
  const bucket = url.hostname;
  if (bucket === "")
    throw new NightcapError(
      "InvalidParameter",
      `"${url.href}" names no bucket: give s3://BUCKET/PREFIX`,
    );
  const prefix = decodeURIComponent(url.pathname.slice(1));
  const remote = openS3Bucket({ ...options, bucket, prefix });
  return {
    title: `s3://${bucket}`,
    list: (signal) => listFlowLogs(remote, prefix, signal),
    read: (blob, range, signal) => remote.read(blob, range, signal),
    blocks: null,
    watch: null,
  };
}
