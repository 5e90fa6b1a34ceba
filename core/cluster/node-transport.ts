/** Sends requests to other nodes. */
export interface NodeTransport {
  /**
   * Makes exactly one attempt, because a plain write that is repeated could undo another write made in between.
   *
   * @param address of the node, from its row
   * @param path appended to the address
   * @throws {UnavailableError} if the node has certainly not received the request and never will
   * @throws {OutcomeUnknownError} if the node may have received the request, including when `signal` aborts the wait
   */
  send(address: string, path: string, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array>
}
