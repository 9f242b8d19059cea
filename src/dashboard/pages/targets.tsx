/** Targets. */
import { PageHead } from "../parts/page.tsx";

export function TargetsPage() {
  return <PageHead title="Targets" />;
}
