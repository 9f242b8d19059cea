/** Request: to be written by DASH-B; the export's name is what shell/pages.tsx loads. */
import { PageHead } from "../parts/page.tsx";

export function RequestPage() {
  return <PageHead title="Request" />;
}
