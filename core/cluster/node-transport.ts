/** Brings a write to another node and its answer back, whatever lies between. */
export interface NodeTransport {
  /**
   * Makes one attempt, because a plain write that is done twice could undo what somebody else wrote in between.
   *
   * @param address of the node, as its row says
   * @param path below the address
   * @throws {UnavailableError} if the node has certainly not received the request and never will
   * @throws {OutcomeUnknownError} if it may have received it, also where `signal` ends the wait
   */
  send(address: string, path: string, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array>
}
