import { type Clock, isoTime } from "../../common/clock.ts";
import { describeError } from "../../common/errors.ts";
import { type CopyFacts, copyOf, type FeedCopy, readCopy, writeCopy } from "./feed-copy.ts";
import type { SourceSettings } from "./feed-settings.ts";
import { fetchSource } from "./fetch-source.ts";

/** After a failure it is tried again sooner than the next refresh would come, and later each time. */
const retrySecondsMin = 60;

/** How a feed is, for people and for metrics. */
export interface FeedStatus {
  readonly name: string;
  /** "" before there is any copy. */
  readonly version: string;
  readonly fetchedTime: string;
  readonly checkedTime: string;
  /** Why the last try failed; "" when it did not. The last good copy stays in use. */
  readonly error: string;
  readonly failureCount: number;
}

export interface FeedOptions<Content> {
  readonly name: string;
  readonly source: SourceSettings;
  readonly directory: string;
  readonly clock: Clock;
  /** Makes tables of a copy; what it throws says that the copy is no good. */
  read(copy: FeedCopy): Promise<Content>;
  versionOf(content: Content): string;
}

/** One source that is fetched again and again, with its last good content. */
export interface Feed<Content> {
  content(): Content | null;
  /** Whether it is a file of this host, which costs nothing to ask. */
  readonly isLocal: boolean;
  status(): FeedStatus;
  /** When it is to be asked for again, Unix milliseconds. */
  dueTime(): number;
  /** Takes the last good copy from disk. */
  load(): Promise<void>;
  /** Asks the source; true when there is a new content. Never throws but when `signal` fires. */
  refresh(signal: AbortSignal): Promise<boolean>;
}

export function createFeed<Content>(options: FeedOptions<Content>): Feed<Content> {
  const { name, source, directory, clock } = options;
  let content: Content | null = null;
  let facts: CopyFacts | null = null;
  let checked = 0;
  let failureCount = 0;
  let error = "";
  const take = async (copy: FeedCopy): Promise<void> => {
    content = await options.read(copy);
    facts = copy.facts;
  };
  const update = async (signal: AbortSignal): Promise<void> => {
    const fetched = await fetchSource(source, content === null ? null : facts, signal);
    if (!fetched) return;
    const copy = copyOf(source, fetched, isoTime(clock.now()));
    const isNew = content === null || copy.facts.sha256 !== facts?.sha256;
    // The same content under new validators keeps its time and version.
    if (isNew) await take(copy);
    else if (facts) facts = { ...facts, etag: fetched.etag, lastModified: fetched.lastModified };
    if (facts) await writeCopy(directory, name, { facts, bytes: fetched.bytes });
  };
  return {
    content: () => content,
    isLocal: source.path !== undefined,
    status: () => ({
      name,
      version: content === null ? "" : options.versionOf(content),
      fetchedTime: facts?.fetchedTime ?? "",
      checkedTime: checked === 0 ? "" : isoTime(checked),
      error,
      failureCount,
    }),
    dueTime: () => (checked === 0 ? 0 : checked + 1_000 * waitSeconds(source, failureCount)),
    async load() {
      const copy = await readCopy(directory, name, source);
      // A copy that an older version of the program could read and this one cannot is fetched anew.
      if (copy) await take(copy).catch((cause: unknown) => (error = describeError(cause)));
    },
    async refresh(signal) {
      const before = content;
      try {
        await update(signal);
        failureCount = 0;
        error = "";
      } catch (cause) {
        if (signal.aborted) throw cause;
        failureCount++;
        error = describeError(cause);
      } finally {
        checked = clock.now();
      }
      // A content that could not be kept on disk is in use all the same.
      return content !== before;
    },
  };
}

function waitSeconds({ refreshSeconds }: SourceSettings, failureCount: number): number {
  if (failureCount === 0) return refreshSeconds;
  return Math.min(refreshSeconds, retrySecondsMin * 2 ** Math.min(failureCount - 1, 20));
}
