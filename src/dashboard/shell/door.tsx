/** Who comes in: nobody sees a page but those of the door before it is known who they are; the address stays meanwhile. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { useLocation } from "preact-iso";
import { LogIn } from "../pages/log-in.tsx";
import { Invitation, SetUp } from "../pages/set-up.tsx";
import { ProblemBox } from "../parts/problem.tsx";
import { Notices } from "./notices.tsx";
import { me, readSession, session } from "./session.ts";
import { Shell } from "./shell.tsx";
import { asked, comeBack } from "./way-back.ts";

export function Door() {
  const { path } = useLocation();
  const value = session.value;
  const entered = me() !== undefined;
  useEffect(() => {
    if (!entered) return;
    const to = path === "/login" ? asked(location.search) : undefined;
    const back = to ?? (path === "/" ? comeBack() : undefined);
    if (back !== undefined) location.replace(back);
  }, [entered]);
  if (path === "/setup")
    return (
      <Outside>
        <SetUp />
      </Outside>
    );
  if (path === "/invite")
    return (
      <Outside>
        <Invitation />
      </Outside>
    );
  if (value === "asking") return <div class="door" aria-busy="true" />;
  if (value === "nobody" || (path === "/login" && me() === undefined))
    return (
      <Outside>
        <LogIn />
      </Outside>
    );
  if ("scopes" in value) return <Shell me={value} />;
  if (!("title" in value)) return null;
  return (
    <Outside>
      <ProblemBox problem={value} again={() => void readSession()} />
    </Outside>
  );
}

function Outside({ children }: { readonly children: ComponentChildren }) {
  return (
    <div class="door">
      <main>
        <span class="brand" style={{ fontSize: "18px", padding: 0 }}>
          <img src="/signalbox.svg" width={26} height={26} alt="" /> Signalbox
        </span>
        {children}
      </main>
      <Notices />
    </div>
  );
}
