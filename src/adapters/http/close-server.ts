/** The end of a server: what is under way is let end, for a while. */
import type { Server } from "node:http";

/** Stops taking connections, lets what is under way end until the deadline, then cuts it off. */
export function closeServer(server: Server, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), deadlineMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
