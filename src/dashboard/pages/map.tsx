/** Map. */
import { PageHead } from "../parts/page.tsx";

export function MapPage() {
  return <PageHead title="Map" />;
}
