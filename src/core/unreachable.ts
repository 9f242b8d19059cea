/** Why a connection failed, in plain words: what an operator can act upon, from the codes of Node, OpenSSL and HTTP parsers. */

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "it refused the connection: nothing listens at this port",
  ECONNRESET: "it reset the connection",
  EPIPE: "it closed the connection while the request was being sent",
  UND_ERR_SOCKET: "it closed the connection before its answer was complete",
  UND_ERR_CONNECT_TIMEOUT: "no connection came about within 10 seconds",
  ETIMEDOUT: "the network gave up connecting",
  ENOTFOUND: "the name was not found",
  EAI_AGAIN: "the name server did not answer",
  EHOSTUNREACH: "there is no route to it from here",
  ENETUNREACH: "there is no route to its network from here",
  EADDRNOTAVAIL: "this machine has no address or port left to connect from",
  EMFILE: "this process has no file descriptors left",
  CERT_HAS_EXPIRED: "its TLS certificate has expired",
  CERT_NOT_YET_VALID: "its TLS certificate is not valid yet",
  CERT_REVOKED: "its TLS certificate was revoked",
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "its TLS certificate is self-signed; NODE_EXTRA_CA_CERTS names a file with more to trust",
  SELF_SIGNED_CERT_IN_CHAIN:
    "its TLS certificate is signed by an authority unknown here; NODE_EXTRA_CA_CERTS names a file with more to trust",
  UNABLE_TO_GET_ISSUER_CERT: "its TLS certificate's issuer is unknown here",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its TLS certificate's issuer is unknown here",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "its TLS certificate's issuer is unknown here: it may leave out an intermediate certificate",
  ERR_TLS_CERT_ALTNAME_INVALID: "its TLS certificate is for another host name",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS at this port",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "it does not speak TLS at this port",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "it wants to see a certificate, and was shown none",
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "it did not take our certificate",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "it does not know the authority of our certificate",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: "it does not accept our certificate",
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: "it does not accept certificates of this kind",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: "our certificate has expired",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: "our certificate was revoked",
  ERR_SSL_TLSV1_ALERT_ACCESS_DENIED: "it does not let in who our certificate names",
  EPROTO: "the TLS handshake failed",
  UND_ERR_HEADERS_OVERFLOW: "its answer has more than 16 KB of headers",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "its answer's length is not what its content-length says",
  UND_ERR_DESTROYED: "the router is stopping",
  UND_ERR_CLOSED: "the router is stopping",
};

/** A clause about the target ("it refused …") with the error's code behind; `error` is whatever was thrown. */
export function whyUnreachable(error: unknown): string {
  const code = codeOf(error);
  const isParser = error instanceof Error && error.name === "HTTPParserError";
  const words = WORDS[code ?? ""] ?? (isParser ? "it does not answer in HTTP" : "the connection failed");
  return code === undefined ? words : `${words} (${code})`;
}

/** True where the other side let us know that it is our certificate that it will not have. RFC 8446 § 6.2. */
export function isCertificateRefused(error: unknown): boolean {
  return /^ERR_SSL_.*_ALERT_(?:.*CERTIFICATE.*|UNKNOWN_CA|ACCESS_DENIED)$/.test(codeOf(error) ?? "");
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}
