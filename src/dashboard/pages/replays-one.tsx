/** Replay: to be written by DASH-B; the export's name is what shell/pages.tsx loads. */
import { PageHead } from "../parts/page.tsx";

export function ReplayPage() {
  return <PageHead title="Replay" />;
}
