/** Takes from clients, past Prism, what is too large to be sent to Prism itself. */
export interface Uploads {
  /**
   * An address that takes one object by HTTP PUT, from whoever knows it, until it expires.
   *
   * @param key where the object will be
   */
  presignPut(key: string, expiresS: number): Promise<string>
}
