const NEVER_CONNECTED: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'no such host',
  EHOSTUNREACH: 'no way to the host',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
}

/** Explains why `fetch` returned no answer, and whether the request may have reached the server. */
export function describeSilence(cause: unknown): { readonly text: string; readonly wasConnected: boolean } {
  const inner = (cause as { cause?: { code?: string; message?: string } } | undefined)?.cause
  const refused = NEVER_CONNECTED[inner?.code ?? '']
  return { text: refused ?? (inner?.message || String(cause)), wasConnected: refused === undefined }
}
