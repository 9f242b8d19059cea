/** As src/adapters/http/express.ts does: Express swaps the prototypes of each request and response, and finds them right. */
import { IncomingMessage, ServerResponse, createServer } from "node:http";

/** @param {import("express").Express} app */
export function presetServer(app) {
  /** @this {object} @param {...unknown} args */
  function Req(...args) {
    Reflect.apply(IncomingMessage, this, args);
  }
  /** @this {object} @param {...unknown} args */
  function Res(...args) {
    Reflect.apply(ServerResponse, this, args);
  }
  Req.prototype = app.request;
  Res.prototype = app.response;
  return createServer(/** @type {object} */ ({ IncomingMessage: Req, ServerResponse: Res }), app);
}
