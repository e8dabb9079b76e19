import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { useLiveUpdates } from "../api/live.ts";
import type { SignedIn } from "../api/session.ts";
import type { Liveness } from "../api/topics.ts";
import { barPages } from "../pages/pages.tsx";
import { SessionContext } from "./session-context.ts";
import css from "./frame.module.css";
import mark from "./mark.svg";
import { Preferences } from "./preferences.tsx";

/** The page's frame: mark, ways to the pages, and who is here. */
export function Frame({
  session,
  children,
}: {
  session: SignedIn;
  children: React.ReactNode;
}): React.ReactNode {
  const { t } = useTranslation();
  const liveness = useLiveUpdates();
  return (
    <SessionContext value={session}>
      <a className={css["skip"]} href="#content">
        {t("frame.skip")}
      </a>
      <header className={css["bar"]}>
        <Link href="/" className={css["mark"]}>
          <img src={mark} alt="" width="26" height="26" />
          <span>Nightcap</span>
        </Link>
        <nav aria-label={t("frame.pages")} className={css["pages"]}>
          {barPages.map(({ path, words }) => (
            <PageLink key={path} path={path} words={t(words)} />
          ))}
        </nav>
        <LiveSign liveness={liveness} />
        <Preferences session={session} />
      </header>
      <main id="content" className={css["content"]} tabIndex={-1}>
        {children}
      </main>
    </SessionContext>
  );
}

function PageLink({ path, words }: { path: string; words: string }): React.ReactNode {
  const [location] = useLocation();
  const isHere = path === "/" ? location === "/" : location.startsWith(path);
  const link = useRef<HTMLAnchorElement>(null);
  // On a phone the bar is wider than the screen: where one is has to be seen.
  useEffect(() => {
    if (isHere) link.current?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [isHere]);
  return (
    <Link ref={link} href={path} className={css["page"]} aria-current={isHere ? "page" : undefined}>
      {words}
    </Link>
  );
}

function LiveSign({ liveness }: { liveness: Liveness }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <span className={css["live"]} data-state={liveness} role="status">
      <span className={css["dot"]} aria-hidden="true" />
      <span className={css["liveWords"]}>{t(`live.${liveness}`)}</span>
    </span>
  );
}
