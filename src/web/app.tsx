import { useTranslation } from "react-i18next";
import { Route, Router, Switch } from "wouter";
import { useSession } from "./api/session.ts";
import { barPages, otherPages, thingPages } from "./pages/pages.tsx";
import { Notice } from "./parts/notice.tsx";
import { Frame } from "./shell/frame.tsx";
import { SignInPage } from "./shell/sign-in-page.tsx";
import { WelcomePage } from "./shell/welcome-page.tsx";

/** The whole page: who is not signed in sees the door, everyone else the frame with one of the pages in it. */
export const App = (): React.ReactNode => (
  <Router base="/ui">
    <Switch>
      <Route path="/welcome" component={WelcomePage} />
      <Route component={Door} />
    </Switch>
  </Router>
);

function Door(): React.ReactNode {
  const { t } = useTranslation();
  const { data: session, error } = useSession();
  if (error) return <Notice kind="bad" title={t("error.unreachable")} text={error.message} />;
  if (!session) return null;
  if (!session.signedIn) return <SignInPage ways={session.ways} />;
  return (
    <Frame session={session}>
      <Switch>
        {[...barPages, ...otherPages].map(({ path, Page }) => (
          <Route key={path} path={path}>
            <Page />
          </Route>
        ))}
        {thingPages.map(({ path, Page }) => (
          <Route key={path} path={path}>
            {({ id = "" }: { id?: string }) => <Page id={id} />}
          </Route>
        ))}
        <Route>
          <Notice kind="calm" title={t("error.noPage")} text={t("error.noPageText")} />
        </Route>
      </Switch>
    </Frame>
  );
}
