import { createContext, useContext } from "react";
import { Link } from "wouter";

/** Path of the page whose Packets tab shows the packets that are told of here; null: nobody may see them. */
export const PacketsPlace = createContext<string | null>(null);

/** Leads to the packets behind something that is told; words alone where they are not to be had. */
export function PacketsLink({
  filter = "",
  frame,
  label,
  children,
}: {
  filter?: string | undefined;
  frame?: number | undefined;
  /** For whoever does not see what the link stands beside. */
  label?: string | undefined;
  children: React.ReactNode;
}): React.ReactNode {
  const place = useContext(PacketsPlace);
  if (place === null) return children;
  const parameters = new URLSearchParams({ tab: "packets" });
  if (filter !== "") parameters.set("filter", filter);
  if (frame !== undefined) parameters.set("frame", String(frame));
  return (
    <Link href={`${place}?${parameters.toString()}`} aria-label={label}>
      {children}
    </Link>
  );
}

/** Leads to a stream's two sides. */
export function FollowLink({
  protocol,
  stream,
  children,
}: {
  protocol: "tcp" | "udp";
  stream: number;
  children: React.ReactNode;
}): React.ReactNode {
  const place = useContext(PacketsPlace);
  if (place === null) return null;
  return <Link href={`${place}?tab=follow&stream=${protocol}.${stream}`}>{children}</Link>;
}
