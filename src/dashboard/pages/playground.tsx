/** Playground: to be written by DASH-B; the export's name is what shell/pages.tsx loads. */
import { PageHead } from "../parts/page.tsx";

export function PlaygroundPage() {
  return <PageHead title="Playground" />;
}
