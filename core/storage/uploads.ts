/** Takes from clients, past Prism, what is too large to be sent to Prism itself. */
export interface Uploads {
  /**
   * An address that takes one object of exactly so many bytes by HTTP PUT, from anyone who has it, until it expires.
   *
   * @param key where the object will be
   */
  presignPut(key: string, byteSize: number, expiresS: number): Promise<string>
}
