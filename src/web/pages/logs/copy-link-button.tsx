import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../parts/button.tsx";
import { logsLink } from "./link.ts";

/** The address of this query, for somebody else. */
export function CopyLinkButton({
  query,
  timespan,
}: {
  query: string;
  timespan: string | null;
}): React.ReactNode {
  const { t } = useTranslation();
  const [copied, setCopied] = useState<string | null>(null);
  const link = `${location.origin}/ui${logsLink({ query, timespan })}`;
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(link);
    setCopied(link);
  };
  return (
    <Button onClick={() => void copy()}>
      {copied === link ? t("logs.linkCopied") : t("logs.copyLink")}
    </Button>
  );
}
